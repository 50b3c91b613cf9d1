//! Augmenters: texts in, as many texts out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle};
use super::library::{Component, Functions};
use super::services::{Services, utf8};
use super::texts::Texts;
use crate::manifest::types::Options;

/// An augmenter.
pub struct Augmenter {
    handle: Handle,
    functions: Arc<abi::Augmenter>,
}

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
            unreachable!("the registry found an augmenter");
        };
        let (create, destroy) = (functions.create, functions.destroy);
        let handle = Handle::create(
            component,
            options,
            seed,
            services,
            destroy,
            |args, instance, error| {
                match create {
                    // SAFETY: the arguments live through the call.
                    Some(create) => unsafe { create(args, instance, error) },
                    None => abi::STATUS_UNSUPPORTED,
                }
            },
        )?;
        Ok(Self { handle, functions: Arc::clone(functions) })
    }

    /// What the texts become, in their order.
    ///
    /// # Errors
    /// If the plugin fails, or gives another number of texts.
    pub fn augment(&mut self, texts: &Texts<'_>) -> Result<Vec<String>, CallError> {
        const DOING: &str = "augment texts";
        let mut out = TakenTexts::default();
        let sink = out.sink();
        let raw = texts.raw(0..texts.len());
        let augment = self.functions.augment;
        self.handle.call(DOING, |instance, error| match augment {
            // SAFETY: texts and sink live through the call.
            Some(f) => unsafe { f(instance, &raw const raw, &raw const sink, error) },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        let out = out.finish().map_err(|problem| self.handle.broken(DOING, problem))?;
        if out.len() != texts.len() {
            let problem = format!("{} texts for {}", out.len(), texts.len());
            return Err(self.handle.broken(DOING, problem));
        }
        Ok(out)
    }
}

/// The host's side of a text sink.
#[derive(Default)]
pub(super) struct TakenTexts {
    texts: Vec<String>,
    malformed: bool,
}

impl TakenTexts {
    /// A sink that fills `self`; it must not outlive or be used beside it.
    pub(super) fn sink(&mut self) -> abi::TextSink {
        abi::TextSink {
            struct_size: abi::TextSink::SIZE,
            reserved: 0,
            context: std::ptr::from_mut(self).cast::<c_void>(),
            put: Some(put),
        }
    }

    /// The texts taken, or what was wrong with one.
    pub(super) fn finish(self) -> Result<Vec<String>, String> {
        if self.malformed { Err("a text is not UTF-8".into()) } else { Ok(self.texts) }
    }
}

unsafe extern "C" fn put(context: *mut c_void, text: abi::Str) -> abi::Status {
    // SAFETY: `context` is the `TakenTexts` of the running call, which nothing else uses meanwhile.
    let taken = unsafe { &mut *context.cast::<TakenTexts>() };
    // SAFETY: the plugin lends the text for the call.
    match unsafe { utf8(text) } {
        Some(text) => taken.texts.push(text),
        None => taken.malformed = true,
    }
    abi::STATUS_OK
}
