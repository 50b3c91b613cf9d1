//! What a plugin of the next major version will look like to a host of this one: another symbol.

/// The export, under the name of major version 2. A host of version 1 may look it up and never calls it.
#[allow(unsafe_code)]
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn triglot_plugin_v2() -> *const u8 {
    std::ptr::null()
}
