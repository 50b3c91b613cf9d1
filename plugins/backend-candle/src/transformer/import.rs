//! A folder in Hugging Face's layout, as a model to begin from.

use std::path::Path;

use triglot_sdk::{Error, Result};

use super::options::Options;
use super::pretrained::Pretrained;

/// Reads the folder.
pub(crate) fn import(_folder: &Path, _options: &Options) -> Result<Pretrained> {
    Err(Error::failed("not yet"))
}
