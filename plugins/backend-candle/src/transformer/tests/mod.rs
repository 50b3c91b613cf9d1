//! Tests of the encoder, most on a tiny model of random weights.

mod adapters;
mod architectures;
mod determinism;
mod device;
mod export;
mod freezing;
mod golden;
mod gradients;
mod import;
mod life;
mod modules;
mod peft;
mod refused;
mod sentencepiece;
mod sketch;
mod state;
mod tiny;
mod tokenizer;
