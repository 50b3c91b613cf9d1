//! Samplers in the laboratory.

use std::rc::Rc;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::Lab;
use super::call::Trouble;
use super::corpus::LentCorpus;
use super::instance::Instance;
use super::law;
use super::manners::Struct;
use super::memory::Memory;
use super::watch::Watch;
use crate::plugin::Law;
use crate::plugin::check::material::Corpus;
use crate::plugin::raw::Taken;
use crate::plugin::sampler::{Batch, take};

/// A sampler.
pub struct Sampler {
    instance: Instance,
    functions: Arc<abi::Sampler>,
    /// Outlives the instance.
    corpus: Rc<LentCorpus>,
}

impl Sampler {
    pub(super) fn create(
        lab: &Lab,
        functions: &Arc<abi::Sampler>,
        options: &str,
        corpus: &Corpus,
        batch_size: usize,
    ) -> Result<Self, Trouble> {
        let manners = lab.manners();
        let corpus = Rc::new(LentCorpus::new(corpus, &manners));
        let args = abi::SamplerArgs {
            struct_size: abi::SamplerArgs::SIZE,
            reserved: 0,
            corpus: corpus.pointer(),
            batch_size,
        };
        let args = Struct::to_read("SamplerArgs", args, &manners);
        let table = (functions.create, functions.destroy);
        // SAFETY: all that the arguments point to lives through the call, the corpus for longer than the instance.
        let made = Instance::create(lab, options, table, |f, common, place, error| unsafe {
            f(common, args.pointer(), place, error)
        });
        args.check()?;
        corpus.check()?;
        Ok(Self { instance: made?, functions: Arc::clone(functions), corpus })
    }

    /// The number of batches in an epoch.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn epoch_length(&self) -> Result<u64, Trouble> {
        let place = Memory::holding("the place for the length of an epoch", &[0xA5A5u64]);
        let function = self.functions.epoch_length;
        // SAFETY: the place lives through the call.
        let made = self.instance.call("epoch_length", function, |f, instance, error| unsafe {
            f(instance, place.pointer(), error)
        });
        place.check_margins()?;
        self.corpus.check()?;
        made?;
        Ok(place.values().first().copied().unwrap_or(0))
    }

    /// What it says that it draws of a corpus, the one that it was made over; `None` if it does not say.
    ///
    /// # Errors
    /// As any call in the laboratory, and if what it says is no law.
    pub fn law(&self, corpus: &Corpus) -> Result<Option<Law>, Trouble> {
        let get_extension = self.functions.get_extension;
        let stated = law::state(&self.instance, get_extension, corpus.languages.len());
        self.corpus.check()?;
        stated
    }

    /// Batch `ordinal`, as the sampler gave it: nothing is checked of its rows.
    ///
    /// # Errors
    /// As any call in the laboratory, and if it is malformed or not one batch.
    pub fn sample(&self, seed: u64, ordinal: u64) -> Result<Batch, Trouble> {
        let mut taken = Taken::new();
        let sink = abi::BatchSink {
            struct_size: abi::BatchSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take),
        };
        let sink = Struct::to_read("BatchSink", sink, self.instance.manners());
        let function = self.functions.sample;
        // SAFETY: the sink and what it points to live through the call.
        let made = self.instance.call("sample", function, |f, instance, error| unsafe {
            f(instance, seed, ordinal, sink.pointer(), error)
        });
        sink.check()?;
        self.corpus.check()?;
        let batch = super::taken("sample", made, taken)?.pop();
        batch.ok_or_else(|| Trouble::Violated("`sample` said OK and put no batch".into()))
    }

    /// The host that the instance knows.
    pub fn watch(&self) -> &'static Watch {
        self.instance.watch()
    }
}
