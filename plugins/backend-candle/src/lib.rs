//! Model backends over candle.
//!
//! [`static_encoder`] is `candle/static`, trained from scratch in seconds; [`transformer`] is `candle/encoder`, a
//! pretrained encoder of one of several families. What both need stands beside them: parameters with their optimiser, tensors in
//! files, the device.
//!
//! One rule holds everywhere: the numbers that come out depend neither on how many threads there are nor on how the
//! texts were cut into calls. Matrix products are those of the library that candle has too; gradients and optimiser are written here, since candle's
//! make a gradient as large as the table and keep their state to themselves.

mod adamw;
mod buffers;
mod checkpoint;
mod dense;
mod device;
mod encoder;
mod files;
mod kernels;
mod low_rank;
mod mat;
mod options;
mod parameter;
mod product;
mod rows;
mod sentence_transformers;
mod simd;
mod static_encoder;
mod tensors;
#[cfg(test)]
mod testing;
mod transformer;

triglot_sdk::plugin! { name: "candle", components: [
    backend static_encoder::StaticEncoder,
    backend transformer::TransformerEncoder,
] }
