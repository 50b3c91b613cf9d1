//! What this process holds, as the system tells.

use std::collections::HashMap;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::plugin::check::system::{allocated, waits};

/// Times work as on a machine that has nothing else to do: what the thread of this process that waited longest for a
/// processor waited does not count.
#[derive(Debug)]
pub struct Timer {
    began: Instant,
    waits: HashMap<OsString, Duration>,
}

impl Timer {
    /// Begins now.
    pub fn start() -> Self {
        Self { began: Instant::now(), waits: waits(std::process::id()) }
    }

    /// What it has taken until now.
    pub fn took(&self) -> Duration {
        let before = |thread| self.waits.get(&thread).copied().unwrap_or_default();
        let since = waits(std::process::id())
            .into_iter()
            .map(|(thread, now)| now.saturating_sub(before(thread)));
        self.elapsed().saturating_sub(since.max().unwrap_or_default())
    }

    /// What passed by the clock.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

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
