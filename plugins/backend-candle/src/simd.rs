//! Loops compiled for the vector unit that the machine has, without a special build.

/// Runs `body`, whose loops the compiler may use AVX2 or AVX-512 for if the processor has it.
///
/// `body` should be `#[inline(always)]`, and so should all that it calls: code that is not inlined is compiled for the
/// oldest processor.
#[inline]
pub(crate) fn vectorised<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}
