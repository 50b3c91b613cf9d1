//! `triglot encode`.

use std::io::Read;
use std::path::Path;

use triglot_host::run::{self, Model};
use triglot_host::{Error, Result, files};

use crate::args::Role;
use crate::bars::Bars;
use crate::context::Context;
use crate::terminal;

/// Encodes the lines of a file into a NumPy file.
///
/// # Errors
/// If the run has no model, or a file cannot be read or written.
pub fn encode(
    context: &Context,
    run: &str,
    input: &Path,
    output: &Path,
    role: Role,
    language: &str,
) -> Result<()> {
    let model = Model::of_run(&context.common.runs_dir, run)?;
    let text = if input == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|source| Error::failed(format!("cannot read standard input: {source}")))?;
        text
    } else {
        files::input_to_string(input)?
    };
    let texts: Vec<String> = text.lines().map(str::to_owned).collect();
    let (dim, embeddings) = run::encode(
        &model,
        &context.registry()?,
        &context.locations(),
        &context.environment(),
        &texts,
        (language, role == Role::Query),
        &mut Bars::new(context.common.quiet),
    )?;
    files::write_atomic(output, &npy(texts.len(), dim, &embeddings))?;
    let shape = serde_json::json!({ "texts": texts.len(), "dim": dim, "file": output });
    match (context.common.json, context.common.quiet) {
        (true, _) => terminal::print_json(&shape),
        (_, true) => Ok(()),
        _ => terminal::print(&format!("{} × {dim} in {}\n", texts.len(), output.display())),
    }
}

/// A matrix as a NumPy file, format version 1.0 (numpy.lib.format): magic, header length, header, little-endian data.
fn npy(rows: usize, cols: usize, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}");
    // Magic, version, length and header are padded with spaces to a multiple of 64, the last byte a line break.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((padded as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(10 + padded - 1, b' ');
    bytes.push(b'\n');
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}
