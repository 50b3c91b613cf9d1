//! What is saved, loaded and exported.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{same_bits, texts, train_once, trainable};
use crate::plugin::backend::{Mode, StepArgs};
use crate::plugin::check::answer::{Outcome, Verdict};
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

    let files = files_under(whole.path())?;
    if files.is_empty() {
        return Ok(Verdict::Fail("`save` wrote no file".into()));
    }
    for (name, length) in &files {
        for (damage, kept) in [
            ("missing", None),
            ("cut in half", Some(length / 2)),
            ("short of its last 16 bytes", length.checked_sub(16)),
        ] {
            if damage != "missing" && kept.is_none_or(|kept| kept == *length) {
                continue;
            }
            let damaged = Folder::new()?;
            copy_but(&whole, &files, &damaged, name, kept)?;
            let state = format!("a state with `{}` {damage}", name.display());
            if let Some(wrong) = subject.takes(&state, damaged.path())? {
                return Ok(Verdict::Fail(wrong));
            }
        }
    }
    let empty = Folder::new()?;
    let foreign = Folder::new()?;
    write(&foreign.path().join("notes.txt"), b"no state of any model")?;
    let nowhere = empty.path().join("nowhere");
    for (state, folder) in [
        ("an empty folder", empty.path()),
        ("a folder of something else", foreign.path()),
        ("a folder that is not there", nowhere.as_path()),
    ] {
        if let Some(wrong) = subject.takes(state, folder)? {
            return Ok(Verdict::Fail(wrong));
        }
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
    if files_under(folder.path())?.iter().all(|(_, length)| *length == 0) {
        return Ok(Verdict::Fail("`export_model` said OK and wrote nothing".into()));
    }
    Ok(match subject.changed()? {
        true => Verdict::Fail("`export_model` changed the model".into()),
        false => Verdict::PASS,
    })
}

/// A temporary folder, removed with its owner.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Result<Self, Trouble> {
        tempfile::tempdir().map(Self).map_err(|error| no_room("a temporary folder", &error))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A case that the machine does not let be asked.
fn no_room(what: &str, error: &std::io::Error) -> Trouble {
    Trouble::Skipped(format!("{what}: {error}"))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    std::fs::write(file, bytes).map_err(|error| no_room(&file.display().to_string(), &error))
}

/// The files under a folder, relative to it, and their lengths; in the order of their names.
fn files_under(folder: &Path) -> Result<Vec<(PathBuf, u64)>, Trouble> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    let mut list = || -> std::io::Result<()> {
        while let Some(below) = open.pop() {
            for entry in std::fs::read_dir(folder.join(&below))? {
                let entry = entry?;
                let (name, about) = (below.join(entry.file_name()), entry.metadata()?);
                match about.is_dir() {
                    true => open.push(name),
                    false => files.push((name, about.len())),
                }
            }
        }
        Ok(())
    };
    list().map_err(|error| no_room(&folder.display().to_string(), &error))?;
    files.sort();
    Ok(files)
}

/// Copies files from one folder into another, but of `damaged` only so many bytes, or nothing.
fn copy_but(
    from: &Folder,
    files: &[(PathBuf, u64)],
    to: &Folder,
    damaged: &Path,
    kept: Option<u64>,
) -> Result<(), Trouble> {
    for (name, _) in files {
        let (source, target) = (from.path().join(name), to.path().join(name));
        let copy = || -> std::io::Result<()> {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            if name != damaged {
                return std::fs::copy(&source, &target).map(drop);
            }
            let Some(kept) = kept else { return Ok(()) };
            std::fs::copy(&source, &target)?;
            std::fs::OpenOptions::new().write(true).open(&target)?.set_len(kept)
        };
        copy().map_err(|error| no_room(&target.display().to_string(), &error))?;
    }
    Ok(())
}
