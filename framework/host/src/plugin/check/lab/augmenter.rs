//! Augmenters in the laboratory.

use std::sync::Arc;

use triglot_abi as abi;

use super::Lab;
use super::call::Trouble;
use super::counts;
use super::instance::Instance;
use super::manners::Struct;
use super::texts::LentTexts;
use super::watch::Watch;
use crate::plugin::check::material::Text;
use crate::plugin::raw::{Taken, text_sink};

/// An augmenter.
pub struct Augmenter {
    instance: Instance,
    functions: Arc<abi::Augmenter>,
}

impl Augmenter {
    pub(super) fn create(
        lab: &Lab,
        functions: &Arc<abi::Augmenter>,
        options: &str,
    ) -> Result<Self, Trouble> {
        let table = (functions.create, functions.destroy);
        // SAFETY: all that the arguments point to lives through the call.
        let instance = Instance::create(lab, options, table, |f, args, place, error| unsafe {
            f(args, place, error)
        })?;
        Ok(Self { instance, functions: Arc::clone(functions) })
    }

    /// The texts that the augmenter put: how many, is for the case to check.
    ///
    /// # Errors
    /// As any call in the laboratory, and if a text is not UTF-8.
    pub fn augment(&self, texts: &[Text]) -> Result<Vec<String>, Trouble> {
        let manners = self.instance.manners();
        let lent = LentTexts::new(texts, manners);
        let raw = lent.lend();
        let mut taken = Taken::new();
        let sink = Struct::to_read("TextSink", text_sink(&mut taken), manners);
        // SAFETY: texts and sink, and what they point to, live through the call.
        let made =
            self.instance.call("augment", self.functions.augment, |f, instance, error| unsafe {
                f(instance, raw.pointer(), sink.pointer(), error)
            });
        raw.check()?;
        sink.check()?;
        lent.check()?;
        super::taken("augment", made, taken)
    }

    /// What there is to count of texts, by name; `None` if it does not count.
    ///
    /// # Errors
    /// As any call in the laboratory, and if a name is none or stands there twice.
    pub fn counts(&self, texts: &[Text]) -> Result<Option<Vec<(String, u64)>>, Trouble> {
        counts::count(&self.instance, self.functions.get_extension, texts)
    }

    /// The host that the instance knows.
    pub fn watch(&self) -> &'static Watch {
        self.instance.watch()
    }
}
