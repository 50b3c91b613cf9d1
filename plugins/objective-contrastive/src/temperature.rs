//! The temperature as a parameter.
//!
//! As in CLIP (Radford et al. 2021, arXiv 2103.00020, section 2.5) its logarithm is what is learnt, so that no step makes
//! it negative, and logits are never scaled by more than 100. It is moved by AdamW (Loshchilov and Hutter 2019,
//! arXiv 1711.05101) without weight decay, which would pull it towards 1; betas and epsilon are PyTorch's defaults.
//!
//! With logits s = x / τ and τ = exp(θ), ∂s/∂θ = −s; so the slope of the loss along θ is −Σ s · ∂loss/∂s.

use std::path::Path;

use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

/// The smallest temperature that is learnt: logits scaled by 100.
pub const SMALLEST: f64 = 0.01;

const FIRST_BETA: f64 = 0.9;
const SECOND_BETA: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The file of a saved temperature.
const FILE: &str = "temperature.json";

/// A temperature that is learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Temperature {
    logarithm: f64,
    /// Running means of the gradient and of its square.
    moments: [f64; 2],
    steps: u64,
    gradient: Option<f64>,
}

/// What is saved: numbers by their bits, since a run that resumes goes on in the same bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// For whoever looks; not read.
    temperature: f64,
    logarithm_bits: u64,
    moment_bits: [u64; 2],
    steps: u64,
}

impl Temperature {
    /// One that begins at `temperature`, which is at least [`SMALLEST`].
    pub fn new(temperature: f64) -> Self {
        Self { logarithm: temperature.ln(), moments: [0.0; 2], steps: 0, gradient: None }
    }

    /// The temperature.
    pub fn value(&self) -> f64 {
        self.logarithm.exp()
    }

    /// Holds the slope of a loss along the logarithm, in place of one that is held.
    pub fn hold(&mut self, gradient: f64) {
        self.gradient = Some(gradient);
    }

    /// The slope that is held.
    #[cfg(test)]
    pub fn gradient(&self) -> Option<f64> {
        self.gradient
    }

    /// Moves the logarithm by `scale` times the slope that is held, and forgets that.
    pub fn step(&mut self, learning_rate: f64, scale: f64) -> Result<()> {
        let held = self.gradient.ok_or_else(|| {
            Error::invalid(
                "no gradient is held: each step needs an evaluation for training before it",
            )
        })?;
        let gradient = scale * held;
        if !gradient.is_finite() {
            return Err(Error::failed(format!("the gradient of the temperature is {gradient}")));
        }
        self.gradient = None;
        self.steps += 1;
        let steps = self.steps as f64;
        let mean = |held: f64, beta: f64, new: f64| beta * held + (1.0 - beta) * new;
        let [first, second] = self.moments;
        let first = mean(first, FIRST_BETA, gradient);
        let second = mean(second, SECOND_BETA, gradient * gradient);
        self.moments = [first, second];
        let direction = first / (1.0 - FIRST_BETA.powf(steps));
        let size = (second / (1.0 - SECOND_BETA.powf(steps))).sqrt() + EPSILON;
        self.logarithm = (self.logarithm - learning_rate * direction / size).max(SMALLEST.ln());
        Ok(())
    }

    /// Writes it into a folder, but for the gradient.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let saved = Saved {
            temperature: self.value(),
            logarithm_bits: self.logarithm.to_bits(),
            moment_bits: self.moments.map(f64::to_bits),
            steps: self.steps,
        };
        let path = folder.join(FILE);
        std::fs::write(&path, serde_json::to_string_pretty(&saved)? + "\n")
            .map_err(|error| Error::failed(format!("cannot write {}: {error}", path.display())))
    }

    /// Reads what [`Temperature::save`] wrote.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())))?;
        let saved: Saved = serde_json::from_str(&text)
            .map_err(|error| Error::invalid(format!("{}: {error}", path.display())))?;
        let logarithm = f64::from_bits(saved.logarithm_bits);
        let moments = saved.moment_bits.map(f64::from_bits);
        let numbers = [logarithm.exp(), moments[0], moments[1]];
        let whole = numbers.iter().all(|number| number.is_finite());
        // A mean of squares is not negative.
        if !whole || logarithm < SMALLEST.ln() || moments[1] < 0.0 {
            let problem = format!("{} holds no temperature of at least {SMALLEST}", path.display());
            return Err(Error::invalid(problem));
        }
        Ok(Self { logarithm, moments, steps: saved.steps, gradient: None })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_steps_are_those_of_adam_computed_by_hand() {
        let mut temperature = Temperature::new(0.05);
        temperature.hold(4.0);
        temperature.step(0.1, 0.5).unwrap();
        // The first step of Adam has the length of its rate, whatever the gradient.
        assert!((temperature.value().ln() - (0.05f64.ln() - 0.1)).abs() < 1e-9);
        temperature.hold(-1.0);
        temperature.step(0.1, 1.0).unwrap();
        // m = 0.9·0.2 − 0.1 = 0.08, over 1 − 0.81; v = 0.999·0.004 + 0.001 = 0.004996, over 1 − 0.998001.
        let direction = (0.08 / 0.19) / (0.004_996f64 / 0.001_999).sqrt();
        assert!((temperature.value().ln() - (0.05f64.ln() - 0.1 - 0.1 * direction)).abs() < 1e-8);
    }

    #[test]
    fn logits_are_never_scaled_by_more_than_a_hundred() {
        let mut temperature = Temperature::new(0.011);
        for _ in 0..20 {
            temperature.hold(1.0);
            temperature.step(0.5, 1.0).unwrap();
        }
        assert!((temperature.value() - SMALLEST).abs() < 1e-15);
    }

    #[test]
    fn a_step_needs_a_gradient_and_uses_it_up() {
        let mut temperature = Temperature::new(0.05);
        assert!(temperature.step(0.1, 1.0).is_err());
        temperature.hold(1.0);
        temperature.step(0.1, 1.0).unwrap();
        let before = temperature.clone();
        assert!(temperature.step(0.1, 1.0).is_err());
        temperature.hold(f64::INFINITY);
        assert!(temperature.step(0.1, 1.0).is_err());
        assert_eq!(temperature.value(), before.value());
    }

    #[test]
    fn what_is_no_saved_temperature_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = || Temperature::load(folder.path()).unwrap_err().message().to_owned();
        assert!(refusal().starts_with("cannot read "), "{}", refusal());
        Temperature::new(0.05).save(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let whole = std::fs::read_to_string(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], "{}", &whole.replace("steps", "step")] {
            std::fs::write(&path, damaged).unwrap();
            assert!(refusal().contains("temperature.json"), "{}", refusal());
        }
        let refused = || {
            assert!(refusal().contains("no temperature of at least 0.01"), "{}", refusal());
        };
        let bits = |number: f64| number.to_bits().to_string();
        for number in [f64::NAN, f64::INFINITY, 1e9, -5.0] {
            std::fs::write(&path, whole.replace(&bits(0.05f64.ln()), &bits(number))).unwrap();
            refused();
        }
        for second in [f64::NAN, -1e-9] {
            let damaged = Temperature { moments: [0.0, second], ..Temperature::new(0.05) };
            damaged.save(folder.path()).unwrap();
            refused();
        }
    }

    proptest! {
        #[test]
        fn a_saved_temperature_goes_on_to_the_bit(
            start in 0.01f64..2.0,
            before in prop::collection::vec(-3.0f64..3.0, 0..5),
            after in prop::collection::vec(-3.0f64..3.0, 1..5),
        ) {
            let mut saved = Temperature::new(start);
            for gradient in before {
                saved.hold(gradient);
                saved.step(0.01, 1.0).unwrap();
            }
            let folder = tempfile::tempdir().unwrap();
            saved.save(folder.path()).unwrap();
            let mut loaded = Temperature::load(folder.path()).unwrap();
            for gradient in after {
                for temperature in [&mut saved, &mut loaded] {
                    temperature.hold(gradient);
                    temperature.step(0.01, 1.0).unwrap();
                }
                prop_assert_eq!(saved.value().to_bits(), loaded.value().to_bits());
            }
            prop_assert_eq!(saved, loaded);
        }
    }
}
