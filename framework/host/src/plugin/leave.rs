//! The end of the process: the host's own, which it declares, and one by `exit()`, which only a plugin can have called.
//!
//! `exit()` looks like success to whoever started the process, whatever was at work. So a function that the C library
//! calls on the way out looks whether the host wanted to leave; if not, it says whose call it was and makes it a failure.
//! The host itself leaves without what plugins have registered for the way out, which may hang or crash.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an end of the process by `exit()` is in order.
static MAY_EXIT: AtomicBool = AtomicBool::new(false);

/// Lets a library end the process by `exit()`, for another process looks at how this one ends.
pub(super) fn let_exit() {
    MAY_EXIT.store(true, Ordering::SeqCst);
}

/// Ends the process, after all that was printed.
pub fn leave(code: u8) -> ! {
    // Nobody is left to tell.
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
    // Where another process looks, what a library does on the way out is part of what is asked.
    if !MAY_EXIT.swap(true, Ordering::SeqCst) {
        leave_at_once(code);
    }
    std::process::exit(code.into());
}

/// Ends the process without what would run on the way out, and without waiting for anybody.
#[cfg(unix)]
pub fn leave_at_once(code: u8) -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(code.into()) }
}

/// Ends the process.
#[cfg(not(unix))]
pub fn leave_at_once(code: u8) -> ! {
    MAY_EXIT.store(true, Ordering::SeqCst);
    std::process::exit(code.into())
}

/// Names the plugin that ends the process by `exit()`, from now on.
#[cfg(unix)]
pub(super) fn name_exits() {
    use std::sync::Once;
    use std::sync::atomic::AtomicI32;

    static ONCE: Once = Once::new();
    static PROCESS: AtomicI32 = AtomicI32::new(0);

    extern "C" fn on_exit() {
        // A process that a plugin forked ends as it likes.
        // SAFETY: only asks.
        let ours = unsafe { libc::getpid() } == PROCESS.load(Ordering::SeqCst);
        if ours && !MAY_EXIT.load(Ordering::SeqCst) {
            super::crash::tell("the process was ended by exit()");
            leave_at_once(1);
        }
    }

    ONCE.call_once(|| {
        // SAFETY: the function lives as long as the process, takes nothing and does not unwind. Should there be no
        // room for it, all else is as it was.
        unsafe {
            PROCESS.store(libc::getpid(), Ordering::SeqCst);
            libc::atexit(on_exit);
        }
    });
}
