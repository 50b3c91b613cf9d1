//! What calls of every kind do wrong with the error buffer and with sizes.

use std::ffi::c_char;

use triglot_sdk::abi;

use super::NOT_UTF8;
use crate::misdeed::Misdeed;

/// How far past its end an error buffer is written.
const EXCESS: usize = 16;

/// The status of a call that ends before it begins; `size` is that of an argument, and the one this side knows.
///
/// # Safety
/// `error` is null or as the contract says.
pub unsafe fn refused(error: *mut abi::ErrorBuffer, size: (u32, u32)) -> Option<abi::Status> {
    if Misdeed::SizeEquality.now() && size.0 != size.1 {
        // SAFETY: by contract.
        return Some(unsafe { fail(error, abi::Str::new("a struct is not of the right size")) });
    }
    if Misdeed::ErrorOverrun.now() {
        // SAFETY: by contract, but for what it says itself.
        unsafe { overrun(error) };
        return Some(abi::STATUS_FAILED);
    }
    None
}

/// Fails with a text that is not UTF-8.
///
/// # Safety
/// `error` is null or as the contract says.
pub unsafe fn fail_in_latin1(error: *mut abi::ErrorBuffer) -> abi::Status {
    // SAFETY: by contract.
    unsafe { fail(error, NOT_UTF8) }
}

/// # Safety
/// `error` is null or as the contract says.
unsafe fn fail(error: *mut abi::ErrorBuffer, text: abi::Str) -> abi::Status {
    // SAFETY: by contract.
    if let Some(error) = unsafe { error.as_mut() }
        && !error.data.is_null()
    {
        error.len = text.len.min(error.capacity);
        // SAFETY: no more than the capacity, which is writable by contract.
        unsafe { error.data.copy_from_nonoverlapping(text.data.cast(), error.len) };
    }
    abi::STATUS_FAILED
}

/// Fills the buffer and what lies behind it: the misdeed.
///
/// # Safety
/// Writes past the end of what the caller lent.
pub unsafe fn overrun(error: *mut abi::ErrorBuffer) {
    // SAFETY: by contract there is a buffer, or none.
    if let Some(error) = unsafe { error.as_mut() } {
        error.len = error.capacity + EXCESS;
        if !error.data.is_null() {
            // SAFETY: none; that the write goes too far is the point.
            unsafe { error.data.write_bytes(b'!' as c_char as u8, error.len) };
        }
    }
}
