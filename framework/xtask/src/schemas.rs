//! `cargo xtask schemas`: the schemas that are checked in, from the types that they describe.

use std::fs;

use crate::header::header;
use crate::{Failure, Result, build, not_started, root, succeeded, triglot};

/// What `triglot schema` knows.
const SCHEMAS: [&str; 3] = ["experiment", "plugin", "run"];

/// Writes the schemas; with `--check` only compares, and names every file that differs.
pub fn schemas(arguments: &[String]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err(Failure::Message("schemas takes nothing but --check".to_owned())),
    };
    let mut differing = Vec::new();
    // Before the build, for the command hands the header out as it lies there.
    let contract = root().join("framework/abi/src");
    let contract = header(&contract).map_err(|problem| {
        Failure::Message(format!("no header of the plugin contract: {problem}"))
    })?;
    differing.extend(settle("triglot_plugin.h", contract.as_bytes(), check)?);
    build()?;
    for name in SCHEMAS {
        differing.extend(settle(&format!("{name}.schema.json"), &generate(name)?, check)?);
    }
    match differing.len() {
        0 => Ok(()),
        _ => Err(Failure::Message(format!(
            "not what the types say: {}\nrun `cargo xtask schemas` and commit what it writes",
            differing.join(", ")
        ))),
    }
}

/// Brings a file up to date; with `check` only names it where it is not.
fn settle(file: &str, generated: &[u8], check: bool) -> Result<Option<String>> {
    let folder = root().join("schemas");
    let path = folder.join(file);
    if fs::read(&path).is_ok_and(|there| there == generated) {
        return Ok(None);
    }
    let file = format!("schemas/{file}");
    if check {
        return Ok(Some(file));
    }
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, generated))
        .map_err(|source| Failure::Message(format!("cannot write {file}: {source}")))?;
    println!("{file} written");
    Ok(None)
}

fn generate(name: &str) -> Result<Vec<u8>> {
    let mut command = triglot()?;
    command.args(["schema", name]).stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|source| not_started(&command, &source))?;
    succeeded(output.status)?;
    Ok(output.stdout)
}
