//! Raw pointers into slices and strings, each checked for null and alignment, each text for UTF-8.

use triglot_abi as abi;

use crate::error::{Error, Result};

/// # Safety
/// `data` is null, or has `len` readable and unchanging entries for `'a`.
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize, what: &str) -> Result<&'a [T]> {
    // SAFETY: by contract.
    unsafe { abi::slice(data, len) }
        .ok_or_else(|| Error::invalid(format!("{what} cannot be {len} entries at {data:?}")))
}

/// # Safety
/// `data` is null, or has `len` writable entries that nothing else uses for `'a`.
pub(crate) unsafe fn slice_mut<'a, T>(data: *mut T, len: usize, what: &str) -> Result<&'a mut [T]> {
    if len == 0 {
        return Ok(&mut []);
    }
    // SAFETY: by contract; the slice is only asked for its checks and gone when the exclusive one is made.
    unsafe { slice(data.cast_const(), len, what) }?;
    // SAFETY: not null, aligned, in memory; writable and unshared by contract.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, len) })
}

/// # Safety
/// As for [`slice()`].
pub(crate) unsafe fn str<'a>(text: abi::Str, what: &str) -> Result<&'a str> {
    // SAFETY: by contract.
    let bytes = unsafe { slice(text.data, text.len, what) }?;
    std::str::from_utf8(bytes).map_err(|_| Error::invalid(format!("{what} is not UTF-8")))
}

/// Reads a struct that grows.
///
/// # Safety
/// As for [`abi::Sized32::read`].
pub(crate) unsafe fn read<T: abi::Sized32>(theirs: *const T, what: &str) -> Result<T> {
    // SAFETY: by contract.
    unsafe { T::read(theirs) }
        .ok_or_else(|| Error::invalid(format!("{what} is null, misaligned or too short")))
}

/// Whether the name of an optional group is this one.
///
/// # Safety
/// `name` is as the contract says.
pub(crate) unsafe fn is_named(name: abi::Str, wanted: &str) -> bool {
    // SAFETY: by contract.
    unsafe { abi::slice(name.data, name.len) == Some(wanted.as_bytes()) }
}

/// Where the caller wants one value, to be written and not read.
pub(crate) fn place<T>(at: *mut T, what: &str) -> Result<*mut T> {
    if at.is_null() || !at.is_aligned() {
        return Err(Error::invalid(format!("{what} is null or misaligned")));
    }
    Ok(at)
}

/// Checks that the elements of a matrix can lie in memory, and no two rows in the same place.
pub(crate) fn check_matrix(
    data: *const f32,
    rows: usize,
    cols: usize,
    stride: usize,
    what: &str,
) -> Result<()> {
    let bytes = rows
        .saturating_sub(1)
        .checked_mul(stride)
        .and_then(|last_row| last_row.checked_add(cols))
        .and_then(|elements| elements.checked_mul(size_of::<f32>()))
        .filter(|bytes| *bytes <= isize::MAX as usize);
    let elements = rows > 0 && cols > 0;
    let absent = data.is_null() || !data.is_aligned();
    if bytes.is_none() || (stride < cols && rows > 1) || (absent && elements) {
        return Err(Error::invalid(format!(
            "{what}: there is no matrix of {rows} x {cols} with stride {stride} at {data:?}"
        )));
    }
    Ok(())
}

/// Turns the status of a call back into the host into a result.
pub(crate) fn check(status: abi::Status, what: &str) -> Result<()> {
    match status {
        abi::STATUS_OK => Ok(()),
        abi::STATUS_CANCELLED => Err(Error::cancelled()),
        status => Err(Error { status, message: format!("{what} returned status {status}") }),
    }
}
