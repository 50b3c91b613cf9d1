//! What is saved, loaded and exported.

use std::path::Path;

use serde_json::Value;

use super::{same_bits, texts, train_once, trainable};
use crate::plugin::backend::{Mode, StepArgs};
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::cases::folder::{self, Folder};
use crate::plugin::check::cases::options::trials;
use crate::plugin::check::lab::{Backend, Lab, Refusable, Trouble};
use crate::plugin::check::material::Text;

/// A step in which everything has a part that a state could lack.
const STEP: StepArgs = StepArgs { learning_rate: 1e-3, weight_decay: 0.01, clip: Some(1.0) };

pub(super) fn resume(lab: &Lab) -> Outcome {
    let (backend, dim) = trainable(lab)?;
    let texts = texts();
    for _ in 0..2 {
        train_once(&backend, &texts, dim, STEP)?;
    }
    let folder = Folder::new()?;
    backend.save(folder.path())?;
    lab.set_seed(99);
    let loaded = lab.backend()?;
    loaded.load(folder.path())?;
    if loaded.fingerprint()? != backend.fingerprint()? {
        return Ok(Verdict::Fail(
            "a loaded model has another fingerprint than the saved one".into(),
        ));
    }
    for further in 0..3 {
        let embeddings =
            [&backend, &loaded].map(|backend| backend.encode(Mode::Inference, &texts, dim));
        let [saved, resumed] = embeddings;
        if !same_bits(&saved?, &resumed?) {
            return Ok(Verdict::Fail(format!(
                "{further} steps after it was loaded, a model has other embeddings than the one that was saved"
            )));
        }
        let reports = [&backend, &loaded].map(|backend| train_once(backend, &texts, dim, STEP));
        let [saved, resumed] = reports;
        let (saved, resumed) = (saved?, resumed?);
        if saved != resumed {
            return Ok(Verdict::Fail(format!(
                "{} steps after it was loaded, a model reports {resumed:?}; the one that was saved {saved:?}",
                further + 1
            )));
        }
    }
    Ok(Verdict::PASS)
}

pub(super) fn refuses(lab: &Lab) -> Outcome {
    let ((backend, dim), (twin, _)) = (trainable(lab)?, trainable(lab)?);
    let texts = texts();
    train_once(&backend, &texts, dim, STEP)?;
    let whole = Folder::new()?;
    backend.save(whole.path())?;
    // So that the state differs from the model that is not to be changed by it.
    train_once(&backend, &texts, dim, STEP)?;
    for _ in 0..2 {
        train_once(&twin, &texts, dim, STEP)?;
    }
    let subject = Subject::of(&backend, &texts, dim)?;

    if let Some(wrong) = folder::damaged(&whole, |state, folder| subject.takes(state, folder))? {
        return Ok(Verdict::Fail(wrong));
    }
    if let Some(wrong) = takes_another(lab, &subject)? {
        return Ok(Verdict::Fail(wrong));
    }
    // What embeddings do not show, the optimiser's state above all, the next step does.
    let reports = [&backend, &twin].map(|backend| train_once(backend, &texts, dim, STEP));
    let embeddings = [&backend, &twin].map(|backend| backend.encode(Mode::Inference, &texts, dim));
    let ([refused, spared], [refusing, sparing]) = (reports, embeddings);
    Ok(match refused? == spared? && same_bits(&refusing?, &sparing?) {
        true => Verdict::PASS,
        false => Verdict::Fail(
            "a model that refused these states takes another step than one that was never asked to load".into(),
        ),
    })
}

/// How many options are tried, for one with which embeddings have another length.
const TRIED: usize = 12;

/// What is wrong if it takes the state of a model with embeddings of another length; where an option makes one.
fn takes_another(lab: &Lab, subject: &Subject<'_>) -> Result<Option<String>, Trouble> {
    let small = |value: &Value| value.as_u64().is_some_and(|number| (1..=1024).contains(&number));
    let trials = trials(lab)?.into_iter().filter(|trial| small(&trial.value));
    for trial in trials.take(TRIED) {
        let Value::Object(options) = &trial.options else { continue };
        if !jsonschema::is_valid(lab.schema(), &trial.options) {
            continue;
        }
        // An option that is refused, or with which no model can be made of these texts, makes no other model.
        let Ok(other) = lab.with_options(options).ready_backend().or_refusal()? else { continue };
        let dim = other.info()?.dim;
        if dim == subject.dim {
            continue;
        }
        let folder = Folder::new()?;
        other.save(folder.path())?;
        let state =
            format!("a state with embeddings of {dim} numbers, its own having {}", subject.dim);
        return match subject.backend.load(folder.path()).or_refusal()? {
            Err(refusal) if !refusal.is_invalid() => {
                Ok(Some(format!("{state}, is to be INVALID, but {refusal}")))
            }
            _ => subject.takes(&state, folder.path()),
        };
    }
    Ok(None)
}

/// A model that a refused load may not change.
struct Subject<'a> {
    backend: &'a Backend,
    texts: &'a [Text],
    dim: usize,
    embeddings: Vec<f32>,
    fingerprint: String,
}

impl<'a> Subject<'a> {
    fn of(backend: &'a Backend, texts: &'a [Text], dim: usize) -> Result<Self, Trouble> {
        let embeddings = backend.encode(Mode::Inference, texts, dim)?;
        Ok(Self { backend, texts, dim, embeddings, fingerprint: backend.fingerprint()? })
    }

    /// What is wrong if it takes this folder, or is changed by refusing it.
    fn takes(&self, state: &str, folder: &Path) -> Result<Option<String>, Trouble> {
        if self.backend.load(folder).or_refusal()?.is_ok() {
            return Ok(Some(format!("`load` takes {state}")));
        }
        Ok(self.changed()?.then(|| format!("refusing {state} changed the model")))
    }

    fn changed(&self) -> Result<bool, Trouble> {
        let embeddings = self.backend.encode(Mode::Inference, self.texts, self.dim)?;
        let fingerprint = self.backend.fingerprint()?;
        Ok(fingerprint != self.fingerprint || !same_bits(&embeddings, &self.embeddings))
    }
}

pub(super) fn reset(lab: &Lab) -> Outcome {
    let ((used, dim), (fresh, _)) = (trainable(lab)?, trainable(lab)?);
    let texts = texts();
    // At a rate of zero the optimiser's state moves alone.
    for _ in 0..3 {
        train_once(&used, &texts, dim, StepArgs { learning_rate: 0.0, ..STEP })?;
    }
    if let Err(refusal) = used.reset_optimizer().or_refusal()? {
        return match refusal.is_unsupported() {
            true => Err(Trouble::Skipped("it does not reset its optimiser".into())),
            false => Err(Trouble::Refused(refusal)),
        };
    }
    for further in 0..3 {
        let embeddings =
            [&used, &fresh].map(|backend| backend.encode(Mode::Inference, &texts, dim));
        let [after, expected] = embeddings;
        if !same_bits(&after?, &expected?) {
            return Ok(Verdict::Fail(format!(
                "{further} steps after a reset that followed steps at a learning rate of 0, a model has other \
                 embeddings than one that only took these"
            )));
        }
        let reports = [&used, &fresh].map(|backend| train_once(backend, &texts, dim, STEP));
        let [after, expected] = reports;
        let (after, expected) = (after?, expected?);
        if after != expected {
            return Ok(Verdict::Fail(format!(
                "{} steps after a reset, a model reports {after:?}; one that only took these {expected:?}",
                further + 1
            )));
        }
    }
    Ok(Verdict::PASS)
}

pub(super) fn export(lab: &Lab) -> Outcome {
    let backend = lab.ready_backend()?;
    let dim = backend.info()?.dim;
    let texts = texts();
    let subject = Subject::of(&backend, &texts, dim)?;
    let folder = Folder::new()?;
    if let Err(refusal) = backend.export(folder.path()).or_refusal()? {
        return match refusal.is_unsupported() {
            true => Err(Trouble::Skipped("it does not export".into())),
            false => Err(Trouble::Refused(refusal)),
        };
    }
    if folder.files()?.iter().all(|(_, length)| *length == 0) {
        return Ok(Verdict::Fail("`export_model` said OK and wrote nothing".into()));
    }
    Ok(match subject.changed()? {
        true => Verdict::Fail("`export_model` changed the model".into()),
        false => Verdict::PASS,
    })
}
