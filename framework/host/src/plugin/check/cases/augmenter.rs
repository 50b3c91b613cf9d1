//! What holds for augmenters alone.

use crate::plugin::check::case::Case;

/// The cases of augmenters.
pub(super) const CASES: &[Case] = &[];
