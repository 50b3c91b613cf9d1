//! Room for the matrices of a pass, used again by the next one.
//!
//! A pass over a batch fills gigabytes and lets go of them at its end. Given back to the system, their pages are faulted
//! in and cleared anew in every step, which is a tenth of the step at 128 pairs (SPEED.md). glibc keeps what is freed too,
//! but nothing that is longer than 32 MiB (mallopt(3): M_MMAP_THRESHOLD).
//!
//! What lies idle is bounded: where a buffer is made since none fits, as much of what lies idle is let go. So all
//! buffers together, in use or not, are at most twice as long as what was in use at some moment.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shorter buffers are left to the allocator; in numbers.
const SHORTEST: usize = 1 << 18;
/// A buffer serves where no less than this part of it is needed.
const PART: usize = 2;

static IDLE: Mutex<Idle> = Mutex::new(Idle(Vec::new()));

fn idle() -> MutexGuard<'static, Idle> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers whose room is used again when they are dropped.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// Room for so many numbers, which whoever asks is to write: until then they may be any.
    pub(crate) fn room(len: usize) -> Self {
        if len < SHORTEST {
            return Self(vec![0.0; len]);
        }
        let (found, released) = idle().take(len);
        drop(released);
        Self(match found {
            Some(mut values) => {
                values.resize(len, 0.0);
                values
            }
            None => vec![0.0; len],
        })
    }

    /// A copy of numbers.
    pub(crate) fn copy(values: &[f32]) -> Self {
        let mut copy = Self::room(values.len());
        copy.copy_from_slice(values);
        copy
    }

    /// Its numbers, the room with them.
    pub(crate) fn into_vec(mut self) -> Vec<f32> {
        std::mem::take(&mut self.0)
    }

    /// Leaves the first `len` numbers.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(values: Vec<f32>) -> Self {
        Self(values)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy(self)
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() >= SHORTEST {
            idle().put(std::mem::take(&mut self.0));
        }
    }
}

/// Buffers that nobody uses, by their capacity.
struct Idle(Vec<Vec<f32>>);

impl Idle {
    /// The shortest buffer with room for so many numbers, if that is not far too long; else those that are let go of for
    /// a new one, which are as long together if there are so many: the ones that are nearest below, then those above.
    fn take(&mut self, len: usize) -> (Option<Vec<f32>>, Vec<Vec<f32>>) {
        let at = self.0.partition_point(|values| values.capacity() < len);
        if self.0.get(at).is_some_and(|values| values.capacity() / PART <= len) {
            return (Some(self.0.remove(at)), Vec::new());
        }
        let mut released = Vec::new();
        let (mut sum, mut at) = (0, at);
        while sum < len && !self.0.is_empty() {
            at = at.saturating_sub(1);
            let values = self.0.remove(at);
            sum += values.capacity();
            released.push(values);
        }
        (None, released)
    }

    fn put(&mut self, values: Vec<f32>) {
        let at = self.0.partition_point(|other| other.capacity() < values.capacity());
        self.0.insert(at, values);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_held_is_at_most_twice_what_was_in_use(
            asked in prop::collection::vec((1usize..500, any::<prop::sample::Index>(), any::<bool>()), 1..200),
        ) {
            let mut idle = Idle(Vec::new());
            let mut used: Vec<(usize, Vec<f32>)> = Vec::new();
            let mut most = 0;
            for (len, which, ends) in asked {
                if ends && !used.is_empty() {
                    let (_, values) = used.swap_remove(which.index(used.len()));
                    idle.put(values);
                } else {
                    let found = idle.take(len).0.unwrap_or_else(|| vec![0.0; len]);
                    prop_assert!((len..=PART * len + 1).contains(&found.capacity()));
                    used.push((len, found));
                }
                most = most.max(used.iter().map(|(len, _)| len).sum());
                let used = used.iter().map(|(_, values)| values.capacity());
                let held: usize = used.chain(idle.0.iter().map(Vec::capacity)).sum();
                prop_assert!(held <= (PART + 1) * most, "{} of {}", held, most);
                prop_assert!(idle.0.is_sorted_by_key(Vec::capacity));
            }
        }
    }

    #[test]
    fn a_buffer_is_used_again_with_the_length_that_is_asked_for() {
        let at = |buffer: &Buffer| buffer.as_ptr();
        let len = 3 * SHORTEST + 5;
        let mut first = Buffer::room(len);
        first.fill(1.0);
        let place = at(&first);
        drop(first);
        let again = Buffer::room(len - 7);
        assert_eq!(again.len(), len - 7);
        // Other tests use the same list.
        if at(&again) == place {
            assert!(again.iter().all(|value| *value == 1.0));
        }
        assert_eq!(Buffer::copy(&[1.0, 2.0]).into_vec(), [1.0, 2.0]);
    }
}
