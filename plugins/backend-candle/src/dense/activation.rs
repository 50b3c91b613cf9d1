//! What follows the linear map of a dense layer, and its derivative.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernels::gelu;

/// What follows a linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// What is above 0.
    Relu,
    /// x Φ(x), exact.
    Gelu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
}

/// The activations, and the names of their classes in PyTorch.
const CLASSES: [(Activation, &str); 5] = [
    (Activation::Identity, "torch.nn.modules.linear.Identity"),
    (Activation::Tanh, "torch.nn.modules.activation.Tanh"),
    (Activation::Relu, "torch.nn.modules.activation.ReLU"),
    (Activation::Gelu, "torch.nn.modules.activation.GELU"),
    (Activation::Sigmoid, "torch.nn.modules.activation.Sigmoid"),
];

impl Activation {
    /// The name of its class in PyTorch.
    pub(super) fn class(self) -> Option<&'static str> {
        CLASSES.iter().find(|(activation, _)| *activation == self).map(|(_, class)| *class)
    }

    /// The one of a class; else the classes that there are.
    pub(super) fn of_class(class: &str) -> Result<Self, String> {
        let found = CLASSES.iter().find(|(_, name)| *name == class);
        let allowed = || CLASSES.map(|(_, name)| name).join(", ");
        found.map(|(activation, _)| *activation).ok_or_else(allowed)
    }

    /// f(z).
    pub(super) fn of(self, z: &[f32]) -> Vec<f32> {
        match self {
            Self::Identity => z.to_vec(),
            Self::Tanh => z.iter().map(|z| z.tanh()).collect(),
            // Not `max`, which makes a NaN into a 0.
            Self::Relu => z.iter().map(|z| if *z < 0.0 { 0.0 } else { *z }).collect(),
            Self::Gelu => gelu::forward(z, &no_bias(z)).into_vec(),
            Self::Sigmoid => z.iter().map(|z| sigmoid(*z)).collect(),
        }
    }

    /// ∂z = ∂y f'(z); the derivative of [`Activation::Relu`] at 0 is 0, as in PyTorch.
    pub(super) fn gradient(self, z: &[f32], of_y: &[f32]) -> Vec<f32> {
        let each = |derivative: fn(f32) -> f32| {
            z.iter().zip(of_y).map(|(z, of_y)| of_y * derivative(*z)).collect()
        };
        match self {
            Self::Identity => of_y.to_vec(),
            Self::Tanh => each(|z| 1.0 - z.tanh() * z.tanh()),
            Self::Relu => each(|z| if z > 0.0 { 1.0 } else { 0.0 }),
            Self::Gelu => gelu::backward(z, &no_bias(z), of_y).into_vec(),
            Self::Sigmoid => each(|z| sigmoid(z) * (1.0 - sigmoid(z))),
        }
    }
}

/// The kernels of GELU add a bias to rows, here to one row of all numbers.
fn no_bias(z: &[f32]) -> Vec<f32> {
    vec![0.0; z.len().max(1)]
}

fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}
