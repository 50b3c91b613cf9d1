//! Which plugin is at work, for those who ask while it is: the handler of crashes, and the watch over calls that hang.
//!
//! Neither can wait for a lock that the plugin's thread may hold, so what is at work is one pointer to a text that is
//! never freed. There are as many such texts as a program has components and functions.
//!
//! There is one such pointer, since the host calls its plugins from one thread at a time. Where several threads call at
//! once, as tests do, it is of the call that began last.

use std::collections::BTreeMap;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

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

/// A call that is being made; the end of it is the end of this.
pub(super) struct Ongoing {
    call: &'static Call,
    outer: *mut Call,
    since: u64,
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
    let outer = CURRENT.swap(std::ptr::from_ref(call).cast_mut(), Ordering::SeqCst);
    Ongoing { call, outer, since }
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
    }
}

/// The call that is being made, if one is. May be asked in a signal handler.
pub(super) fn current() -> Option<&'static Call> {
    // SAFETY: null, or a call that is never freed.
    unsafe { CURRENT.load(Ordering::SeqCst).as_ref() }
}

/// For how long the call of now has been going on.
pub(super) fn lasting() -> Duration {
    Duration::from_micros(now().saturating_sub(SINCE.load(Ordering::SeqCst)))
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
