//! Where the SDK lies that a new plugin depends on.

use std::path::{Path, PathBuf};

use triglot_host::{Diagnostic, Error, Result};

/// The folder of the source tree that this command was built from; it need not be there any more.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");

/// The SDK's folder.
#[derive(Debug)]
pub struct Sdk {
    folder: PathBuf,
}

impl Sdk {
    /// The one that was given, or that of the source tree that this command was built from.
    ///
    /// # Errors
    /// If it is not there.
    pub fn find(given: Option<&Path>) -> Result<Self> {
        let folder = given.unwrap_or(Path::new(BUILT_FROM));
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let is_sdk = manifest.lines().any(|line| line.trim_end() == "name = \"triglot-sdk\"");
        let found = folder.canonicalize().ok().filter(|_| is_sdk);
        match (found, given) {
            (Some(folder), _) => Ok(Self { folder }),
            (None, Some(given)) => Err(Diagnostic::new("--sdk does not name the plugin SDK")
                .file(given)
                .allowed("the folder framework/sdk of triglot's source")
                .into()),
            (None, None) => Err(Diagnostic::new(
                "the source that this triglot was built from is gone, and with it the plugin SDK",
            )
            .allowed("--sdk PATH, the folder framework/sdk of triglot's source")
            .into()),
        }
    }

    /// Its path, as a string in a Cargo.toml may hold it.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn in_toml(&self) -> Result<String> {
        let path = self.folder.to_str().ok_or_else(|| {
            Diagnostic::new("the path is not UTF-8, so that no Cargo.toml can name it")
                .file(&self.folder)
        })?;
        // What JSON escapes in a string, TOML escapes likewise.
        let quoted = serde_json::to_string(path).map_err(|e| Error::failed(e.to_string()))?;
        Ok(quoted.trim_matches('"').to_owned())
    }

    /// The lock file of its source tree: the versions of dependencies that triglot is tested with.
    pub fn lock_file(&self) -> Option<PathBuf> {
        let places = self.folder.ancestors().take(3);
        places.map(|folder| folder.join("Cargo.lock")).find(|path| path.is_file())
    }
}
