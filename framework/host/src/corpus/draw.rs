//! Which examples and groups `limit` and `holdout` draw.
//!
//! Each draw is by key: the BLAKE3 hash of what the draw is for, the data set's name and the example's id. It
//! therefore depends neither on the order of the file nor on the seed of the run nor on the languages read, and a
//! larger limit keeps all that a smaller one kept.

/// What a draw is for; each purpose hashes in a domain of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Limit,
    Holdout,
}

/// The `count` of `candidates` (indices into `ids`) with the lowest keys, in ascending order.
pub(super) fn lowest(
    count: usize,
    candidates: impl IntoIterator<Item = usize>,
    ids: &[&str],
    data_set: &str,
    purpose: Purpose,
) -> Vec<usize> {
    let mut keyed: Vec<_> = candidates
        .into_iter()
        .filter_map(|index| Some((key(purpose, data_set, ids.get(index)?), index)))
        .collect();
    keyed.sort_unstable();
    keyed.truncate(count);
    let mut drawn: Vec<usize> = keyed.into_iter().map(|(_, index)| index).collect();
    drawn.sort_unstable();
    drawn
}

fn key(purpose: Purpose, data_set: &str, id: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(match purpose {
        Purpose::Limit => "triglot 1 corpus limit",
        Purpose::Holdout => "triglot 1 corpus holdout",
    });
    // The hash of the name has a fixed length, so that name and id cannot run into each other.
    hasher.update(blake3::hash(data_set.as_bytes()).as_bytes());
    hasher.update(id.as_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_draw_keeps_what_a_smaller_one_drew() {
        let ids: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let draw = |count, purpose| lowest(count, 0..100, &ids, "x", purpose);
        let (few, many) = (draw(10, Purpose::Limit), draw(40, Purpose::Limit));
        assert_eq!((few.len(), many.len()), (10, 40));
        assert!(few.iter().all(|index| many.contains(index)));
        assert_ne!(few, draw(10, Purpose::Holdout));
        assert_ne!(few, lowest(10, 0..100, &ids, "y", Purpose::Limit));
    }
}
