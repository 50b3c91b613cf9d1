//! Laws of backends. Each takes instances that are ready: made, and prepared or loaded.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Broken, Result, demand, trying};
use crate::{Backend, Matrix, MatrixMut, Mode, Step, StepReport, Texts};

/// The embeddings of texts, row by row.
///
/// # Errors
/// If they cannot be encoded.
pub fn encode<B: Backend>(backend: &mut B, mode: Mode, texts: &Texts<'_>) -> Result<Vec<f32>> {
    let dim = trying("asking for the info", backend.info())?.dim;
    let mut embeddings = vec![f32::NAN; texts.len() * dim];
    let mut out = MatrixMut::new(&mut embeddings, texts.len(), dim)
        .ok_or_else(|| Broken::new("the embeddings do not fit memory"))?;
    trying(format_args!("encoding {} texts", texts.len()), backend.encode(mode, texts, &mut out))?;
    Ok(embeddings)
}

/// Holds that in every mode a text has the same embedding, to the bit, in a call of its own and among others, and that
/// a taped encode equals the one of training without a tape. Host and cache rely on both.
///
/// # Errors
/// If an embedding is another or not finite, or cannot be encoded.
pub fn chunked_equals_whole<B: Backend>(backend: &mut B, texts: &Texts<'_>) -> Result {
    let mut training = Vec::new();
    for mode in [Mode::Inference, Mode::Training, Mode::Tape] {
        let whole = encode(backend, mode, texts)?;
        demand(whole.iter().all(|x| x.is_finite()), || {
            format!("{mode:?}: an embedding is not finite, or was not written")
        })?;
        let mut chunked = Vec::new();
        for text in texts.iter() {
            chunked.extend(encode(backend, mode, &Texts::new(vec![text]))?);
        }
        demand(same(&whole, &chunked), || {
            format!("{mode:?}: texts have other embeddings one by one than all at once")
        })?;
        match mode {
            Mode::Inference => {}
            Mode::Training => training = whole,
            Mode::Tape => demand(same(&whole, &training), || {
                "an encode with a tape is another than one without".into()
            })?,
        }
    }
    Ok(())
}

/// One step of training, down the slope of half the sum of the squared embeddings; returns the embeddings before it.
///
/// # Errors
/// If it cannot be taken.
pub fn train<B: Backend>(
    backend: &mut B,
    texts: &Texts<'_>,
    step: Step,
) -> Result<(Vec<f32>, StepReport)> {
    let dim = trying("asking for the info", backend.info())?.dim;
    let embeddings = encode(backend, Mode::Tape, texts)?;
    let gradients = Matrix::new(&embeddings, texts.len(), dim)
        .ok_or_else(|| Broken::new("the gradients do not fit the embeddings"))?;
    trying("going backward", backend.backward(gradients))?;
    let report = trying("taking a step", backend.step(step))?;
    Ok((embeddings, report))
}

/// Holds that a model which is saved and loaded trains on as the one that was saved, to the bit: weights, state of the
/// optimiser and fingerprint. `trained` is ready, `fresh` newly made.
///
/// # Errors
/// If it trains on otherwise, or something fails.
pub fn saved_and_loaded_goes_on_identically<B: Backend>(
    trained: &mut B,
    fresh: &mut B,
    texts: &Texts<'_>,
    step: Step,
) -> Result {
    for _ in 0..2 {
        train(trained, texts, step)?;
    }
    let folder = Folder::new()?;
    trying("saving", trained.save(&folder.0))?;
    trying("loading what was saved", fresh.load(&folder.0))?;
    let fingerprints = (trained.fingerprint(), fresh.fingerprint());
    demand(fingerprints.0 == fingerprints.1, || {
        "a loaded model has another fingerprint than the one that was saved".into()
    })?;
    for passed in 0..2 {
        let (left, right) = (train(trained, texts, step)?, train(fresh, texts, step)?);
        demand(same(&left.0, &right.0) && left.1 == right.1, || {
            format!("{passed} steps after loading, the model trains otherwise than the one saved")
        })?;
    }
    let last = (encode(trained, Mode::Inference, texts)?, encode(fresh, Mode::Inference, texts)?);
    demand(same(&last.0, &last.1), || "after training on, embeddings differ".into())
}

/// Holds that a folder which lacks a file, or holds one cut short, is refused, and that this changes nothing.
///
/// # Errors
/// If it is loaded or changes something, or something else fails.
pub fn a_damaged_state_is_refused<B: Backend>(backend: &mut B, texts: &Texts<'_>) -> Result {
    let before = encode(backend, Mode::Inference, texts)?;
    let whole = Folder::new()?;
    trying("saving", backend.save(&whole.0))?;
    for (name, bytes) in whole.files()? {
        for kept in [None, Some(bytes.len() / 2)] {
            let damaged = Folder::new()?;
            for (other, bytes) in whole.files()? {
                let kept = if other == name { kept } else { Some(bytes.len()) };
                if let Some(bytes) = kept.and_then(|kept| bytes.get(..kept)) {
                    damaged.write(&other, bytes)?;
                }
            }
            let damage = if kept.is_some() { "cut short" } else { "missing" };
            demand(backend.load(&damaged.0).is_err(), || {
                format!("a state with `{}` {damage} was loaded", name.display())
            })?;
            demand(same(&encode(backend, Mode::Inference, texts)?, &before), || {
                format!("refusing a state with `{}` {damage} changed the model", name.display())
            })?;
        }
    }
    Ok(())
}

fn same(a: &[f32], b: &[f32]) -> bool {
    a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits()))
}

/// A temporary folder, removed with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("triglot-testkit-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = std::fs::create_dir(&path).map(|()| Self(path));
        trying("making a temporary folder", made.map_err(Into::into))
    }

    /// The files in it that are not empty, by path in the folder.
    fn files(&self) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut files = Vec::new();
        trying("reading what was saved", collect(&self.0, Path::new(""), &mut files))?;
        Ok(files)
    }

    fn write(&self, name: &Path, bytes: &[u8]) -> Result {
        let path = self.0.join(name);
        let folder = path.parent().unwrap_or(&self.0);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
        trying("writing a damaged state", written.map_err(Into::into))
    }
}

fn collect(root: &Path, below: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> crate::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let name = below.join(entry?.file_name());
        let path = root.join(&name);
        if path.is_dir() {
            collect(root, &name, files)?;
        } else {
            let bytes = std::fs::read(path)?;
            files.extend((!bytes.is_empty()).then_some((name, bytes)));
        }
    }
    files.sort();
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, whose folder of temporary files it lies in.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
