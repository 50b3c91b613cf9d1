//! Tests of the encoder, most on a tiny model of random weights.

mod golden;
mod tiny;
