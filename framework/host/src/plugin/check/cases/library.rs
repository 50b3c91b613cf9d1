//! What the library says of itself.

use std::path::Path;

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::Trouble;
use crate::plugin::library;

/// The cases.
pub(super) const CASES: &[Case] = &[Case::library(
    "library-loads",
    "The library opens with every symbol bound, exports the entry of this ABI, and its tables are whole",
    loads,
)];

fn loads(file: &Path) -> Outcome {
    match library::open(file) {
        Ok(components) if components.is_empty() => {
            Ok(Verdict::Warn("it holds no component of a kind that this host knows".into()))
        }
        Ok(_) => Ok(Verdict::PASS),
        Err(error) => Err(Trouble::Violated(error.to_string())),
    }
}
