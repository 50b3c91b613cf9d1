//! What this process holds, as the system tells.

use crate::plugin::check::system::allocated;

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Bytes that the system lent.
    pub memory: u64,
    /// Bytes that are allocated and not freed, where the allocator tells.
    pub allocated: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Open files.
    pub files: usize,
}

/// What this process holds now; `None` where the system does not tell.
pub fn held() -> Option<Held> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let number = |key: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Held {
        memory: number("VmRSS:")? * 1024,
        allocated: allocated(),
        threads: usize::try_from(number("Threads:")?).ok()?,
        files: std::fs::read_dir("/proc/self/fd").ok()?.count(),
    })
}
