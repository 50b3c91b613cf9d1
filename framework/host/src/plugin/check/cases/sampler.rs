//! What holds for samplers alone.

use crate::plugin::check::case::Case;

/// The cases of samplers.
pub(super) const CASES: &[Case] = &[];
