use triglot_abi::Sized32;

use super::*;
use crate::corpus::TextTable;
use crate::plugin::{Batch, CorpusView, Lists, Sampler};

unsafe extern "C" fn create_over(
    args: *const abi::CreateArgs,
    sampler: *const abi::SamplerArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments and place. The address of the corpus is kept: it outlives the instance.
    unsafe {
        let status = create(args, instance, error);
        (*instance).cast::<u64>().write((*sampler).corpus.expose_provenance() as u64);
        status
    }
}

/// Puts the batch of a case, which is the ordinal.
unsafe extern "C" fn sample(
    instance: *mut c_void,
    _: u64,
    ordinal: u64,
    out: *const abi::BatchSink,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's instance and sink, and the corpus that it was created over.
    unsafe {
        let corpus = std::ptr::with_exposed_provenance(*instance.cast::<u64>() as usize);
        let corpus = abi::CorpusView::read(corpus).unwrap();
        assert_eq!((corpus.rows, corpus.further_passages, corpus.negatives.rows), (4, 1, 2));
        assert_eq!(abi::slice(corpus.negatives.offsets, 3), Some(&[0, 0, 1][..]));
        assert_eq!(abi::slice(corpus.negatives.items, 1), Some(&[4][..]));
        let sink = &*out;
        let put_with = |queries: &[u32], passages: &[u32], offsets: &[u32], items: &[u32]| {
            let negatives = abi::Csr {
                offsets: offsets.as_ptr(),
                items: items.as_ptr(),
                rows: offsets.len().saturating_sub(1),
            };
            let batch = abi::Batch {
                count: queries.len(),
                queries: queries.as_ptr(),
                passages: passages.as_ptr(),
                negatives,
                ..abi::Batch::empty()
            };
            sink.put.unwrap()(sink.context, &raw const batch)
        };
        let put = |queries: &[u32], passages: &[u32], offsets: &[u32]| {
            put_with(queries, passages, offsets, passages)
        };
        match ordinal {
            0 => put(&[0, 2], &[1, 3], &[0, 0, 1]),
            1 => abi::STATUS_OK,
            2 => put(&[0, 2], &[1, 3], &[]) + put(&[0, 2], &[1, 3], &[]),
            3 => put(&[0], &[1], &[]),
            4 => put(&[0, 5], &[1, 3], &[]),
            5 => put(&[0, 1], &[1, 3], &[]),
            6 => put(&[0, 2], &[3, 1], &[]),
            7 => put(&[0, 2], &[1, 3], &[0, 2, 1]),
            8 => put(&[0, 2], &[1, 3], &[0, 1]),
            9 => put(&[0, 2], &[1, 3], &[1, 1, 1]),
            11 => put(&[0, 2], &[1, 4], &[]),
            12 => put_with(&[0, 2], &[1, 3], &[0, 1, 1], &[4]),
            _ => sink.put.unwrap()(sink.context, std::ptr::null()),
        }
    }
}

/// Two pairs, and a further passage that is a hard negative of the second.
fn table() -> TextTable {
    let mut table = TextTable::default();
    (table.data_set, table.language) = (vec![0; 5], vec![0; 5]);
    (table.length, table.text_hash) = (vec![1; 5], vec![1; 5]);
    table.role = vec![0, 1, 0, 1, 1];
    (table.example, table.group) = (vec![0, 0, 1, 1, u32::MAX], vec![0, 0, 0, 0, u32::MAX]);
    table.further_passages = 1;
    let negatives = table.negatives.insert(Lists::default());
    negatives.push([]);
    negatives.push([4]);
    (table.languages, table.data_sets) = (vec!["en".into()], vec!["facts".into()]);
    table
}

fn draw(ordinal: u64) -> Result<Batch, CallError> {
    let functions = abi::Sampler {
        create: Some(create_over),
        destroy: Some(destroy),
        sample: Some(sample),
        ..abi::Sampler::empty()
    };
    let component = component(Kind::Sampler, Functions::Sampler(Arc::new(functions)));
    let table = table();
    let view = CorpusView::new(&table);
    let mut sampler = Sampler::create(&component, &Default::default(), &view, 2, &services())?;
    assert!(sampler.epoch_length().unwrap_err().is_unsupported());
    sampler.sample(1, ordinal)
}

#[test]
fn a_batch_is_taken_with_its_hard_negatives() {
    let batch = draw(0).unwrap();
    assert_eq!((batch.queries, batch.passages), (vec![0, 2], vec![1, 3]));
    assert_eq!(batch.negatives, [vec![], vec![1]].into_iter().collect());
}

#[test]
fn a_passage_that_answers_no_query_is_taken_as_a_hard_negative() {
    assert_eq!(draw(12).unwrap().negatives.items(), [4]);
}

#[test]
fn what_is_no_batch_of_the_corpus_is_refused() {
    let problems = [
        "it said OK and gave none",
        "it gave two batches for one",
        "batch 3: 1 pairs, 2 wanted",
        "batch 4: row 5 of 5",
        "batch 5: row 1 is no query",
        "batch 6: rows 0 and 3 are of different examples",
        "the batch is malformed",
        "the batch is malformed",
        "the batch is malformed",
        "the batch is malformed",
        "batch 11: row 4 answers no query: it may only be a hard negative",
    ];
    for (case, problem) in (1..).zip(problems) {
        assert_eq!(text(draw(case)), format!("cannot draw a batch: {problem}"), "{case}");
    }
}
