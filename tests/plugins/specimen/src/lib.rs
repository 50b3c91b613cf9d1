//! A stranger's plugin library: one small component of each kind, built with nothing but the SDK.
//!
//! Together they make an experiment of their own, without a line of the first-party plugins. Each is deliberately
//! simple, but does its work in earnest: the backend learns, the objective's gradients are right.

mod augmenter;
mod backend;
mod metric;
mod objective;
mod sampler;

pub use augmenter::Shout;
pub use backend::Hashing;
pub use metric::TopLanguage;
pub use objective::Margin;
pub use sampler::InOrder;

triglot_sdk::plugin! {
    name: "specimen",
    components: [
        sampler InOrder,
        augmenter Shout,
        backend Hashing,
        objective Margin,
        metric TopLanguage,
    ],
}
