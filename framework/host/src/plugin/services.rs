//! What the host offers its plugins: log, cancellation, thread budget.
//!
//! Every instance has services of its own, which stay where they are for good: a plugin that left a thread running
//! calls into something that knows it is gone, and never into nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_void;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Level;
use triglot_abi::{self as abi, Sized32};

use super::crash;
use super::leave::leave_at_once;
use super::library::Component;
use super::raw::{lossy, shielded};
use crate::error::{Error, Result};
use crate::memory::Memory;

/// Services for instances; a clone shares all of it.
#[derive(Clone)]
pub struct Services {
    shared: Arc<Shared>,
}

struct Shared {
    cancelled: Arc<AtomicBool>,
    threads: usize,
    memory: Memory,
    /// Who called after its end, and what.
    late: Mutex<BTreeSet<(String, &'static str)>>,
    /// Records how the run at work ends, where it ends from outside its own thread.
    ending: Mutex<Option<Ending>>,
}

/// Records the end of a run, and gives the error with what is known of the run.
pub type Ending = Box<dyn FnMut(Error) -> Error + Send>;

impl Services {
    /// Services under a thread budget (at least 1); `cancelled` may be set at any time, from a signal handler too.
    pub fn new(threads: usize, cancelled: Arc<AtomicBool>) -> Self {
        Self::within(threads, cancelled, Memory::new(None))
    }

    /// Services as of [`Services::new`] within a memory limit.
    pub fn within(threads: usize, cancelled: Arc<AtomicBool>, memory: Memory) -> Self {
        let threads = threads.max(1);
        let (late, ending) = (Mutex::default(), Mutex::default());
        Self { shared: Arc::new(Shared { cancelled, threads, memory, late, ending }) }
    }

    /// The thread budget.
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// Whether the user asked to stop.
    pub fn cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// The memory of the process.
    pub fn memory(&self) -> &Memory {
        &self.shared.memory
    }

    /// Fails if plugins called the host after their instances were destroyed, since this was last asked.
    ///
    /// # Errors
    /// With every such plugin and all that it called, a line each.
    pub fn check_late_calls(&self) -> Result<()> {
        let late = std::mem::take(&mut *lock(&self.shared.late));
        let mut called: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (component, service) in &late {
            called.entry(component).or_default().push(format!("`{service}`"));
        }
        let lines: Vec<String> = called
            .iter()
            .map(|(component, services)| {
                let services = services.join(", ");
                format!("plugin {component}: it called the host's {services} after its instance was destroyed")
            })
            .collect();
        if lines.is_empty() { Ok(()) } else { Err(Error::Failed(lines.join("\n"))) }
    }

    /// Says that a run is at work in this folder, until what is given back is dropped; `ending` records its end where
    /// that comes from outside.
    pub fn begin_run(&self, folder: &Path, ending: Ending) -> RunAtWork<'_> {
        crash::at_work_on(Some(folder));
        *lock(&self.shared.ending) = Some(ending);
        RunAtWork { services: self }
    }

    /// Ends the process for the user, who asked for it twice; the run at work is recorded as interrupted.
    pub fn interrupt(&self) {
        let twice = "interrupted twice: nothing further was saved".to_owned();
        self.end(|| Some(Error::Interrupted(twice)));
    }

    /// Ends the process with the error, if there still is one once the record of the run is nobody else's to write.
    pub(super) fn end(&self, error: impl FnOnce() -> Option<Error>) {
        let mut ending = lock(&self.shared.ending);
        let Some(mut error) = error() else { return };
        if let Some(record) = &mut *ending {
            error = record(error);
        }
        eprintln!("error: {error}");
        // What would run on the way out of the process is not to be trusted while a plugin is at work.
        leave_at_once(error.exit_code());
    }

    /// Services for one instance.
    pub(super) fn connect(&self, component: &Arc<Component>) -> Connection {
        let context: &'static Context = Box::leak(Box::new(Context {
            services: self.clone(),
            component: Arc::clone(component),
            lives: AtomicBool::new(true),
        }));
        let raw = Box::leak(Box::new(abi::Host {
            struct_size: abi::Host::SIZE,
            threads: u32::try_from(self.threads()).unwrap_or(u32::MAX),
            context: std::ptr::from_ref(context).cast_mut().cast::<c_void>(),
            log_enabled: Some(log_enabled),
            log: Some(log),
            cancelled: Some(is_cancelled),
        }));
        Connection { context, raw }
    }
}

/// A run that is at work.
pub struct RunAtWork<'a> {
    services: &'a Services,
}

impl Drop for RunAtWork<'_> {
    fn drop(&mut self) {
        crash::at_work_on(None);
        *lock(&self.services.shared.ending) = None;
    }
}

/// The services of one instance, which ends with this.
pub(super) struct Connection {
    context: &'static Context,
    raw: &'static abi::Host,
}

// SAFETY: the struct that `raw` leads to is never written, and its functions may be called from any thread.
unsafe impl Send for Connection {}

/// Never freed: a hundred bytes an instance.
struct Context {
    services: Services,
    component: Arc<Component>,
    lives: AtomicBool,
}

impl Connection {
    /// The raw struct, which stays where it is.
    pub(super) fn raw(&self) -> *const abi::Host {
        self.raw
    }

    pub(super) fn services(&self) -> &Services {
        &self.context.services
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.context.lives.store(false, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Answers a call of an instance; one that comes after the end of its instance is noted, and done nothing for.
///
/// # Safety
/// `context` is that of a connection.
unsafe fn answer<R: Copy>(
    context: *mut c_void,
    service: &'static str,
    otherwise: R,
    work: impl FnOnce(&Services) -> R,
) -> R {
    // SAFETY: by contract; it is never freed.
    let context = unsafe { &*context.cast::<Context>() };
    shielded(otherwise, || {
        let services = &context.services;
        if context.lives.load(Ordering::Acquire) {
            return work(services);
        }
        lock(&services.shared.late).insert((context.component.name(), service));
        otherwise
    })
}

unsafe extern "C" fn log_enabled(context: *mut c_void, at: u32, _: abi::Str) -> u8 {
    let enabled = |_: &Services| match level(at) {
        Level::ERROR => tracing::enabled!(target: "triglot::plugin", Level::ERROR),
        Level::WARN => tracing::enabled!(target: "triglot::plugin", Level::WARN),
        Level::INFO => tracing::enabled!(target: "triglot::plugin", Level::INFO),
        Level::DEBUG => tracing::enabled!(target: "triglot::plugin", Level::DEBUG),
        Level::TRACE => tracing::enabled!(target: "triglot::plugin", Level::TRACE),
    };
    // SAFETY: the context of this connection.
    unsafe { answer(context, "log_enabled", false, enabled) }.into()
}

unsafe extern "C" fn log(context: *mut c_void, at: u32, target: abi::Str, message: abi::Str) {
    let log = |_: &Services| {
        // SAFETY: the plugin lends both for the call.
        let (component, message) = unsafe { (lossy(target), lossy(message)) };
        match level(at) {
            Level::ERROR => tracing::error!(target: "triglot::plugin", %component, "{message}"),
            Level::WARN => tracing::warn!(target: "triglot::plugin", %component, "{message}"),
            Level::INFO => tracing::info!(target: "triglot::plugin", %component, "{message}"),
            Level::DEBUG => tracing::debug!(target: "triglot::plugin", %component, "{message}"),
            Level::TRACE => tracing::trace!(target: "triglot::plugin", %component, "{message}"),
        }
    };
    // SAFETY: the context of this connection.
    unsafe { answer(context, "log", (), log) }
}

/// A plugin that asks after its end is told to stop.
unsafe extern "C" fn is_cancelled(context: *mut c_void) -> u8 {
    // SAFETY: the context of this connection.
    unsafe { answer(context, "cancelled", true, Services::cancelled) }.into()
}
