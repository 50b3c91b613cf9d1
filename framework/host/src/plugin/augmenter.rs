//! Augmenters: texts in, as many texts out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Item, Making};
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, number_name, text_sink, utf8};
use super::services::Services;
use super::texts::Texts;
use crate::manifest::types::Options;

/// What the host wants of an augmenter.
const DOING: &str = "augment texts";

/// An augmenter.
pub struct Augmenter {
    handle: Handle<'static>,
    functions: Arc<abi::Augmenter>,
    batches: u64,
}

/// How often texts are augmented twice, in batches.
const TWICE_EVERY: u64 = 256;

impl Augmenter {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn create(
        component: &Arc<Component>,
        options: &Options,
        seed: u64,
        services: &Services,
    ) -> Result<Self, CallError> {
        let Functions::Augmenter(functions) = &component.functions else {
            return Err(CallError::wrong_kind(component, Kind::Augmenter));
        };
        let making = Making { component, options, seed, services };
        let handle = Handle::create(making, functions.create, functions.destroy)?;
        Ok(Self { handle, functions: Arc::clone(functions), batches: 0 })
    }

    /// Its component, `library/component`.
    pub fn name(&self) -> String {
        self.handle.name()
    }

    /// What the texts become, in their order.
    ///
    /// # Errors
    /// If the plugin fails, gives another number of texts, or is found to give other texts for the same keys.
    pub fn augment(&mut self, texts: &Texts<'_>) -> Result<Vec<String>, CallError> {
        let out = self.once(texts)?;
        let again = self.batches.is_multiple_of(TWICE_EVERY);
        self.batches += 1;
        if again && let Some(at) = self.once(texts)?.iter().zip(&out).position(|(a, b)| a != b) {
            let problem = "an augmenter must give the same text for the same key";
            let problem = format!("text {at}, augmented twice, differs: {problem}");
            return Err(self.handle.broken(DOING, problem).about(Item::Text(at)));
        }
        Ok(out)
    }

    /// What there is to count of texts, by name; nothing if the augmenter counts nothing.
    ///
    /// # Errors
    /// If the plugin fails, or a name is none or stands there twice.
    pub fn counts(&mut self, texts: &Texts<'_>) -> Result<Vec<(String, u64)>, CallError> {
        const DOING: &str = "count what it does";
        // SAFETY: an augmenter's, whose group this is.
        let group = unsafe { self.handle.group::<abi::Counts>(self.functions.get_extension) };
        let Some(group) = group else { return Ok(Vec::new()) };
        let mut taken = Taken::new();
        let sink = count_sink(&mut taken);
        let all = 0..texts.len();
        let (lent, raw) = (texts.lent(all.clone()), texts.raw(all));
        // SAFETY: texts and sink live through the call.
        let result = self.handle.call(DOING, group.count, |f, instance, error| unsafe {
            f(instance, &raw const raw, &raw const sink, error)
        });
        // SAFETY: the texts are still there.
        let result = self.handle.judge(DOING, result, [unsafe { lent.breach() }]);
        match self.handle.taken(DOING, result, taken) {
            Err(error) if error.is_unsupported() => Ok(Vec::new()),
            counts => counts,
        }
    }

    fn once(&mut self, texts: &Texts<'_>) -> Result<Vec<String>, CallError> {
        let mut taken = Taken::new();
        let sink = text_sink(&mut taken);
        let all = 0..texts.len();
        let (lent, raw) = (texts.lent(all.clone()), texts.raw(all));
        // SAFETY: texts and sink live through the call.
        let result = self.handle.call(DOING, self.functions.augment, |f, instance, error| unsafe {
            f(instance, &raw const raw, &raw const sink, error)
        });
        // SAFETY: the texts are still there.
        let result = self.handle.judge(DOING, result, [unsafe { lent.breach() }]);
        let out = self.handle.taken(DOING, result, taken)?;
        if out.len() != texts.len() {
            let problem = format!("{} texts for {}", out.len(), texts.len());
            return Err(self.handle.broken(DOING, problem));
        }
        Ok(out)
    }
}

/// A sink for counts that fills `taken`.
pub(super) fn count_sink(taken: &mut Taken<(String, u64)>) -> abi::CountSink {
    abi::CountSink {
        struct_size: abi::CountSink::SIZE,
        reserved: 0,
        context: taken.context(),
        put: Some(take_count),
    }
}

unsafe extern "C" fn take_count(context: *mut c_void, name: abi::Str, count: u64) -> abi::Status {
    let one = |earlier: &[(String, u64)]| {
        // SAFETY: the plugin lends the name for the call.
        let name = number_name(unsafe { utf8(name) })?;
        match earlier.iter().any(|(other, _)| *other == name) {
            true => Err(format!("two counts are named `{name}`")),
            false => Ok((name, count)),
        }
    };
    // SAFETY: `context` is that of the running call's sink.
    unsafe { Taken::put(context, one) }
}
