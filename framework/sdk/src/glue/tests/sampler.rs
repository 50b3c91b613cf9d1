use super::specimen::Specimen;
use super::*;
use crate::glue;
use crate::testkit::CorpusBuilder;

fn table() -> &'static abi::Sampler {
    glue::sampler::table::<Specimen>()
}

/// Two examples in one language.
fn corpus() -> CorpusBuilder {
    CorpusBuilder::new(&["en"]).example(&[0]).example(&[0])
}

fn view(corpus: &crate::Corpus<'_>, names: &[abi::Str; 1]) -> abi::CorpusView {
    abi::CorpusView {
        rows: corpus.rows(),
        data_set: corpus.data_set.as_ptr(),
        language: corpus.language.as_ptr(),
        role: corpus.role.as_ptr(),
        example: corpus.example.as_ptr(),
        group: corpus.group.as_ptr(),
        length: corpus.length.as_ptr(),
        text_hash: corpus.text_hash.as_ptr(),
        language_names: names.as_ptr(),
        language_count: 1,
        data_set_names: names.as_ptr(),
        data_set_count: 1,
        ..abi::CorpusView::empty()
    }
}

fn csr(offsets: &[u32], items: &[u32]) -> abi::Csr {
    let rows = offsets.len().saturating_sub(1);
    abi::Csr { offsets: offsets.as_ptr(), items: items.as_ptr(), rows }
}

fn create(view: *const abi::CorpusView) -> Result<Made, (abi::Status, String)> {
    let args = args("{}");
    let sampler = abi::SamplerArgs { corpus: view, batch_size: 2, ..abi::SamplerArgs::empty() };
    let mut instance = std::ptr::null_mut();
    // SAFETY: the arguments live through the call, the corpus through the test.
    call(|error| unsafe {
        let create = table().create.unwrap();
        create(&raw const args, &raw const sampler, &raw mut instance, error)
    })?;
    Ok(Made { instance, destroy: table().destroy })
}

unsafe extern "C" fn put(context: *mut c_void, batch: *const abi::Batch) -> abi::Status {
    // SAFETY: the context of `a_batch_crosses_as_columns`, and the sampler's batch.
    unsafe {
        let batch = abi::Batch::read(batch).unwrap();
        let taken = &mut *context.cast::<Vec<Vec<u32>>>();
        let column = |data, len| abi::slice(data, len).unwrap().to_vec();
        taken.push(column(batch.queries, batch.count));
        taken.push(column(batch.passages, batch.count));
        taken.push(column(batch.negatives.offsets, batch.negatives.rows + 1));
        taken.push(column(batch.negatives.items, 2));
    }
    17
}

#[test]
fn a_batch_crosses_as_columns_and_the_status_of_the_sink_comes_back() {
    let (corpus, names) = (corpus(), [abi::Str::new("en")]);
    let corpus = corpus.view();
    let mut newer = Longer::new(view(&corpus, &names));
    let made = create(newer.raw()).unwrap();
    for _ in 0..2 {
        let mut taken: Vec<Vec<u32>> = Vec::new();
        let sink = abi::BatchSink {
            context: (&raw mut taken).cast(),
            put: Some(put),
            ..abi::BatchSink::empty()
        };
        // SAFETY: the sink lives through the call.
        let sample =
            |error| unsafe { table().sample.unwrap()(made.instance, 2, 3, &raw const sink, error) };
        assert_eq!(call(sample).unwrap_err().0, 17);
        assert_eq!(taken, [vec![2, 0], vec![3, 1], vec![0, 0, 2], vec![3, 3]]);
    }
    drop(made);
    newer.known();
}

#[test]
fn the_length_of_an_epoch_goes_where_it_is_asked_for() {
    let (corpus, names) = (corpus(), [abi::Str::new("en")]);
    let corpus = corpus.view();
    let view = view(&corpus, &names);
    let made = create(&raw const view).unwrap();
    let length = |out| {
        call(|error| {
            // SAFETY: `out` lives through the call.
            unsafe { table().epoch_length.unwrap()(made.instance, out, error) }
        })
    };
    let mut batches = 0;
    length(&raw mut batches).unwrap();
    assert_eq!(batches, 4);
    assert_eq!(length(std::ptr::null_mut()).unwrap_err().0, abi::STATUS_INVALID);
}

#[test]
fn hard_negatives_and_further_passages_arrive_and_an_older_host_has_none() {
    let (pairs, names) = (corpus(), [abi::Str::new("en")]);
    let pairs = pairs.view();
    // The columns of two pairs and of two further passages.
    let four = |of_pairs: &[u32]| [of_pairs, &[0, 0]].concat();
    let (data_set, language, length) =
        (four(pairs.data_set), four(pairs.language), four(pairs.length));
    let (example, group) = (four(pairs.example), four(pairs.group));
    let role = [pairs.role, &[abi::ROLE_PASSAGE; 2]].concat();
    let text_hash = [pairs.text_hash, &[5, 6]].concat();
    let view = abi::CorpusView {
        data_set: data_set.as_ptr(),
        language: language.as_ptr(),
        role: role.as_ptr(),
        example: example.as_ptr(),
        group: group.as_ptr(),
        length: length.as_ptr(),
        text_hash: text_hash.as_ptr(),
        further_passages: 2,
        negatives: csr(&[0, 2, 3], &[3, 5, 4]),
        ..view(&pairs, &names)
    };
    // SAFETY: the columns live through the test.
    let seen = unsafe { crate::Corpus::from_raw(&view) }.unwrap();
    seen.check_layout().unwrap();
    assert_eq!((seen.rows(), seen.examples(), seen.further.len()), (4, 2, 2));
    assert_eq!((seen.further.text_hash, seen.text_hash), (&[5, 6][..], pairs.text_hash));
    let negatives: Vec<&[u32]> = (0..3).map(|pair| seen.negatives(pair)).collect();
    assert_eq!(negatives, [&[3, 5][..], &[4], &[]]);
    let older = abi::CorpusView { struct_size: 112, ..view };
    // SAFETY: a whole struct that says less of itself.
    let older = unsafe { abi::CorpusView::read(&raw const older) }.unwrap();
    // SAFETY: the columns live through the test.
    let seen = unsafe { crate::Corpus::from_raw(&older) }.unwrap();
    seen.check_layout().unwrap();
    assert!(seen.further.is_empty() && seen.negatives(0).is_empty());
}

#[test]
fn a_corpus_without_rows_may_come_as_null_columns() {
    let view = abi::CorpusView::empty();
    drop(create(&raw const view).unwrap());
}

#[test]
fn a_corpus_that_breaks_its_word_is_refused() {
    let (corpus, names) = (corpus(), [abi::Str::new("en")]);
    let corpus = corpus.view();
    let whole = view(&corpus, &names);
    let (gap, nameless) = ([0, 0, 2, 2], [0, 0, 1, 1]);
    let unreadable = [not_utf8()];
    let refused = [
        abi::CorpusView { rows: 3, ..whole },
        abi::CorpusView { rows: usize::MAX, ..whole },
        abi::CorpusView { role: [0, 1, 1, 0].as_ptr(), ..whole },
        abi::CorpusView { example: gap.as_ptr(), ..whole },
        abi::CorpusView { example: nameless.as_ptr(), language: nameless.as_ptr(), ..whole },
        abi::CorpusView { text_hash: std::ptr::null(), ..whole },
        abi::CorpusView { language_names: unreadable.as_ptr(), ..whole },
        abi::CorpusView { struct_size: 40, ..whole },
        abi::CorpusView { further_passages: usize::MAX, ..whole },
        abi::CorpusView { negatives: csr(&[0, 0], &[]), ..whole },
        abi::CorpusView { negatives: csr(&[0, 0, 1], &[0]), ..whole },
        abi::CorpusView { negatives: csr(&[0, 0, 1], &[4]), ..whole },
        abi::CorpusView { negatives: csr(&[0, 1, 0], &[1]), ..whole },
    ];
    for view in refused {
        let failure = create(&raw const view).err().unwrap();
        assert_eq!(failure.0, abi::STATUS_INVALID, "{view:?}");
    }
    assert_eq!(create(std::ptr::null()).err().unwrap().0, abi::STATUS_INVALID);
}
