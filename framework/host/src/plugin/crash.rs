//! The last words of a process that a plugin takes down: whose call it was, on standard error and in the run's folder.
//!
//! A library can end the process by an abort or a bad pointer, and nothing catches that. What can be done is to say
//! where it happened before the process dies of the same signal as it would have. A signal handler may do next to
//! nothing, so the texts are ready before anything goes wrong, and all it does is to write them one after the other.

use std::ffi::CString;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The file of a run's folder with the last words.
pub const LAST_WORDS: &str = "crash.txt";

/// The run that is at work.
struct Run {
    words: String,
    file: CString,
}

/// Never freed: one a run.
static RUN: AtomicPtr<Run> = AtomicPtr::new(null_mut());

/// Says which run is at work, or that none is.
pub(super) fn at_work_on(folder: Option<&Path>) {
    let run = folder.and_then(|folder| {
        let file = CString::new(folder.join(LAST_WORDS).to_str()?).ok()?;
        let words = format!("; the run is {}", folder.display());
        Some(Box::into_raw(Box::new(Run { words, file })))
    });
    RUN.store(run.unwrap_or(null_mut()), Ordering::SeqCst);
}

/// Does nothing: there are no signals.
#[cfg(not(unix))]
pub fn name_crashes() {}

#[cfg(unix)]
pub use unix::name_crashes;
#[cfg(unix)]
pub(super) use unix::tell;

#[cfg(unix)]
mod unix {
    use std::sync::OnceLock;
    use std::sync::atomic::AtomicBool;

    use libc::{c_int, c_void, sigaction, siginfo_t};

    use super::*;
    use crate::plugin::{leave, ongoing};

    /// The signals of a crash, with their names and what was done about them before.
    static CRASHES: [(c_int, &str, OnceLock<sigaction>); 5] = [
        (libc::SIGABRT, "SIGABRT", OnceLock::new()),
        (libc::SIGSEGV, "SIGSEGV", OnceLock::new()),
        (libc::SIGBUS, "SIGBUS", OnceLock::new()),
        (libc::SIGILL, "SIGILL", OnceLock::new()),
        (libc::SIGFPE, "SIGFPE", OnceLock::new()),
    ];

    /// Names the plugin in whose call the process crashes or exits, from now on.
    pub fn name_crashes() {
        leave::name_exits();
        for (signal, _, before) in &CRASHES {
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
            // SAFETY: all zeros are an empty action; the handler is of the form that SA_SIGINFO asks for, and does
            // nothing that a signal handler may not do.
            unsafe {
                let mut ours: sigaction = std::mem::zeroed();
                ours.sa_sigaction = handler as libc::sighandler_t;
                // On the stack that Rust has ready for overflows of the usual one.
                ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                let mut theirs: sigaction = std::mem::zeroed();
                if sigaction(*signal, std::ptr::null(), &raw mut theirs) == 0
                    && before.set(theirs).is_ok()
                {
                    sigaction(*signal, &raw const ours, null_mut());
                }
            }
        }
    }

    extern "C" fn handle(signal: c_int, info: *mut siginfo_t, _: *mut c_void) {
        let Some((_, name, before)) = CRASHES.iter().find(|(number, ..)| *number == signal) else {
            return;
        };
        tell(name);
        let Some(before) = before.get() else { return };
        // SAFETY: the actions are the system's own, the information that of this signal. A fault happens again when the
        // handler returns; a signal that was sent has to be sent again, and waits until then. To that the answer is the
        // system's: that of Rust takes every signal for a fault, and would let the process go on.
        unsafe {
            if info.is_null() || (*info).si_code <= 0 {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            } else {
                sigaction(signal, before, null_mut());
            }
        }
    }

    /// Says how the process ends and whose call it was, once: an overflow of the stack leads to Rust's own abort.
    pub(in crate::plugin) fn tell(how: &str) {
        static TOLD: AtomicBool = AtomicBool::new(false);
        if TOLD.swap(true, Ordering::SeqCst) {
            return;
        }
        // SAFETY: null, or a run that is never freed.
        let run = unsafe { RUN.load(Ordering::SeqCst).as_ref() };
        let [place, whose, to, doing] = match ongoing::current() {
            None => [" in no call of a plugin", "", "", ""],
            Some(call) if ongoing::is_here() => [" in ", &call.words, "", ""],
            Some(call) => {
                [" on another thread, while plugin ", &call.component, " was to ", call.doing]
            }
        };
        let parts =
            ["triglot: ", how, place, whose, to, doing, run.map_or("", |run| &run.words), "\n"];
        write(libc::STDERR_FILENO, &parts);
        let Some(run) = run else { return };
        // SAFETY: the path is there; open and close may be called in a handler. If the file cannot be made, there is nobody
        // left to tell.
        unsafe {
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND;
            let file = libc::open(run.file.as_ptr(), flags, 0o644);
            if file >= 0 {
                write(file, &parts);
                libc::close(file);
            }
        }
    }

    /// Writes one part after the other: a path may be longer than any room that a handler has to put a line together.
    fn write(file: c_int, parts: &[&str]) {
        for part in parts {
            // SAFETY: the bytes of the part, which may be written in a handler.
            unsafe { libc::write(file, part.as_ptr().cast(), part.len()) };
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_line_is_written_whole_however_long_it_is() {
            use std::os::fd::AsRawFd;

            let folder = "a".repeat(4000);
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join(LAST_WORDS);
            let file = std::fs::File::create(&path).unwrap();
            write(file.as_raw_fd(), &["triglot: SIGABRT", &folder, "\n"]);
            let written = std::fs::read_to_string(&path).unwrap();
            assert_eq!(written, format!("triglot: SIGABRT{folder}\n"));
        }
    }
}
