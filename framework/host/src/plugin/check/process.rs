//! One child process with a time limit, and how it ended.

use std::collections::VecDeque;
use std::io::Read;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::system;

/// How much of the errors is kept, from their end: a child may write without end.
const KEPT_BYTES: usize = 64 * 1024;

/// How often a child is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// A child has at most so many times its limit, however busy the machine is: one whose own threads take the processor
/// from each other waits as well.
const LONGEST: u32 = 5;

/// How long the errors of a child that is gone may take to be read. Whoever holds them open for longer is a process
/// that outlived it.
const READ_OUT: Duration = Duration::from_secs(2);

/// What became of a child.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    /// The end of what it wrote to standard error.
    pub(super) errors: String,
    pub(super) took: Duration,
}

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By itself, with exit code 0.
    Well,
    /// Otherwise, in words: `ended with exit code 3`.
    Badly(String),
    /// It did not: it was ended at its limit.
    NotInTime,
}

/// Runs a command to its end, or for `limit`, in which waiting for a processor does not count. What it writes to standard output is nobody's: a library may write there
/// as it likes.
pub(super) fn run(mut command: Command, limit: Duration) -> std::io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A group of its own, so that what the child started ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let began = Instant::now();
    let mut child = command.spawn()?;
    let errors = child.stderr.take().map(Tail::of);
    let status = wait(&mut child, began, limit);
    system::end_group(child.id());
    let status = match status {
        Ok(Some(status)) => Ok(Some(status)),
        other => {
            // Ended with its group, or here where there are no groups; then it has to be waited for.
            let _ = child.kill();
            child.wait().and(other)
        }
    }?;
    let (errors, whole) = errors.map_or((String::new(), true), Tail::read_out);
    let how = match status {
        None => How::NotInTime,
        Some(status) if !status.success() => How::Badly(describe(status)),
        Some(_) if !whole => {
            How::Badly("left a process behind, which holds its standard error open".into())
        }
        Some(_) => How::Well,
    };
    Ok(Ended { how, errors, took: began.elapsed() })
}

/// Waits for `limit`; `None` if the child still runs then. Time in which a busy machine let it wait does not count.
fn wait(child: &mut Child, began: Instant, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let mut allowed = limit;
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if began.elapsed() < allowed => thread::sleep(LOOK_EVERY),
            None => {
                let waited = system::waits(child.id()).into_values().max().unwrap_or_default();
                let granted = limit + waited.min(limit * (LONGEST - 1));
                if began.elapsed() >= granted {
                    return Ok(None);
                }
                allowed = granted;
            }
        }
    }
}

/// The last bytes of what a child writes, read as it writes them: it never waits for its reader.
struct Tail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    reader: JoinHandle<()>,
}

impl Tail {
    fn of(mut from: ChildStderr) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let keeps = Arc::clone(&kept);
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(read @ 1..) = from.read(&mut part) {
                let mut kept = keeps.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(part.iter().take(read));
                let over = kept.len().saturating_sub(KEPT_BYTES);
                kept.drain(..over);
            }
        });
        Self { kept, reader }
    }

    /// What was written, once the child is gone, and whether that is all: another process may hold the other end.
    fn read_out(self) -> (String, bool) {
        let until = Instant::now() + READ_OUT;
        while !self.reader.is_finished() && Instant::now() < until {
            thread::sleep(LOOK_EVERY);
        }
        let whole = self.reader.is_finished();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (String::from_utf8_lossy(kept.make_contiguous()).into_owned(), whole)
    }
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("crashed with {}", system::signal_name(signal));
    }
    match status.code() {
        Some(code) => format!("ended the process with exit code {code}"),
        None => "ended the process".to_owned(),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, limit).unwrap()
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn of_what_a_child_wrote_the_errors_come_back() {
        let ended = shell("echo out; echo err >&2", LONG);
        assert_eq!((ended.how, ended.errors), (How::Well, "err\n".into()));
    }

    #[test]
    fn a_signal_is_named_and_so_is_an_exit_code() {
        let crash = |script| shell(script, LONG).how;
        assert_eq!(crash("kill -SEGV $$"), How::Badly("crashed with SIGSEGV".into()));
        assert_eq!(crash("kill -ABRT $$"), How::Badly("crashed with SIGABRT".into()));
        assert_eq!(crash("exit 7"), How::Badly("ended the process with exit code 7".into()));
    }

    #[test]
    fn a_child_that_hangs_is_ended_at_its_limit_and_what_it_wrote_is_kept() {
        let ended = shell("echo before >&2; sleep 60; echo after >&2", Duration::from_secs(2));
        assert_eq!((ended.how, ended.errors), (How::NotInTime, "before\n".into()));
        assert!(ended.took < LONG, "{:?}", ended.took);
    }

    #[test]
    fn what_a_child_started_ends_with_it() {
        // The second process holds the errors open for a minute: they are read to the end only if it was ended.
        let ended = shell("sleep 60 & echo done >&2", LONG);
        assert_eq!((ended.how, ended.errors), (How::Well, "done\n".into()));
        assert!(ended.took < LONG, "{:?}", ended.took);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_left_the_group_is_told_and_not_waited_for() {
        // The substitution ends when the second process is in a session of its own.
        let script = "gone=$(setsid sh -c 'sleep 60 >/dev/null & echo $!'); echo $gone >&2";
        let ended = shell(script, LONG);
        let gone: u32 = ended.errors.trim().parse().unwrap();
        assert!(Command::new("kill").arg(gone.to_string()).status().unwrap().success());
        let told = "left a process behind, which holds its standard error open";
        assert_eq!(ended.how, How::Badly(told.into()));
        assert!(ended.took < LONG, "{:?}", ended.took);
    }

    #[test]
    fn of_endless_errors_the_end_is_kept() {
        let ended = shell("(yes 123456789 | head -c 1000000; echo; echo end) >&2", LONG);
        assert_eq!(ended.errors.len(), KEPT_BYTES);
        assert!(ended.errors.ends_with("\nend\n"));
    }
}
