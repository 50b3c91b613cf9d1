//! `triglot plugins new`: a crate to begin with, which builds, passes its tests and the checker, and runs.

mod sdk;
mod templates;

use std::path::{Path, PathBuf};

use serde_json::json;
use triglot_host::files::{self, StagedDir};
use triglot_host::plugin::is_name;
use triglot_host::{Diagnostic, Result};

use sdk::Sdk;
use templates::{Template, filled};

use crate::args::NewPlugin;
use crate::context::Context;
use crate::terminal;

/// Writes the crate, and says what to do next.
///
/// # Errors
/// If the name cannot be used, the folder exists or the SDK is not found; or if the disk fails.
pub fn new(context: &Context, asked: &NewPlugin) -> Result<()> {
    let NewPlugin { kind, name, .. } = asked;
    check_name(context, name)?;
    let folder = asked.path.clone().unwrap_or_else(|| PathBuf::from(name));
    if folder.symlink_metadata().is_ok() {
        return Err(Diagnostic::new("exists already; nothing was written")
            .file(folder)
            .allowed("a folder that does not exist yet: `--path DIR`")
            .into());
    }
    let sdk = Sdk::find(asked.sdk.as_deref())?;
    let template = Template::of(*kind);
    let package = format!("triglot-{}-{name}", kind.as_str());
    let library = format!(
        "{}{}{}",
        std::env::consts::DLL_PREFIX,
        package.replace('-', "_"),
        std::env::consts::DLL_SUFFIX
    );
    let words = [
        ("name", name.as_str()),
        ("kind", kind.as_str()),
        ("with_article", &kind.with_article()),
        ("package", &package),
        ("component", template.component),
        ("purpose", template.purpose),
        ("library", &library),
        ("sdk", &sdk.in_toml()?),
    ];
    write(&folder, &template, &words, &sdk)?;

    let component = format!("{name}/{}", template.component);
    let next = [
        format!("cd {}", folder.display()),
        "cargo test".to_owned(),
        "cargo build".to_owned(),
        format!("triglot plugins check target/debug/{library}"),
        "triglot run experiment.toml --plugin-dir target/debug".to_owned(),
    ];
    if context.common.json {
        return terminal::print_json(&json!({
            "kind": kind.as_str(),
            "name": component,
            "folder": folder,
            "library": format!("target/debug/{library}"),
            "next": next,
        }));
    }
    if context.common.quiet {
        return Ok(());
    }
    terminal::print(&format!(
        "{} is a plugin library with {}, `{component}`. Next:\n\n  {}\n\nThen make it yours in src/lib.rs.\n",
        folder.display(),
        kind.with_article(),
        next.join("\n  "),
    ))
}

/// Writes all files beside the folder's place, and puts it there as a whole.
fn write(folder: &Path, template: &Template, words: &[(&str, &str)], sdk: &Sdk) -> Result<()> {
    let named = folder.file_name().and_then(|name| name.to_str());
    let named = named.ok_or_else(|| {
        Diagnostic::new("cannot be the name of a folder")
            .file(folder)
            .allowed("a path to a new folder")
    })?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    files::create_dir_all(parent)?;
    let staged = StagedDir::new(parent, named)?;
    files::create_dir_all(&staged.path().join("src"))?;
    for (name, text) in template.files() {
        files::write_atomic(&staged.path().join(name), filled(text, words).as_bytes())?;
    }
    if let Some(lock) = sdk.lock_file() {
        files::write_atomic(&staged.path().join("Cargo.lock"), &files::input_read(&lock)?)?;
    }
    staged.commit().map(drop)
}

/// Refuses a name that cannot be one, or that would hide a library found already.
fn check_name(context: &Context, name: &str) -> Result<()> {
    let allowed = "small letters, digits and hyphens, a letter or digit first: `my-sampler`";
    if !is_name(name) {
        let problem = format!("`{name}` cannot be the name of a plugin library");
        return Err(Diagnostic::new(problem).allowed(allowed).into());
    }
    let registry = context.survey()?.registry;
    match registry.components().iter().find(|component| component.library == name) {
        Some(other) => Err(Diagnostic::new(format!("there is a plugin library `{name}` already"))
            .file(&other.path)
            .allowed("another name: of two libraries with one name only one is seen")
            .into()),
        None => Ok(()),
    }
}
