//! Optional groups of samplers, augmenters and objectives; that of backends has a file of its own.

use super::specimen::Specimen;
use super::*;
use crate::glue;

/// The group of a name, from a table of whatever kind.
fn group<G: Sized32>(get_extension: abi::GetExtension, name: &str) -> G {
    let get = get_extension.unwrap();
    for other in [name.replace("/1", "/2").as_str(), "triglot.variables/1", ""] {
        // SAFETY: the name lives through the call.
        assert!(unsafe { get(abi::Str::new(other)) }.is_null(), "{other}");
    }
    // SAFETY: as above; the tests ask for the table that belongs to the name.
    unsafe { G::read(get(abi::Str::new(name)).cast()) }.unwrap()
}

unsafe extern "C" fn put_pair(context: *mut c_void, pair: *const abi::LanguagePair) -> abi::Status {
    // SAFETY: the context of `state`; the pair is lent for the call.
    let (taken, pair) = unsafe {
        let taken = &mut *context.cast::<Vec<(u32, u32, f64)>>();
        (taken, abi::LanguagePair::read(pair).unwrap())
    };
    taken.push((pair.query_language, pair.passage_language, pair.probability));
    abi::STATUS_OK
}

/// The unit of a law, and its pairs: two languages and their probability.
type Stated = (u32, Vec<(u32, u32, f64)>);

/// The law over a corpus without rows.
fn state(options: &str) -> Result<Stated, (abi::Status, String)> {
    let table = glue::sampler::table::<Specimen>();
    let law: abi::Law = group(table.get_extension, abi::EXTENSION_LAW);
    let (args, view) = (args(options), abi::CorpusView::empty());
    let sampler =
        abi::SamplerArgs { corpus: &raw const view, batch_size: 2, ..abi::SamplerArgs::empty() };
    let mut instance = std::ptr::null_mut();
    // SAFETY: the arguments live through the call, the corpus through the test.
    call(|error| unsafe {
        let create = table.create.unwrap();
        create(&raw const args, &raw const sampler, &raw mut instance, error)
    })?;
    let made = Made { instance, destroy: table.destroy };
    let (mut unit, mut taken) = (0, Vec::new());
    let sink = abi::LawSink {
        context: (&raw mut taken).cast(),
        put: Some(put_pair),
        ..abi::LawSink::empty()
    };
    let mut sink = Longer::new(sink);
    // SAFETY: place and sink live through the call.
    call(|error| unsafe { law.state.unwrap()(made.instance, &raw mut unit, sink.raw(), error) })?;
    sink.known();
    Ok((unit, taken))
}

#[test]
fn a_law_crosses_pair_by_pair_and_a_sampler_may_state_none() {
    assert_eq!(state("{}").unwrap(), (abi::UNIT_BATCH, vec![(0, 0, 0.25), (0, 1, 0.75)]));
    assert_eq!(state(r#"{"call": "fail"}"#).unwrap_err().0, abi::STATUS_UNSUPPORTED);
    assert_eq!(state(r#"{"call": "panic"}"#).unwrap_err().0, abi::STATUS_PANICKED);
}

unsafe extern "C" fn put_count(context: *mut c_void, name: abi::Str, count: u64) -> abi::Status {
    // SAFETY: the context of the test below; the name is lent for the call.
    let (taken, name) = unsafe {
        (&mut *context.cast::<Vec<(String, u64)>>(), abi::slice(name.data, name.len).unwrap())
    };
    taken.push((String::from_utf8(name.to_vec()).unwrap(), count));
    if count == 5 { 17 } else { abi::STATUS_OK }
}

#[test]
fn counts_cross_by_name_and_the_status_of_the_sink_comes_back() {
    let table = glue::augmenter::table::<Specimen>();
    let counts: abi::Counts = group(table.get_extension, abi::EXTENSION_COUNTS);
    let made = make(table.create, table.destroy, "{}");
    let (two, mut taken) = (TwoTexts::new(), Vec::<(String, u64)>::new());
    let sink = abi::CountSink {
        context: (&raw mut taken).cast(),
        put: Some(put_count),
        ..abi::CountSink::empty()
    };
    for texts in [two.raw(), abi::Texts { count: 0, ..two.raw() }] {
        // SAFETY: texts and sink live through the call.
        let counted = call(|error| unsafe {
            counts.count.unwrap()(made.instance, &raw const texts, &raw const sink, error)
        });
        assert_eq!(counted.err().map(|(status, _)| status), (texts.count == 2).then_some(17));
    }
    let counted = [("texts", 2), ("bytes", 5), ("texts", 0), ("bytes", 0)];
    assert_eq!(taken, counted.map(|(name, count)| (name.to_owned(), count)));
}

#[test]
fn parameters_are_counted_moved_and_saved_where_the_host_says() {
    let table = glue::objective::table::<Specimen>();
    let parameters: abi::Parameters = group(table.get_extension, abi::EXTENSION_PARAMETERS);
    let made = make(table.create, table.destroy, "{}");
    let mut count = 0;
    // SAFETY: the place lives through the call.
    let counted =
        |out| call(|error| unsafe { parameters.count.unwrap()(made.instance, out, error) });
    counted(&raw mut count).unwrap();
    assert_eq!(count, 7);
    assert_eq!(counted(std::ptr::null_mut()).unwrap_err().0, abi::STATUS_INVALID);
    let args = abi::ParameterStep { learning_rate: 0.5, scale: 2.0, ..abi::ParameterStep::empty() };
    let mut args = Longer::new(args);
    // SAFETY: the arguments live through the call.
    let step = call(|error| unsafe { parameters.step.unwrap()(made.instance, args.raw(), error) });
    assert_eq!(step.unwrap_err(), (abi::STATUS_FAILED, "0.5 2".into()));
    let folder = abi::Str::new("/a/folder");
    // SAFETY: the path is static.
    let saved = call(|error| unsafe { parameters.save.unwrap()(made.instance, folder, error) });
    assert_eq!(saved.unwrap_err(), (abi::STATUS_FAILED, "/a/folder".into()));
    // SAFETY: as above.
    let loaded = call(|error| unsafe { parameters.load.unwrap()(made.instance, folder, error) });
    assert_eq!(loaded.unwrap_err().0, abi::STATUS_UNSUPPORTED);
}
