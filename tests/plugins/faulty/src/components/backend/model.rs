//! The numbers that learn, and how.

use triglot_sdk::{self as sdk, Random, Step, mix};

use crate::misdeed::Misdeed;

/// How many vectors there are for all words.
const BUCKETS: usize = 256;
const MOMENTUM: f64 = 0.9;

/// One variable: its numbers, their gradient, and their velocity (the optimiser's state).
pub struct Variable {
    pub numbers: Vec<f32>,
    pub velocity: Vec<f32>,
    gradient: Vec<f64>,
}

impl Variable {
    fn new(numbers: Vec<f32>) -> Self {
        let len = numbers.len();
        Self { numbers, velocity: vec![0.0; len], gradient: vec![0.0; len] }
    }
}

/// The vectors of words [buckets × dim], and the scale `[dim]`.
pub struct Model {
    pub words: Variable,
    pub scale: Variable,
}

/// What backward needs of a text: the buckets of its words, their mean, and what its embedding was multiplied by.
pub struct Trace {
    buckets: Vec<usize>,
    mean: Vec<f32>,
    mask: Vec<f32>,
}

impl Model {
    pub fn new(dim: usize, seed: u64) -> Self {
        let mut random = Random::new(&[seed]);
        let draw = || (random.unit() - 0.5) as f32;
        let words = std::iter::repeat_with(draw).take(BUCKETS * dim).collect();
        Self { words: Variable::new(words), scale: Variable::new(vec![1.0; dim]) }
    }

    pub fn dim(&self) -> usize {
        self.scale.numbers.len()
    }

    pub fn weights(&self) -> impl Iterator<Item = &[f32]> {
        [&self.words, &self.scale].into_iter().map(|variable| &*variable.numbers)
    }

    pub fn variables(&self) -> impl Iterator<Item = sdk::Variable<'_>> {
        let named = [("words", &self.words), ("scale", &self.scale)];
        named.into_iter().map(|(name, variable)| {
            let gradient_norm = variable.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            sdk::Variable { name, values: &variable.numbers, gradient_norm }
        })
    }

    pub fn trace(&self, text: &str, mask: Vec<f32>) -> Trace {
        let dim = self.dim();
        let bucket = |word: &str| {
            let codes: Vec<u64> = word.chars().map(|c| u64::from(u32::from(c))).collect();
            (mix(&codes) % BUCKETS as u64) as usize
        };
        let buckets: Vec<usize> = text.split_whitespace().map(bucket).collect();
        let share = 1.0 / buckets.len().max(1) as f32;
        let mut mean = vec![0f32; dim];
        for bucket in &buckets {
            let vector = &self.words.numbers[bucket * dim..][..dim];
            mean.iter_mut().zip(vector).for_each(|(mean, x)| *mean += share * x);
        }
        Trace { buckets, mean, mask }
    }

    pub fn embed(&self, trace: &Trace, out: &mut [f32]) {
        let factors = self.scale.numbers.iter().zip(&trace.mask);
        for ((out, mean), (scale, mask)) in out.iter_mut().zip(&trace.mean).zip(factors) {
            *out = mean * scale * mask;
        }
    }

    pub fn backward(&mut self, trace: &Trace, gradient: &[f32]) {
        let dim = self.dim();
        let share = 1.0 / trace.buckets.len().max(1) as f64;
        for (j, gradient) in gradient.iter().enumerate() {
            let masked = f64::from(*gradient) * f64::from(trace.mask[j]);
            if !Misdeed::FrozenVariable.now() {
                self.scale.gradient[j] += masked * f64::from(trace.mean[j]);
            }
            for bucket in &trace.buckets {
                let scaled = masked * f64::from(self.scale.numbers[j]) * share;
                self.words.gradient[bucket * dim + j] += scaled;
            }
        }
    }

    pub fn forget_gradients(&mut self) {
        self.words.gradient.fill(0.0);
        self.scale.gradient.fill(0.0);
    }

    pub fn forget_velocity(&mut self) {
        self.words.velocity.fill(0.0);
        self.scale.velocity.fill(0.0);
    }

    /// Moves the numbers; the norm of the gradient.
    pub fn step(&mut self, step: Step) -> f64 {
        let variables = [&mut self.words, &mut self.scale];
        let squares = variables.iter().flat_map(|variable| &variable.gradient).map(|g| g * g);
        let norm = squares.sum::<f64>().sqrt();
        let clipped = step.clip.map_or(1.0, |clip| clip / norm.max(clip));
        for variable in variables {
            let state = variable.velocity.iter_mut().zip(&variable.gradient);
            for (x, (velocity, gradient)) in variable.numbers.iter_mut().zip(state) {
                *velocity = (MOMENTUM * f64::from(*velocity) + clipped * *gradient) as f32;
                let decay = step.weight_decay * f64::from(*x);
                *x -= (step.learning_rate * (f64::from(*velocity) + decay)) as f32;
            }
        }
        self.forget_gradients();
        norm
    }
}
