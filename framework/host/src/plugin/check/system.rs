//! What only the operating system can do for a child process: no core dump, no life after its parent, no children left.

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
    // SAFETY: sends a signal; the group is one that this process made for its child, whose number is not given anew
    // before the child is waited for, and not while a member of the group lives.
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
