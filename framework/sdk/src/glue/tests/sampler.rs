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
    ];
    for view in refused {
        let failure = create(&raw const view).err().unwrap();
        assert_eq!(failure.0, abi::STATUS_INVALID, "{view:?}");
    }
    assert_eq!(create(std::ptr::null()).err().unwrap().0, abi::STATUS_INVALID);
}
