//! A folder that transformers and sentence-transformers load.

use std::path::Path;

use triglot_sdk::{Error, Result};

use super::pretrained::Pretrained;

/// Writes the folder.
pub(crate) fn export(_folder: &Path, _model: &Pretrained) -> Result<()> {
    Err(Error::failed("not yet"))
}
