//! Optional groups of functions, by name.

use triglot_abi::{self as abi, Sized32};

use super::call::Handle;

/// The table of an optional group.
///
/// # Safety
/// A component that keeps the contract returns a table of this type, or null, for this name and no other.
pub(super) unsafe trait Group: Sized32 {
    /// The name of the group.
    const NAME: &'static str;
}

// SAFETY: the table that the contract gives the name.
unsafe impl Group for abi::Law {
    const NAME: &'static str = abi::EXTENSION_LAW;
}
// SAFETY: as above.
unsafe impl Group for abi::Counts {
    const NAME: &'static str = abi::EXTENSION_COUNTS;
}
// SAFETY: as above.
unsafe impl Group for abi::Variables {
    const NAME: &'static str = abi::EXTENSION_VARIABLES;
}
// SAFETY: as above.
unsafe impl Group for abi::Parameters {
    const NAME: &'static str = abi::EXTENSION_PARAMETERS;
}

/// Asks for a group; `None` if there is none.
///
/// # Safety
/// `get_extension` is of a component that keeps the contract, of a kind that the group belongs to.
pub(super) unsafe fn find<G: Group>(get_extension: abi::GetExtension) -> Option<G> {
    // SAFETY: by contract; the name is static, and the table, where there is one, that of the group and static too.
    get_extension.and_then(|get| unsafe { G::read(get(abi::Str::new(G::NAME)).cast()) })
}

impl Handle<'_> {
    /// The group `G` of the component that the instance is of.
    ///
    /// # Safety
    /// As for [`find`], of this component.
    pub(super) unsafe fn group<G: Group>(&self, get_extension: abi::GetExtension) -> Option<G> {
        let _call = self.begin("look for an optional group");
        // SAFETY: by contract.
        unsafe { find(get_extension) }
    }
}
