//! Which plugin is at work, for those who ask while it is: the handler of crashes, and the watch over calls that hang.
//!
//! Neither can wait for a lock that the plugin's thread may hold, so what is at work is one pointer to a text that is
//! never freed. There are as many such texts as a program has components and functions.
//!
//! There is one such pointer, since the host calls its plugins from one thread at a time. Where several threads call at
//! once, as tests do, it is of the call that began last.

use std::collections::BTreeMap;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::library::Component;

/// A function of a component.
#[derive(Debug)]
pub(super) struct Call {
    /// `library/component`.
    pub(super) component: String,
    /// What the host wants.
    pub(super) doing: &'static str,
    /// Both, in words.
    pub(super) words: String,
}

static CURRENT: AtomicPtr<Call> = AtomicPtr::new(null_mut());
/// When it began, in microseconds after the first call of all.
static SINCE: AtomicU64 = AtomicU64::new(0);
/// The thread that makes it.
static THREAD: AtomicUsize = AtomicUsize::new(0);

/// A call that is being made; the end of it is the end of this.
pub(super) struct Ongoing {
    call: &'static Call,
    outer: *mut Call,
    since: u64,
    thread: usize,
}

/// Notes that a call begins.
pub(super) fn begin(component: &Component, doing: &'static str) -> Ongoing {
    begin_call(named(component, doing, |component| {
        format!("plugin {component}, which was to {doing}")
    }))
}

/// The same for whoever calls a function for its own sake: it is named as in the contract.
pub(super) fn begin_function(component: &Component, function: &'static str) -> Ongoing {
    begin_call(named(component, function, |component| {
        format!("plugin {component}, in its `{function}`")
    }))
}

fn begin_call(call: &'static Call) -> Ongoing {
    let since = SINCE.swap(now(), Ordering::SeqCst);
    let thread = THREAD.swap(this_thread(), Ordering::SeqCst);
    let outer = CURRENT.swap(std::ptr::from_ref(call).cast_mut(), Ordering::SeqCst);
    Ongoing { call, outer, since, thread }
}

impl Ongoing {
    /// Whose call it is.
    pub(super) fn component(&self) -> &'static str {
        &self.call.component
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        CURRENT.store(self.outer, Ordering::SeqCst);
        SINCE.store(self.since, Ordering::SeqCst);
        THREAD.store(self.thread, Ordering::SeqCst);
    }
}

/// The call that is being made, if one is. May be asked in a signal handler.
pub(super) fn current() -> Option<&'static Call> {
    // SAFETY: null, or a call that is never freed.
    unsafe { CURRENT.load(Ordering::SeqCst).as_ref() }
}

/// When the call of now began, which tells it from others.
pub(super) fn since() -> u64 {
    SINCE.load(Ordering::SeqCst)
}

/// Whether the call of now is made by the thread that asks. May be asked in a signal handler.
#[cfg_attr(not(unix), expect(dead_code, reason = "asked where there are signals"))]
pub(super) fn is_here() -> bool {
    THREAD.load(Ordering::SeqCst) == this_thread()
}

#[cfg(unix)]
fn this_thread() -> usize {
    // SAFETY: only asks, and may be asked in a signal handler (signal-safety(7)).
    unsafe { libc::pthread_self() as usize }
}

#[cfg(not(unix))]
fn this_thread() -> usize {
    0
}

fn now() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_micros() as u64
}

fn named(
    component: &Component,
    doing: &'static str,
    words: impl FnOnce(&str) -> String,
) -> &'static Call {
    static KNOWN: Mutex<BTreeMap<(String, &'static str), &'static Call>> =
        Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((component.name(), doing)).or_insert_with_key(|(component, doing)| {
        Box::leak(Box::new(Call { component: component.clone(), doing, words: words(component) }))
    })
}
