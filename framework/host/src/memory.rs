//! How much memory the process holds, how much it may, and in whose calls it grew.
//!
//! Where memory runs out, the kernel ends a process without a word. So the host looks after every step and every block
//! of texts, and ends the run itself while it can still say why. What it reads is in `/proc` (proc(5)) and costs about
//! a microsecond; on systems without it nothing is watched.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Diagnostic, Error, Result};

/// Of the machine's memory, one part in so many is left free where the user has set no limit.
const RESERVE: u64 = 32;
/// A process that holds less than one part in so many is not the one that the kernel ends, nor the one to blame.
const SHARE: u64 = 4;

/// The memory of this process.
#[derive(Debug)]
pub struct Memory {
    statm: Option<(File, u64)>,
    /// The limit that the user has set.
    limit: Option<u64>,
    /// What it may hold for all that is known: the limit, else what was free when it was last looked for.
    bound: AtomicU64,
    /// What it held when training began.
    before: AtomicU64,
    grown: Mutex<BTreeMap<String, i64>>,
}

impl Memory {
    /// The memory of this process under a limit in bytes, else what the machine or its control group has left.
    pub fn new(limit: Option<u64>) -> Self {
        let statm = File::open("/proc/self/statm").ok().zip(page_size());
        let memory = Self {
            statm,
            limit,
            bound: AtomicU64::new(limit.unwrap_or(0)),
            before: AtomicU64::new(0),
            grown: Mutex::default(),
        };
        memory.begin();
        memory
    }

    /// What the process holds now, in bytes, where the system tells.
    pub fn held(&self) -> Option<u64> {
        let (statm, page) = self.statm.as_ref()?;
        let mut text = [0u8; 128];
        let len = read_from_start(statm, &mut text)?;
        let fields = std::str::from_utf8(text.get(..len)?).ok()?;
        fields.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(*page)
    }

    /// Fails if the limit is below what the process holds before it has done anything.
    ///
    /// # Errors
    /// With what it holds.
    pub fn check_limit(&self) -> Result<()> {
        match self.limit.zip(self.held()) {
            Some((limit, held)) if limit < held => {
                let (limit, held) = (size(limit), size(held));
                let problem =
                    format!("--memory-limit: {limit}, and the process holds {held} as it starts");
                Err(Diagnostic::new(problem).allowed(format!("more than {held}")).into())
            }
            _ => Ok(()),
        }
    }

    /// Training begins: growth is counted from here.
    pub fn begin(&self) {
        self.before.store(self.held().unwrap_or(0), Ordering::Relaxed);
        self.grown.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Does the work of a component, to whom the growth meanwhile is put down.
    pub(crate) fn attribute<R>(&self, component: &str, work: impl FnOnce() -> R) -> R {
        let before = self.held();
        let result = work();
        let growth = before.zip(self.held()).map_or(0, |(before, after)| {
            i64::try_from(after).unwrap_or(0) - i64::try_from(before).unwrap_or(0)
        });
        if growth != 0 {
            let mut grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
            match grown.get_mut(component) {
                Some(sum) => *sum += growth,
                None => {
                    grown.insert(component.to_owned(), growth);
                }
            }
        }
        result
    }

    /// Fails if the process holds more than it may.
    ///
    /// # Errors
    /// With what it holds, and in whose calls it grew.
    pub fn check(&self) -> Result<()> {
        let Some(held) = self.held() else { return Ok(()) };
        if held <= self.bound.load(Ordering::Relaxed) {
            return Ok(());
        }
        let why = match self.limit {
            Some(limit) => format!("more than the limit of {} (`--memory-limit`)", size(limit)),
            None => {
                let Some((free, all)) = free() else { return Ok(()) };
                let left = free.saturating_sub(all / RESERVE);
                if left > 0 || held < all / SHARE {
                    // Others may take or give back memory meanwhile: it is looked for again before all of it is used.
                    self.bound.store(held.saturating_add(left / 2), Ordering::Relaxed);
                    return Ok(());
                }
                format!("and of {} that it may use {} are left", size(all), size(free))
            }
        };
        Err(Error::Failed(format!(
            "the process holds {} of memory, {why}{}",
            size(held),
            self.growth(held)
        )))
    }

    fn growth(&self, held: u64) -> String {
        let grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
        let all = held.saturating_sub(self.before.load(Ordering::Relaxed));
        let most = grown.iter().max_by_key(|(_, growth)| **growth);
        let most = most.and_then(|(component, growth)| {
            let growth = u64::try_from(*growth).ok().filter(|growth| *growth > 0)?;
            Some(format!(", {} of it in calls of plugin {component}", size(growth)))
        });
        format!("\n  growth: {} since training began{}", size(all), most.unwrap_or_default())
    }
}

/// Bytes that are free, and all there are: of the machine or of the process's control group, whichever has less left.
fn free() -> Option<(u64, u64)> {
    let machine = machine(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    let group = std::fs::read_to_string("/proc/self/cgroup").ok();
    let group =
        group.and_then(|text| group_free(text.lines().find_map(|l| l.strip_prefix("0::"))?));
    Some(group.filter(|group| group.0 < machine.0).unwrap_or(machine))
}

/// What `/proc/meminfo` says: available memory and swap, and all of both.
fn machine(text: &str) -> Option<(u64, u64)> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1024)
    };
    let swap = |name| value(name).unwrap_or(0);
    Some((
        value("MemAvailable")?.saturating_add(swap("SwapFree")),
        value("MemTotal")?.saturating_add(swap("SwapTotal")),
    ))
}

/// What a control group (cgroup v2) has left; the pages of files in its sum are given back when they are wanted.
fn group_free(path: &str) -> Option<(u64, u64)> {
    let folder = format!("/sys/fs/cgroup{}", path.trim_end_matches('/'));
    let read = |file: &str| std::fs::read_to_string(format!("{folder}/{file}")).ok();
    let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
    let (all, used) = (number("memory.max")?, number("memory.current")?);
    let stat = read("memory.stat")?;
    let files = stat.lines().find_map(|line| line.strip_prefix("file ")?.parse::<u64>().ok())?;
    Some((all.saturating_sub(used.saturating_sub(files)), all))
}

/// The size of a page in bytes, from what the kernel told the process when it began (`AT_PAGESZ`, getauxval(3)).
fn page_size() -> Option<u64> {
    const AT_PAGESZ: usize = 6;
    let vector = std::fs::read("/proc/self/auxv").ok()?;
    let (words, _) = vector.as_chunks::<{ size_of::<usize>() }>();
    let words: Vec<usize> = words.iter().map(|bytes| usize::from_ne_bytes(*bytes)).collect();
    let page = words.chunks_exact(2).find(|entry| entry[0] == AT_PAGESZ)?[1];
    u64::try_from(page).ok()
}

#[cfg(unix)]
fn read_from_start(file: &File, text: &mut [u8]) -> Option<usize> {
    std::os::unix::fs::FileExt::read_at(file, text, 0).ok()
}

#[cfg(not(unix))]
fn read_from_start(_: &File, _: &mut [u8]) -> Option<usize> {
    None
}

/// A size in GiB or MiB.
fn size(bytes: u64) -> String {
    const MIB: f64 = 1024.0 * 1024.0;
    match bytes as f64 / MIB {
        mib if mib >= 1000.0 => format!("{:.1} GiB", mib / 1024.0),
        mib => format!("{mib:.0} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_over_its_limit_is_told_whose_calls_it_grew_in() {
        let memory = Memory::new(Some(1));
        let Some(before) = memory.held() else {
            eprintln!("skipped: this system does not tell the memory of a process");
            return;
        };
        assert!(before > 1_000_000, "{before}");
        assert_eq!(memory.check_limit().unwrap_err().exit_code(), 2);
        // More than what other tests of this process may give back meanwhile.
        let leak = || std::hint::black_box(vec![1u8; 512 << 20]);
        let kept = memory.attribute("raw/table", leak);
        let text = memory.check().unwrap_err().to_string();
        drop(kept);
        assert!(text.contains("more than the limit of 0 MiB (`--memory-limit`)"), "{text}");
        assert!(text.contains(" MiB of it in calls of plugin raw/table"), "{text}");
        let ample = Memory::new(Some(1 << 50));
        assert!(ample.check().is_ok() && ample.check_limit().is_ok());
    }

    #[test]
    fn what_is_free_counts_swap_and_what_can_be_given_back() {
        let text = "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  600 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\n";
        assert_eq!(machine(text), Some((640 * 1024, 1050 * 1024)));
        assert_eq!(machine("MemTotal: 1000 kB\n"), None);
    }

    #[test]
    fn sizes_are_in_the_larger_unit_from_a_thousand_on() {
        assert_eq!(
            (size(0), size(1 << 20), size(5 << 29)),
            ("0 MiB".into(), "1 MiB".into(), "2.5 GiB".into())
        );
    }
}
