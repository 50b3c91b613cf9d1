//! Tests over the whole encoder, and what they share.

mod determinism;
mod export;
mod gradients;
mod import;
mod life;
mod state;

use serde_json::Value;
use triglot_sdk::{Backend, Context, TextStream};

use super::StaticEncoder;
use super::options::Options;
use crate::testing::{SENTENCES, STEP, backward, encode, files, gradient, saved, texts, train};

fn options(options: Value) -> Options {
    serde_json::from_value(options).unwrap()
}

fn fresh(given: Value) -> StaticEncoder {
    StaticEncoder::create(options(given), &Context::detached(7)).unwrap()
}

fn prepared(options: Value) -> StaticEncoder {
    let mut encoder = fresh(options);
    let mut stream = TextStream::new(vec![texts(&SENTENCES[..5]), texts(&SENTENCES[5..])]);
    encoder.prepare(Some(&mut stream)).unwrap();
    encoder
}
