//! What tests of every encoder share.

pub(crate) mod export;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use triglot_sdk::{Backend, Matrix, MatrixMut, Mode, Result, Role, Step, Text, Texts};

use crate::encoder::{Encoder, Network};

pub(crate) const SENTENCES: [&str; 12] = [
    "The river flows through three countries before it reaches the sea.",
    "Which sea does the river reach?",
    "El río atraviesa tres países antes de llegar al mar.",
    "¿A qué mar llega el río?",
    "Der Fluss durchquert drei Länder, bevor er das Meer erreicht.",
    "Joki virtaa kolmen maan läpi ennen kuin se laskee mereen.",
    "Река протекает через три страны, прежде чем впасть в море.",
    "В какое море впадает река?",
    "这条河流经三个国家后入海。",
    "แม่น้ำไหลผ่านสามประเทศก่อนถึงทะเล",
    "النهر يمر بثلاث دول قبل أن يصل إلى البحر.",
    "नदी समुद्र तक पहुँचने से पहले तीन देशों से होकर बहती है।",
];

pub(crate) const STEP: Step = Step { learning_rate: 0.01, weight_decay: 0.01, clip: Some(1.0) };

/// Texts by turns a query and a passage.
pub(crate) fn texts<'a>(texts: &[&'a str]) -> Texts<'a> {
    let role = |i: usize| [Role::Query, Role::Passage][i % 2];
    let text =
        |(i, text): (usize, &&'a str)| Text { text, language: "xx", role: role(i), key: i as u64 };
    Texts::new(texts.iter().enumerate().map(text).collect())
}

pub(crate) fn encode<N: Network>(
    encoder: &mut Encoder<N>,
    mode: Mode,
    texts: &Texts<'_>,
) -> Vec<f32> {
    let dim = encoder.info().unwrap().dim;
    let mut out = vec![f32::NAN; texts.len() * dim];
    let mut view = MatrixMut::new(&mut out, texts.len(), dim).unwrap();
    encoder.encode(mode, texts, &mut view).unwrap();
    out
}

/// Some gradient of `rows` embeddings.
pub(crate) fn gradient(rows: usize, cols: usize) -> Vec<f32> {
    (0..rows * cols).map(|i| (i as f32 * 0.7 + 0.2).sin()).collect()
}

pub(crate) fn backward<N: Network>(
    encoder: &mut Encoder<N>,
    gradient: &[f32],
    rows: usize,
) -> Result<()> {
    encoder.backward(Matrix::new(gradient, rows, gradient.len() / rows).unwrap())
}

pub(crate) fn train<N: Network>(encoder: &mut Encoder<N>, texts: &Texts<'_>, steps: usize) {
    for _ in 0..steps {
        let embeddings = encode(encoder, Mode::Tape, texts);
        let gradient = gradient(texts.len(), embeddings.len() / texts.len());
        backward(encoder, &gradient, texts.len()).unwrap();
        encoder.step(STEP).unwrap();
    }
}

/// Every file below a folder, by its path within.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(
                files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            found.insert(name, std::fs::read(path).unwrap());
        }
    }
    found
}

pub(crate) fn saved<N: Network>(encoder: &mut Encoder<N>) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    encoder.save(folder.path()).unwrap();
    files(folder.path())
}

/// Asserts that a reset makes the optimiser a new one and moves no parameter; both encoders are new and alike.
pub(crate) fn assert_forgets_its_optimizer<N: Network>([mut used, mut new]: [Encoder<N>; 2]) {
    let texts = texts(&SENTENCES);
    // At a rate of zero the moments move alone.
    for _ in 0..3 {
        let embeddings = encode(&mut used, Mode::Tape, &texts);
        let gradient = gradient(texts.len(), embeddings.len() / texts.len());
        backward(&mut used, &gradient, texts.len()).unwrap();
        used.step(Step { learning_rate: 0.0, ..STEP }).unwrap();
    }
    assert_ne!(saved(&mut used), saved(&mut new));
    assert_eq!(used.fingerprint().unwrap(), new.fingerprint().unwrap());
    used.reset_optimizer().unwrap();
    assert_eq!(saved(&mut used), saved(&mut new));
    train(&mut used, &texts, 2);
    train(&mut new, &texts, 2);
    assert_eq!(saved(&mut used), saved(&mut new));
}

const THREADS: &str = "TRIGLOT_TEST_THREADS";

/// Asserts that the test `name`, which prints a digest by [`print_digest`], prints the same one at one and two threads.
pub(crate) fn assert_same_digest_at_any_threads(name: &str) {
    let digests = ["1", "2", "2"].map(|threads| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .envs([THREADS, "RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"].map(|name| (name, threads)))
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let at = output.find("digest ").unwrap();
        output[at..].lines().next().unwrap().to_owned()
    });
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[1], digests[2]);
}

/// Prints a digest of what `train` leaves; does nothing but in the processes that the function above starts.
pub(crate) fn print_digest<N: Network>(train: impl FnOnce() -> Encoder<N>) {
    let Ok(threads) = std::env::var(THREADS) else { return };
    let threads = threads.parse().unwrap();
    // rayon's pool is made once in a process: the one that the encoder asks for comes too late.
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    assert_eq!(rayon::current_num_threads(), threads);
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in saved(&mut train()) {
        hasher.update(name.as_bytes()).update(&bytes);
    }
    println!("digest {}", hasher.finalize());
}
