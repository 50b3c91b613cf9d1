//! A shared library like any other: it opens, and it is no plugin.

/// Something to export.
#[allow(unsafe_code)]
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> u32 {
    42
}
