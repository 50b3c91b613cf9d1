//! What holds for objectives alone.

use crate::plugin::check::case::Case;

/// The cases of objectives.
pub(super) const CASES: &[Case] = &[];
