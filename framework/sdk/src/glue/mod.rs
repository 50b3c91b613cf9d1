//! Where raw calls become safe ones: one module a kind, over [`raw`] (pointers) and [`call`] (panics, errors, instances).

pub(crate) mod augmenter;
pub(crate) mod backend;
pub(crate) mod call;
mod counts;
mod law;
pub(crate) mod metric;
pub(crate) mod objective;
mod parameters;
pub(crate) mod raw;
pub(crate) mod sampler;
mod variables;

#[cfg(test)]
mod tests;
