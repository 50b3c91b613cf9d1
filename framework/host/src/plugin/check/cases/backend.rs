//! What holds for backends alone.

use crate::plugin::check::case::Case;

/// The cases of backends.
pub(super) const CASES: &[Case] = &[];
