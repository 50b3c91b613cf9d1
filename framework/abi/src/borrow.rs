//! Borrowing what the other side lends: the one place where a length that crossed the border becomes a slice.

/// The `len` entries at `data`, or `None` if there can be no such slice: null, misaligned, or longer than memory.
///
/// No entries are no entries, whatever `data` is: a plain `from_raw_parts(null, 0)` would be undefined behaviour.
///
/// # Safety
/// Where `data` and `len` pass these checks, `len` entries are readable and do not change for `'a`.
pub unsafe fn slice<'a, T>(data: *const T, len: usize) -> Option<&'a [T]> {
    if len == 0 {
        return Some(&[]);
    }
    let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| *bytes <= isize::MAX as usize)?;
    if data.is_null() || !data.is_aligned() || data.addr().checked_add(bytes).is_none() {
        return None;
    }
    // SAFETY: not null, aligned, inside the address space; readable and unchanging by contract.
    Some(unsafe { core::slice::from_raw_parts(data, len) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [u32; 3] = [7, 8, 9];

    #[test]
    fn no_entries_are_an_empty_slice_whatever_the_pointer() {
        for data in [core::ptr::null(), core::ptr::without_provenance(3), NUMBERS.as_ptr()] {
            // SAFETY: no entries are claimed.
            assert_eq!(unsafe { slice(data, 0) }, Some(&[][..]));
        }
    }

    #[test]
    fn entries_at_null_at_a_crooked_address_or_past_the_end_of_memory_are_refused() {
        let data = NUMBERS.as_ptr();
        let refused = [
            (core::ptr::null(), 1),
            (data.wrapping_byte_add(1), 1),
            (data, usize::MAX),
            (data, usize::MAX / 4 + 2),
            (data, isize::MAX as usize / 4 + 1),
            (core::ptr::without_provenance(usize::MAX - 3), 1),
        ];
        for (data, len) in refused {
            // SAFETY: none of these passes the checks.
            assert_eq!(unsafe { slice(data, len) }, None, "{data:?}, {len}");
        }
    }

    #[test]
    fn a_whole_slice_comes_back() {
        // SAFETY: three constants.
        assert_eq!(unsafe { slice(NUMBERS.as_ptr(), 3) }, Some(&NUMBERS[..]));
    }
}
