//! Embeddings kept and found again, in one process and the next, whole and damaged.

use std::fs;

use proptest::prelude::*;

use super::*;

const DIM: usize = 3;

fn store(cache: &Cache) -> EmbeddingStore {
    cache.embeddings("model", 0, DIM, Float::F32)
}

fn hashes(texts: &[u8]) -> Vec<TextHash> {
    texts.iter().map(|text| text_hash(&text.to_string(), "en")).collect()
}

/// What an encoder makes of texts.
fn encoded(texts: &[u8]) -> Vec<f32> {
    texts.iter().flat_map(|text| [f32::from(*text), 0.1, -1.0]).collect()
}

fn read(store: &EmbeddingStore, texts: &[u8]) -> Option<Vec<f32>> {
    let found = store.embeddings(&hashes(texts))?;
    assert_eq!((found.rows(), found.dim()), (texts.len(), DIM));
    let mut values = vec![0.0; texts.len() * DIM];
    values.chunks_mut(DIM).enumerate().for_each(|(row, into)| found.read(row, into));
    Some(values)
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let below = |path: &PathBuf| match path.is_dir() {
        true => segments(path),
        false => vec![path.clone()],
    };
    files::list_dir(folder).unwrap().iter().flat_map(below).collect()
}

#[test]
fn what_is_kept_is_found_by_text_language_role_and_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    store(&cache).keep(&hashes(&[1, 2]), &encoded(&[1, 2]));
    let again = store(&cache);
    assert_eq!(read(&again, &[2, 1, 2]).unwrap(), encoded(&[2, 1, 2]));
    assert!(read(&again, &[1, 3]).is_none());
    assert!(!again.holds(&text_hash("1", "fi")));
    assert_ne!(text_hash("n1", "e"), text_hash("1", "en"));
    for other in [
        cache.embeddings("other", 0, DIM, Float::F32),
        cache.embeddings("model", 1, DIM, Float::F32),
        cache.embeddings("model", 0, DIM, Float::F16),
        cache.embeddings("model", 0, DIM + 1, Float::F32),
    ] {
        assert!(!other.holds(&hashes(&[1])[0]));
    }
}

#[test]
fn without_a_folder_everything_is_held_in_memory() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for cache in [Cache::disabled(), Cache::at(file.path())] {
        let mut store = store(&cache);
        store.keep(&hashes(&[1]), &encoded(&[1]));
        store.keep(&hashes(&[2]), &encoded(&[2]));
        assert_eq!(read(&store, &[2, 1]).unwrap(), encoded(&[2, 1]));
    }
}

#[test]
fn a_value_is_the_same_from_memory_and_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    for float in [Float::F32, Float::F16] {
        let value = |cache: Cache| {
            let mut store = cache.embeddings("model", 0, 1, float);
            store.keep(&hashes(&[1]), &[0.1]);
            let mut value = [0.0];
            store.embeddings(&hashes(&[1])).unwrap().read(0, &mut value);
            value
        };
        assert_eq!(value(Cache::disabled()), value(Cache::at(folder.path())));
    }
}

#[test]
fn writers_of_the_same_texts_do_not_disturb_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let cache = &cache;
            scope.spawn(move || {
                for text in 0..20 {
                    let mut store = store(cache);
                    let texts = [text, text + writer];
                    store.keep(&hashes(&texts), &encoded(&texts));
                    assert_eq!(read(&store, &texts).unwrap(), encoded(&texts));
                }
            });
        }
    });
    let texts: Vec<u8> = (0..23).collect();
    assert_eq!(read(&store(&cache), &texts).unwrap(), encoded(&texts));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_segment_is_passed_over_and_no_other(
        lists in prop::collection::vec(prop::collection::btree_set(0u8..40, 1..5), 1..5),
        (which, at) in any::<(prop::sample::Index, prop::sample::Index)>(),
        mask in 1u8..,
        cut: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        for list in &lists {
            let texts: Vec<u8> = list.iter().copied().collect();
            store(&cache).keep(&hashes(&texts), &encoded(&texts));
        }
        let written = segments(folder.path());
        let path = &written[which.index(written.len())];
        let mut bytes = fs::read(path).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= mask }
        // Beside its place, for the old bytes may be mapped.
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();

        let again = store(&cache);
        prop_assert_eq!(again.segments.len(), written.len() - 1);
        for text in 0..40 {
            if let Some(values) = read(&again, &[text]) {
                prop_assert_eq!(values, encoded(&[text]));
            }
        }
        let mut again = again;
        let texts: Vec<u8> = lists.iter().flatten().copied().collect();
        let lost: Vec<u8> = texts.iter().copied().filter(|t| !again.holds(&hashes(&[*t])[0])).collect();
        again.keep(&hashes(&lost), &encoded(&lost));
        prop_assert_eq!(read(&again, &texts).unwrap(), encoded(&texts));
        prop_assert_eq!(read(&store(&cache), &texts).unwrap(), encoded(&texts));
    }
}
