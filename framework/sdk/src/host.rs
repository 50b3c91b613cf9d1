//! The services of the host: log, cancellation, thread budget.

use std::ffi::c_void;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};

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
        Self { host: Host::detached("test"), seed }
    }
}

/// A handle to the host's services, to clone and to use from any thread.
///
/// The services end with the instance. A handle that outlives it, on a thread that was left running for one, then
/// works like that of [`Context::detached`].
#[derive(Clone)]
pub struct Host {
    line: Option<Arc<Line>>,
    threads: NonZeroUsize,
    target: &'static str,
}

/// The line to the host: every call goes through while the lock is held, so that cutting it waits for the call.
struct Line(RwLock<Option<Services>>);

#[derive(Clone, Copy)]
struct Services {
    context: *mut c_void,
    log_enabled: Option<unsafe extern "C" fn(*mut c_void, u32, abi::Str) -> u8>,
    log: Option<unsafe extern "C" fn(*mut c_void, u32, abi::Str, abi::Str)>,
    cancelled: Option<unsafe extern "C" fn(*mut c_void) -> u8>,
}

// SAFETY: the contract lets every service be called from any thread at any time while the instance lives.
unsafe impl Send for Services {}
// SAFETY: as above.
unsafe impl Sync for Services {}

/// Owns the line of one instance, and cuts it when it is dropped.
pub(crate) struct Connection(Host);

impl Connection {
    /// Copies the services.
    ///
    /// # Safety
    /// `host` is null or points to services that outlive the connection.
    pub(crate) unsafe fn new(host: *const abi::Host, target: &'static str) -> Self {
        // SAFETY: by contract.
        let Some(host) = (unsafe { abi::Host::read(host) }) else {
            return Self(Host::detached(target));
        };
        let services = Services {
            context: host.context,
            log_enabled: host.log_enabled,
            log: host.log,
            cancelled: host.cancelled,
        };
        Self(Host {
            line: Some(Arc::new(Line(RwLock::new(Some(services))))),
            threads: NonZeroUsize::new(host.threads as usize).unwrap_or(NonZeroUsize::MIN),
            target,
        })
    }

    /// A handle to the services.
    pub(crate) fn host(&self) -> Host {
        self.0.clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(line) = &self.0.line {
            *line.0.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl Host {
    fn detached(target: &'static str) -> Self {
        Self { line: None, threads: NonZeroUsize::MIN, target }
    }

    /// One without a host, with so many threads to use.
    #[cfg(all(test, feature = "similarity"))]
    pub(crate) fn with_threads(threads: NonZeroUsize) -> Self {
        Self { threads, ..Self::detached("test") }
    }

    /// Calls a service, if there still is a host.
    fn call<R>(&self, service: impl FnOnce(Services) -> R) -> Option<R> {
        let services = self.line.as_ref()?.0.read().unwrap_or_else(PoisonError::into_inner);
        services.map(service)
    }

    /// How many threads the component may use at once, the calling one included.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// Whether the host wants the call to end soon with [`crate::Error::cancelled`]. Ask in long loops.
    pub fn cancelled(&self) -> bool {
        let asked = self.call(|services| {
            // SAFETY: the line is not cut while it is in use, and the services live until then.
            services.cancelled.is_some_and(|asked| unsafe { asked(services.context) } != 0)
        });
        asked.unwrap_or(false)
    }

    /// Logs a message; it is only formatted if the host keeps it.
    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        let target = abi::Str::new(self.target);
        let kept = self.call(|services| {
            services.log.is_some()
                // SAFETY: as in `cancelled`; the string is static.
                && services.log_enabled.is_some_and(|enabled| unsafe {
                    enabled(services.context, level as u32, target) != 0
                })
        });
        if kept != Some(true) {
            return;
        }
        // Formatted with the line free: the message may itself log, or ask.
        let message = message.to_string();
        self.call(|services| {
            if let Some(log) = services.log {
                let message = abi::Str::new(&message);
                // SAFETY: as in `cancelled`; the strings live through the call.
                unsafe { log(services.context, level as u32, target, message) };
            }
        });
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
            .field("attached", &self.call(|_| ()).is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    unsafe extern "C" fn count(context: *mut c_void) -> u8 {
        // SAFETY: the context of the test.
        unsafe { &*context.cast::<AtomicU32>() }.fetch_add(1, Ordering::Relaxed);
        1
    }

    #[test]
    fn a_handle_that_outlives_its_instance_no_longer_calls_the_host() {
        let calls = AtomicU32::new(0);
        let raw = abi::Host {
            threads: 3,
            context: (&raw const calls).cast_mut().cast(),
            cancelled: Some(count),
            ..abi::Host::empty()
        };
        // SAFETY: the services live through the test.
        let connection = unsafe { Connection::new(&raw const raw, "test") };
        let host = connection.host();
        assert!(host.cancelled());
        host.info(format_args!("a host without a log is no trouble"));
        drop(connection);
        assert!(!host.cancelled());
        assert_eq!((calls.into_inner(), host.threads().get()), (1, 3));
    }
}
