//! What host and backend tell each other beside texts and embeddings.

use triglot_abi as abi;

/// What an encode is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For search.
    Inference,
    /// For training, without a tape.
    Training,
    /// For training, keeping the one tape.
    Tape,
}

impl Mode {
    pub(super) fn raw(self) -> u32 {
        match self {
            Self::Inference => abi::MODE_INFERENCE,
            Self::Training => abi::MODE_TRAINING,
            Self::Tape => abi::MODE_TAPE,
        }
    }
}

/// What a ready backend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackendInfo {
    /// Length of an embedding.
    pub dim: usize,
    /// Whether it can be trained.
    pub trainable: bool,
    /// Number of trainable numbers.
    pub parameters: u64,
}

/// How a step is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepArgs {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient.
    pub clip: Option<f64>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Euclidean norm of the whole gradient before clipping.
    pub gradient_norm: f64,
    /// Tokens that the gradient came from; `None` if the backend does not count them.
    pub tokens: Option<u64>,
}
