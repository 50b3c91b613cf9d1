//! Everything that a component says when each of its functions is called once: what two instances are compared by.

use std::fmt::Write;

use super::Lab;
use super::backend::Backend;
use super::call::{Refusable, Refusal, Trouble};
use super::objective::{Loss, Wanted};
use super::variables::Variable;
use crate::plugin::Kind;
use crate::plugin::backend::{Mode, StepArgs};
use crate::plugin::check::material::Material;

/// Everything that a component said, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// What each call came to.
    pub entries: Vec<Entry>,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The call.
    pub call: &'static str,
    /// What it gave, written down to the last bit; or that it refused.
    pub answer: Result<String, Refusal>,
}

impl Transcript {
    fn note<T>(
        &mut self,
        call: &'static str,
        made: Result<T, Trouble>,
        write: impl FnOnce(&T) -> String,
    ) -> Result<Option<T>, Trouble> {
        let (answer, value) = match made.or_refusal()? {
            Ok(value) => (Ok(write(&value)), Some(value)),
            Err(refusal) => (Err(refusal), None),
        };
        self.entries.push(Entry { call, answer });
        Ok(value)
    }

    /// The first call that was refused, but for functions that are not offered.
    pub fn refusal(&self) -> Option<&Refusal> {
        let refusals = self.entries.iter().filter_map(|entry| entry.answer.as_ref().err());
        refusals.into_iter().find(|refusal| !refusal.is_unsupported())
    }

    /// The first call that came to something else in the other.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let pairs = self.entries.iter().zip(&other.entries);
        let parted = pairs.into_iter().find(|(one, other)| one != other).map(|(one, _)| one.call);
        let further = || {
            let shorter = self.entries.len().min(other.entries.len());
            let rest = self.entries.get(shorter).or_else(|| other.entries.get(shorter));
            rest.map(|entry| entry.call)
        };
        parted.or_else(further)
    }
}

/// Numbers down to the last bit.
fn bits32(values: &[f32]) -> String {
    values.iter().fold(String::new(), |mut text, value| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{:08x}", value.to_bits());
        text
    })
}

fn bits64(values: &[f64]) -> String {
    values.iter().map(|value| format!("{:016x}", value.to_bits())).collect()
}

fn all(variables: &[Variable]) -> String {
    let one = |shown: &Variable| {
        format!("{}={} {}", shown.name, bits32(&shown.values), bits64(&[shown.gradient_norm]))
    };
    variables.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn loss(loss: &Loss) -> String {
    let scalars: Vec<String> =
        loss.scalars.iter().map(|(name, value)| format!("{name}={}", bits64(&[*value]))).collect();
    let gradients =
        [&loss.queries, &loss.passages].map(|g| g.as_deref().map(bits32).unwrap_or_default());
    format!("{} {} {}", bits64(&[loss.loss]), gradients.join(" "), scalars.join(" "))
}

impl Lab {
    /// Makes an instance, calls each of its functions with the material, and destroys it.
    ///
    /// # Errors
    /// If the component breaks the contract; that it refuses a call stands in the transcript.
    pub fn exercise(&self, material: &Material) -> Result<Transcript, Trouble> {
        let mut said = Transcript::default();
        // What the options are is no part of the exercise.
        self.options()?;
        match self.component().kind {
            Kind::Sampler => self.exercise_sampler(material, &mut said),
            Kind::Augmenter => self.exercise_augmenter(material, &mut said),
            Kind::Backend => self.exercise_backend(material, &mut said),
            Kind::Objective => self.exercise_objective(material, &mut said),
            Kind::Metric => self.exercise_metric(material, &mut said),
        }?;
        Ok(said)
    }

    fn exercise_sampler(&self, material: &Material, said: &mut Transcript) -> Result<(), Trouble> {
        let sampler = self.sampler(&material.corpus, material.batch_size);
        let Some(sampler) = said.note("create", sampler, |_| String::new())? else { return Ok(()) };
        said.note("epoch_length", sampler.epoch_length(), u64::to_string)?;
        for ordinal in [0, 1, 5, 1_000_003] {
            said.note("sample", sampler.sample(11, ordinal), |batch| format!("{batch:?}"))?;
        }
        Ok(())
    }

    fn exercise_augmenter(
        &self,
        material: &Material,
        said: &mut Transcript,
    ) -> Result<(), Trouble> {
        let augmenter = self.augmenter();
        let Some(augmenter) = said.note("create", augmenter, |_| String::new())? else {
            return Ok(());
        };
        said.note("augment", augmenter.augment(&material.texts), |texts| format!("{texts:?}"))?;
        Ok(())
    }

    fn exercise_objective(
        &self,
        material: &Material,
        said: &mut Transcript,
    ) -> Result<(), Trouble> {
        let Some(objective) = said.note("create", self.objective(), |_| String::new())? else {
            return Ok(());
        };
        for wanted in [Wanted::ALL, Wanted::LOSS, Wanted { queries: false, ..Wanted::ALL }] {
            said.note("evaluate", objective.evaluate(&material.embeddings, wanted), loss)?;
        }
        Ok(())
    }

    fn exercise_metric(&self, material: &Material, said: &mut Transcript) -> Result<(), Trouble> {
        let Some(metric) = said.note("create", self.metric(), |_| String::new())? else {
            return Ok(());
        };
        let columns = said.note("columns", metric.columns(), |columns| format!("{columns:?}"))?;
        // Without them it is not known how many values there are to be.
        let Some(columns) = columns else { return Ok(()) };
        let computed = metric.compute(&material.rankings, columns.len());
        said.note("compute", computed, |values| bits64(values))?;
        Ok(())
    }

    fn exercise_backend(&self, material: &Material, said: &mut Transcript) -> Result<(), Trouble> {
        let nothing = |(): &()| String::new();
        let Some(backend) = said.note("create", self.backend(), |_| String::new())? else {
            return Ok(());
        };
        let prepared = backend.prepare(Some(&material.training_texts));
        if said.note("prepare", prepared, nothing)?.is_none() {
            return Ok(());
        }
        let info = said.note("info", backend.info(), |info| format!("{info:?}"))?;
        said.note("fingerprint", backend.fingerprint(), String::clone)?;
        let Some(info) = info.filter(|info| info.dim > 0) else { return Ok(()) };
        let texts = &material.texts;
        said.note("prefetch", backend.prefetch(texts), nothing)?;
        for mode in [Mode::Inference, Mode::Training] {
            let encoded = backend.encode(mode, texts, info.dim);
            said.note("encode", encoded, |values| bits32(values))?;
        }
        let variables = backend.variables();
        said.note("variables", variables, |shown| shown.as_deref().map_or_else(String::new, all))?;
        if info.trainable {
            let encoded = backend.encode(Mode::Tape, texts, info.dim);
            let encoded = said.note("encode", encoded, |values| bits32(values))?;
            if let Some(gradients) = encoded {
                said.note("backward", backend.backward(&gradients, info.dim), nothing)?;
                let args = StepArgs { learning_rate: 1e-3, weight_decay: 0.01, clip: Some(1.0) };
                said.note("step", backend.step(args), |report| format!("{report:?}"))?;
            }
        }
        match material.saved {
            true => self.exercise_folders(&backend, info.dim, material, said),
            false => Ok(()),
        }
    }

    fn exercise_folders(
        &self,
        backend: &Backend,
        dim: usize,
        material: &Material,
        said: &mut Transcript,
    ) -> Result<(), Trouble> {
        let nothing = |(): &()| String::new();
        let folder = tempfile::tempdir()
            .map_err(|error| Trouble::Skipped(format!("no folder to save into: {error}")))?;
        let folders = ["saved", "exported"].map(|name| folder.path().join(name));
        for folder in &folders {
            std::fs::create_dir(folder)
                .map_err(|error| Trouble::Skipped(format!("no folder to save into: {error}")))?;
        }
        let [saved, exported] = &folders;
        said.note("export_model", backend.export(exported), nothing)?;
        if said.note("save", backend.save(saved), nothing)?.is_some()
            && let Some(backend) = said.note("create", self.backend(), |_| String::new())?
        {
            said.note("load", backend.load(saved), nothing)?;
            let encoded = backend.encode(Mode::Inference, &material.texts, dim);
            said.note("encode", encoded, |values| bits32(values))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(calls: &[&'static str]) -> Transcript {
        let entry = |call: &&'static str| Entry { call, answer: Ok(String::new()) };
        Transcript { entries: calls.iter().map(entry).collect() }
    }

    #[test]
    fn the_first_call_that_differs_or_is_made_in_one_only_is_named() {
        let (brief, long) = (transcript(&["a", "b"]), transcript(&["a", "b", "c", "d"]));
        assert_eq!(brief.difference(&brief), None);
        assert_eq!(brief.difference(&long), Some("c"));
        assert_eq!(long.difference(&brief), Some("c"));
        assert_eq!(transcript(&["a", "x", "c"]).difference(&long), Some("x"));
    }
}
