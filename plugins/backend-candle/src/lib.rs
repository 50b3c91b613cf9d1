//! Model backends over candle.
//!
//! `candle/static` is a static encoder: the mean of the table rows of a text's tokens, then perhaps one dense layer.
//! It is small enough to train from scratch in seconds, so it carries the quickstart and the tests. Its pieces are
//! kept apart ([`adamw`], [`device`], [`tokenizer`], [`tensors`]) because every further encoder here needs the same.
//!
//! One rule holds everywhere: the numbers that come out depend neither on how many threads there are nor on how the
//! texts were cut into calls. Matrix products are candle's; gradients and optimiser are written here, since candle's
//! make a gradient as large as the table and keep their state to themselves.

mod adamw;
mod dense;
mod device;
mod encoder;
mod export;
mod files;
mod import;
mod model;
mod options;
mod parameter;
mod state;
mod table;
mod tensors;
#[cfg(test)]
mod tests;
mod tokenizer;

triglot_sdk::plugin! { name: "candle", components: [backend encoder::StaticEncoder] }
