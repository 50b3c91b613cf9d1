//! `cargo xtask schemas`: the schemas that are checked in, from the types that they describe.

use std::fs;

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
    build()?;
    let folder = root().join("schemas");
    let mut differing = Vec::new();
    for name in SCHEMAS {
        let file = format!("{name}.schema.json");
        let path = folder.join(&file);
        let generated = generate(name)?;
        if fs::read(&path).is_ok_and(|there| there == generated) {
            continue;
        }
        if check {
            differing.push(format!("schemas/{file}"));
            continue;
        }
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, generated))
            .map_err(|source| Failure::Message(format!("cannot write schemas/{file}: {source}")))?;
        println!("schemas/{file} written");
    }
    match differing.len() {
        0 => Ok(()),
        _ => Err(Failure::Message(format!(
            "not what the types say: {}\nrun `cargo xtask schemas` and commit what it writes",
            differing.join(", ")
        ))),
    }
}

fn generate(name: &str) -> Result<Vec<u8>> {
    let mut command = triglot()?;
    command.args(["schema", name]).stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|source| not_started(&command, &source))?;
    succeeded(output.status)?;
    Ok(output.stdout)
}
