//! The services of the host: log, cancellation, thread budget.

use std::ffi::c_void;
use std::fmt;
use std::num::NonZeroUsize;

use triglot_abi::{self as abi, Sized32};

/// How much a log message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// The work cannot go on as asked.
    Error = abi::LOG_ERROR,
    /// Something a person should look at.
    Warn = abi::LOG_WARN,
    /// Progress.
    Info = abi::LOG_INFO,
    /// For the author of the plugin.
    Debug = abi::LOG_DEBUG,
    /// Every detail.
    Trace = abi::LOG_TRACE,
}

/// What an instance is made with, beside its options.
#[derive(Debug, Clone)]
pub struct Context {
    /// The host's services; keep a clone to use them later.
    pub host: Host,
    /// The seed of draws that have no key of their own, such as initial weights.
    pub seed: u64,
}

impl Context {
    /// A context without a host, for tests: no log, never cancelled, one thread.
    pub fn detached(seed: u64) -> Self {
        Self {
            host: Host {
                raw: None,
                target: "test",
            },
            seed,
        }
    }
}

/// A handle to the host's services.
#[derive(Clone)]
pub struct Host {
    raw: Option<Services>,
    target: &'static str,
}

#[derive(Clone, Copy)]
struct Services {
    threads: u32,
    context: *mut c_void,
    log_enabled: Option<unsafe extern "C" fn(*mut c_void, u32, abi::Str) -> u8>,
    log: Option<unsafe extern "C" fn(*mut c_void, u32, abi::Str, abi::Str)>,
    cancelled: Option<unsafe extern "C" fn(*mut c_void) -> u8>,
}

// SAFETY: the contract lets every service be called from any thread at any time while the instance lives.
unsafe impl Send for Services {}
// SAFETY: as above.
unsafe impl Sync for Services {}

impl Host {
    /// Copies the services.
    ///
    /// # Safety
    /// `host` is null or points to services that outlive the returned handle.
    pub(crate) unsafe fn from_raw(host: *const abi::Host, target: &'static str) -> Self {
        // SAFETY: by contract.
        let raw = unsafe { abi::Host::read(host) }.map(|host| Services {
            threads: host.threads,
            context: host.context,
            log_enabled: host.log_enabled,
            log: host.log,
            cancelled: host.cancelled,
        });
        Self { raw, target }
    }

    /// How many threads the component may use at once, the calling one included.
    pub fn threads(&self) -> NonZeroUsize {
        let threads = self.raw.map_or(1, |raw| raw.threads as usize);
        NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN)
    }

    /// Whether the host wants the call to end soon with [`crate::Error::cancelled`]. Ask in long loops.
    pub fn cancelled(&self) -> bool {
        let Some(raw) = self.raw else { return false };
        raw.cancelled.is_some_and(|cancelled| {
            // SAFETY: the services outlive the handle.
            unsafe { cancelled(raw.context) != 0 }
        })
    }

    /// Logs a message; it is only formatted if the host keeps it.
    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        let Some(raw) = self.raw else { return };
        let target = abi::Str::new(self.target);
        // SAFETY: the services outlive the handle; the strings outlive the calls.
        unsafe {
            if let (Some(enabled), Some(log)) = (raw.log_enabled, raw.log)
                && enabled(raw.context, level as u32, target) != 0
            {
                let message = message.to_string();
                log(raw.context, level as u32, target, abi::Str::new(&message));
            }
        }
    }

    /// Logs at [`Level::Warn`].
    pub fn warn(&self, message: fmt::Arguments<'_>) {
        self.log(Level::Warn, message);
    }

    /// Logs at [`Level::Info`].
    pub fn info(&self, message: fmt::Arguments<'_>) {
        self.log(Level::Info, message);
    }

    /// Logs at [`Level::Debug`].
    pub fn debug(&self, message: fmt::Arguments<'_>) {
        self.log(Level::Debug, message);
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("attached", &self.raw.is_some())
            .finish_non_exhaustive()
    }
}
