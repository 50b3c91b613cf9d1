//! The services of a host that keeps watch: it counts what is called, and knows when nothing may be called any more.
//!
//! Context and struct are leaked. A component that calls a host which it no longer has would otherwise read memory
//! that is somebody else's, and nothing could be said of it.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use super::manners::{Manners, Struct};

/// What the services of one instance saw.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: AtomicBool,
    ended: AtomicBool,
    questions: AtomicU64,
    late: AtomicU64,
    malformed: AtomicBool,
}

impl Watch {
    /// Asks the component to stop; from any thread.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// How often the component asked whether it should stop.
    pub fn questions(&self) -> u64 {
        self.questions.load(Ordering::SeqCst)
    }

    /// Whether the services were used as the contract says.
    ///
    /// # Errors
    /// If a service was called after the instance was destroyed, or a message was no text.
    pub fn check(&self) -> Result<(), Trouble> {
        let late = self.late.load(Ordering::SeqCst);
        if late > 0 {
            let times = if late == 1 { "once".to_owned() } else { format!("{late} times") };
            let what = format!("the host was called {times} after the instance was destroyed");
            return Err(Trouble::Violated(what));
        }
        if self.malformed.load(Ordering::SeqCst) {
            return Err(Trouble::Violated("a message to the log was not UTF-8".into()));
        }
        Ok(())
    }

    /// From now on no service may be called.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    fn called(&self) {
        if self.ended.load(Ordering::SeqCst) {
            self.late.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Services under watch, leaked.
#[derive(Clone, Copy)]
pub(super) struct Services {
    pub(super) watch: &'static Watch,
    pub(super) host: &'static Struct,
}

/// New services.
pub(super) fn services(threads: u32, manners: &Manners) -> Services {
    let watch: &'static Watch = Box::leak(Box::default());
    let offered = !manners.least;
    let host = abi::Host {
        struct_size: abi::Host::SIZE,
        threads,
        context: std::ptr::from_ref(watch).cast_mut().cast::<c_void>(),
        log_enabled: offered.then_some(log_enabled),
        log: offered.then_some(log),
        cancelled: offered.then_some(cancelled),
    };
    let host = Box::leak(Box::new(Struct::to_read("Host", host, manners)));
    Services { watch, host }
}

/// # Safety
/// `context` is that of [`services`].
unsafe fn watch<'a>(context: *mut c_void) -> &'a Watch {
    // SAFETY: leaked, and all its parts may be used from any thread.
    let watch = unsafe { &*context.cast::<Watch>() };
    watch.called();
    watch
}

unsafe extern "C" fn log_enabled(context: *mut c_void, _: u32, target: abi::Str) -> u8 {
    // SAFETY: by contract.
    let (watch, target) = unsafe { (watch(context), text(target)) };
    if target.is_none() {
        watch.malformed.store(true, Ordering::SeqCst);
    }
    // Every message is wanted: what a plugin writes into a log is code that runs as well.
    1
}

unsafe extern "C" fn log(context: *mut c_void, _: u32, target: abi::Str, message: abi::Str) {
    // SAFETY: by contract.
    let (watch, target, message) = unsafe { (watch(context), text(target), text(message)) };
    if target.is_none() || message.is_none() {
        watch.malformed.store(true, Ordering::SeqCst);
    }
}

unsafe extern "C" fn cancelled(context: *mut c_void) -> u8 {
    // SAFETY: by contract.
    let watch = unsafe { watch(context) };
    watch.questions.fetch_add(1, Ordering::SeqCst);
    watch.cancelled.load(Ordering::SeqCst).into()
}

/// # Safety
/// `text` is as the contract says.
unsafe fn text<'a>(text: abi::Str) -> Option<&'a str> {
    // SAFETY: by contract.
    let bytes = unsafe { abi::slice(text.data, text.len) }?;
    std::str::from_utf8(bytes).ok()
}
