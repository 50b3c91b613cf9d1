//! What the host offers its plugins: log, cancellation, thread budget.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Level;
use triglot_abi::{self as abi, Sized32};

use super::raw::{lossy, shielded};

/// Services for instances; a clone shares the cancellation.
#[derive(Clone)]
pub struct Services {
    shared: Arc<Shared>,
}

struct Shared {
    cancelled: Arc<AtomicBool>,
    threads: usize,
    raw: abi::Host,
}

// SAFETY: `raw` holds a pointer to `cancelled`'s atomic and function pointers; all of it may be used from any thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Services {
    /// Services under a thread budget (at least 1); `cancelled` may be set at any time, from a signal handler too.
    pub fn new(threads: usize, cancelled: Arc<AtomicBool>) -> Self {
        let raw = abi::Host {
            struct_size: abi::Host::SIZE,
            threads: u32::try_from(threads.max(1)).unwrap_or(u32::MAX),
            context: Arc::as_ptr(&cancelled).cast_mut().cast::<c_void>(),
            log_enabled: Some(log_enabled),
            log: Some(log),
            cancelled: Some(is_cancelled),
        };
        Self { shared: Arc::new(Shared { cancelled, threads: threads.max(1), raw }) }
    }

    /// The raw struct, at an address that stays for as long as any clone lives.
    pub(super) fn raw(&self) -> *const abi::Host {
        &raw const self.shared.raw
    }

    /// The thread budget.
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// Whether the user asked to stop.
    pub fn cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }
}

/// Tells the thread pools of libraries that read their size from the environment (rayon, candle) the thread budget.
///
/// To be called once, before any other thread runs and before any plugin is opened: the pools read it at their first
/// use. What the user has set already stays; where the system tells that other threads run, everything does.
pub fn announce_threads(threads: usize) {
    if !alone() {
        tracing::debug!("other threads run already: the thread budget is not announced");
        return;
    }
    for name in ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"] {
        if std::env::var_os(name).is_none() {
            // SAFETY: no other thread runs (checked where the system tells), so none reads the environment meanwhile.
            unsafe { std::env::set_var(name, threads.to_string()) };
        }
    }
}

/// Whether this is the only thread, as far as the system tells.
fn alone() -> bool {
    std::fs::read_dir("/proc/self/task").map_or(true, |threads| threads.count() == 1)
}

fn level(level: u32) -> Level {
    match level {
        abi::LOG_ERROR => Level::ERROR,
        abi::LOG_WARN => Level::WARN,
        abi::LOG_INFO => Level::INFO,
        abi::LOG_DEBUG => Level::DEBUG,
        _ => Level::TRACE,
    }
}

unsafe extern "C" fn log_enabled(_: *mut c_void, at: u32, _: abi::Str) -> u8 {
    let enabled = || match level(at) {
        Level::ERROR => tracing::enabled!(target: "triglot::plugin", Level::ERROR),
        Level::WARN => tracing::enabled!(target: "triglot::plugin", Level::WARN),
        Level::INFO => tracing::enabled!(target: "triglot::plugin", Level::INFO),
        Level::DEBUG => tracing::enabled!(target: "triglot::plugin", Level::DEBUG),
        Level::TRACE => tracing::enabled!(target: "triglot::plugin", Level::TRACE),
    };
    shielded(false, enabled).into()
}

unsafe extern "C" fn log(_: *mut c_void, at: u32, target: abi::Str, message: abi::Str) {
    // SAFETY: the plugin lends both for the call.
    let (component, message) = unsafe { (lossy(target), lossy(message)) };
    shielded((), || match level(at) {
        Level::ERROR => tracing::error!(target: "triglot::plugin", %component, "{message}"),
        Level::WARN => tracing::warn!(target: "triglot::plugin", %component, "{message}"),
        Level::INFO => tracing::info!(target: "triglot::plugin", %component, "{message}"),
        Level::DEBUG => tracing::debug!(target: "triglot::plugin", %component, "{message}"),
        Level::TRACE => tracing::trace!(target: "triglot::plugin", %component, "{message}"),
    });
}

unsafe extern "C" fn is_cancelled(context: *mut c_void) -> u8 {
    // SAFETY: `context` is the address of the atomic that `Shared` keeps alive; the contract ends all use of it with
    // the last instance, and every instance holds a clone of the services.
    unsafe { &*context.cast::<AtomicBool>() }.load(Ordering::Relaxed).into()
}
