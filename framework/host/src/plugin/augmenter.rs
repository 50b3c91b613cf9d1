//! Augmenters: texts in, as many texts out.

use std::sync::Arc;

use triglot_abi as abi;

use super::call::{CallError, Handle, Making};
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, text_sink};
use super::services::Services;
use super::texts::Texts;
use crate::manifest::types::Options;

/// An augmenter.
pub struct Augmenter {
    handle: Handle<'static>,
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
            return Err(CallError::wrong_kind(component, Kind::Augmenter));
        };
        let making = Making { component, options, seed, services };
        let handle = Handle::create(making, functions.create, functions.destroy)?;
        Ok(Self { handle, functions: Arc::clone(functions) })
    }

    /// What the texts become, in their order.
    ///
    /// # Errors
    /// If the plugin fails, or gives another number of texts.
    pub fn augment(&mut self, texts: &Texts<'_>) -> Result<Vec<String>, CallError> {
        const DOING: &str = "augment texts";
        let mut taken = Taken::new();
        let sink = text_sink(&mut taken);
        let raw = texts.raw(0..texts.len());
        // SAFETY: texts and sink live through the call.
        let result = self.handle.call(DOING, self.functions.augment, |f, instance, error| unsafe {
            f(instance, &raw const raw, &raw const sink, error)
        });
        let out = self.handle.taken(DOING, result, taken)?;
        if out.len() != texts.len() {
            let problem = format!("{} texts for {}", out.len(), texts.len());
            return Err(self.handle.broken(DOING, problem));
        }
        Ok(out)
    }
}
