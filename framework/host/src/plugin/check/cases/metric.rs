//! What holds for metrics alone.

use crate::plugin::check::case::Case;

/// The cases of metrics.
pub(super) const CASES: &[Case] = &[];
