//! What only the system can do for a child process, no core dump, no life after its parent, no children left; and what
//! only it can tell of one.

use std::collections::HashMap;
use std::ffi::OsString;
use std::time::Duration;

/// Leaves no core dump behind when this process crashes, and ends it with its parent.
///
/// To be called in the child, before the library is opened.
#[cfg(unix)]
pub(super) fn settle() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both only change settings of this process; the struct lives through the call.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

/// Ends every process of the group that a child led, the child included.
#[cfg(unix)]
pub(super) fn end_group(leader: u32) {
    let Ok(leader) = i32::try_from(leader) else { return };
    // SAFETY: only sends a signal, to the group that this process made for its child.
    unsafe { libc::kill(-leader, libc::SIGKILL) };
}

/// The name of a signal.
#[cfg(unix)]
pub(super) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGKILL => "SIGKILL",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(not(unix))]
pub(super) fn settle() {}

#[cfg(not(unix))]
pub(super) fn end_group(_leader: u32) {}

/// How long each thread of a process has been ready to run and had no processor, where the system tells: time that
/// another process took, or more threads than there are processors.
#[cfg(target_os = "linux")]
pub(super) fn waits(process: u32) -> HashMap<OsString, Duration> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    let wait = |thread: std::fs::DirEntry| {
        let times = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let waited = times.split_whitespace().nth(1)?.parse().ok()?;
        Some((thread.file_name(), Duration::from_nanos(waited)))
    };
    threads.into_iter().flatten().flatten().filter_map(wait).collect()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn waits(_process: u32) -> HashMap<OsString, Duration> {
    HashMap::new()
}

/// Bytes that are allocated and not freed, where the allocator tells.
///
/// That of the C library serves every plugin that brings none of its own, and counts to the byte; memory that the
/// system lent the process also holds what was freed and not given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn allocated() -> Option<u64> {
    // SAFETY: fills a struct from the allocator's own counts, under its locks.
    let info = unsafe { libc::mallinfo2() };
    Some(info.uordblks as u64 + info.hblkhd as u64)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn allocated() -> Option<u64> {
    None
}
