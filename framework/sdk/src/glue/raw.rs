//! Raw pointers into slices and strings, each checked for null and alignment, each text for UTF-8.

use std::mem::MaybeUninit;

use triglot_abi as abi;

use crate::error::{Error, Result};

/// # Safety
/// `data` is null, or has `len` readable and unchanging entries for `'a`.
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize, what: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || !data.is_aligned() {
        return Err(Error::invalid(format!(
            "{what} is null or misaligned for {len} entries"
        )));
    }
    // SAFETY: not null, aligned, readable by contract.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// # Safety
/// As for [`slice`].
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
    unsafe { T::read(theirs) }.ok_or_else(|| Error::invalid(format!("{what} is null or too short")))
}

pub(crate) fn check_matrix(
    null: bool,
    rows: usize,
    cols: usize,
    stride: usize,
    what: &str,
) -> Result<()> {
    let elements = rows.checked_mul(stride.max(cols));
    if elements.is_none() || stride < cols && rows > 1 || null && rows > 0 && cols > 0 {
        return Err(Error::invalid(format!(
            "matrix {what} of {rows} x {cols} with stride {stride} is malformed"
        )));
    }
    Ok(())
}

/// Turns the status of a call back into the host into a result.
pub(crate) fn check(status: abi::Status, what: &str) -> Result<()> {
    match status {
        abi::STATUS_OK => Ok(()),
        status => Err(Error {
            status,
            message: format!("{what} returned status {status}"),
        }),
    }
}

pub(crate) fn zeroed_texts() -> abi::Texts {
    // SAFETY: `Texts` is integers and raw pointers, valid when zero.
    unsafe { MaybeUninit::zeroed().assume_init() }
}
