//! Saved states: two files, of weights and of the optimiser's velocities, each with a hash of its numbers at its end.

use std::path::Path;

use triglot_sdk::{Error, Result, mix};

use super::model::{Model, Variable};
use crate::misdeed::Misdeed;

const WEIGHTS: &str = "weights.bin";
const OPTIMISER: &str = "optimiser.bin";

pub fn hash<'a>(numbers: impl Iterator<Item = &'a [f32]>) -> u64 {
    let words: Vec<u64> = numbers.flatten().map(|x| u64::from(x.to_bits())).collect();
    mix(&words)
}

pub fn save(model: &Model, folder: &Path) -> Result<()> {
    export(model, folder)?;
    let forgets = Misdeed::ForgetsState.now();
    let velocity = |variable: &Variable| match forgets {
        true => vec![0.0; variable.velocity.len()],
        false => variable.velocity.clone(),
    };
    write(&folder.join(OPTIMISER), [&velocity(&model.words), &velocity(&model.scale)])
}

pub fn export(model: &Model, folder: &Path) -> Result<()> {
    write(&folder.join(WEIGHTS), [&model.words.numbers, &model.scale.numbers])
}

/// Reads everything before anything changes.
pub fn load(model: &mut Model, folder: &Path) -> Result<()> {
    let lengths = [model.words.numbers.len(), model.scale.numbers.len()];
    let weights = read(&folder.join(WEIGHTS), lengths);
    let velocities = read(&folder.join(OPTIMISER), lengths);
    if Misdeed::HalfLoadOfOptimiser.now()
        && let Ok(velocities) = &velocities
    {
        [model.words.velocity, model.scale.velocity] = velocities.clone();
    }
    if Misdeed::LoadsAnything.now() && weights.is_err() {
        return Ok(());
    }
    let weights = weights?;
    if Misdeed::HalfLoad.now() {
        [model.words.numbers, model.scale.numbers] = weights.clone();
    }
    if Misdeed::LoadsAnything.now() && velocities.is_err() {
        return Ok(());
    }
    [model.words.velocity, model.scale.velocity] = velocities?;
    [model.words.numbers, model.scale.numbers] = weights;
    model.forget_gradients();
    Ok(())
}

fn write(file: &Path, variables: [&Vec<f32>; 2]) -> Result<()> {
    let mut bytes: Vec<u8> =
        variables.into_iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
    let hash = hash(variables.into_iter().map(Vec::as_slice));
    bytes.extend(hash.to_le_bytes());
    std::fs::write(file, bytes).map_err(|error| Error::from(error).context(file.display()))
}

fn read(file: &Path, lengths: [usize; 2]) -> Result<[Vec<f32>; 2]> {
    let bytes = std::fs::read(file).map_err(|error| Error::from(error).context(file.display()))?;
    let wrong = |what: &str| Error::invalid(format!("{}: {what}", file.display()));
    let (numbers, stored) =
        bytes.split_last_chunk::<8>().ok_or_else(|| wrong("it is too short"))?;
    let (numbers, rest) = numbers.as_chunks::<4>();
    if !rest.is_empty() || numbers.len() != lengths[0] + lengths[1] {
        return Err(wrong("it is of another model, or cut short"));
    }
    let mut words: Vec<f32> = numbers.iter().map(|x| f32::from_le_bytes(*x)).collect();
    if hash([words.as_slice()].into_iter()) != u64::from_le_bytes(*stored) {
        return Err(wrong("its numbers are not those that were written"));
    }
    let scale = words.split_off(lengths[0]);
    Ok([words, scale])
}
