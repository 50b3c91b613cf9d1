//! What a journal promises, whatever is written to it and whatever happens to its bytes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_track::{
    Error, Event, Events, Journal, Metric, Record, RunStarted, State, Status, read,
};

/// A place for one journal, removed at the end of the test.
struct Place {
    path: PathBuf,
    _folder: TempDir,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { path: folder.path().join("journal.jsonl"), _folder: folder }
}

fn write(place: &Place, events: &[(String, Value)]) -> Vec<u8> {
    let mut journal = Journal::create(&place.path).unwrap();
    for (seq, (kind, data)) in events.iter().enumerate() {
        assert_eq!(journal.append(kind, data).unwrap(), seq as u64);
    }
    fs::read(&place.path).unwrap()
}

fn kinds_and_data(events: Vec<Event>) -> Vec<(String, Value)> {
    events.into_iter().map(|event| (event.kind, event.data)).collect()
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_events(most: usize) -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::vec((any::<String>(), any_value()), 0..=most)
}

/// Cuts the journal to `length` bytes, and checks what is left and what may follow.
fn check_truncation(events: &[(String, Value)], bytes: &[u8], length: usize) -> TestCaseResult {
    let place = place();
    let left = &bytes[..length];
    fs::write(&place.path, left).unwrap();
    let whole = left.iter().filter(|byte| **byte == b'\n').count();
    let torn_bytes = left.rsplit(|byte| *byte == b'\n').next().unwrap().len() as u64;

    let before = read(&place.path).unwrap();
    prop_assert_eq!(before.torn.map(|torn| torn.bytes), (torn_bytes > 0).then_some(torn_bytes));
    prop_assert_eq!(kinds_and_data(before.events), &events[..whole]);

    let mut journal = Journal::open(&place.path).unwrap();
    prop_assert_eq!(journal.recovered(), before.torn);
    prop_assert_eq!(journal.append("after", &length).unwrap(), whole as u64);
    drop(journal);

    let after = read(&place.path).unwrap();
    prop_assert_eq!(after.torn, None);
    prop_assert_eq!(after.events.len(), whole + 1);
    prop_assert_eq!(kinds_and_data(after.events)[..whole].to_vec(), &events[..whole]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_events_reads_back_equal(events in any_events(12)) {
        let place = place();
        write(&place, &events);
        let read = read(&place.path).unwrap();
        prop_assert_eq!(read.torn, None);
        prop_assert!(read.events.iter().enumerate().all(|(index, event)| event.seq == index as u64));
        prop_assert_eq!(kinds_and_data(read.events), events);
    }

    #[test]
    fn a_journal_goes_on_where_it_was_closed(first in any_events(4), second in any_events(4)) {
        let place = place();
        write(&place, &first);
        let mut journal = Journal::open(&place.path).unwrap();
        prop_assert_eq!(journal.recovered(), None);
        for (kind, data) in &second {
            journal.append(kind, data).unwrap();
        }
        prop_assert_eq!(journal.next_seq() as usize, first.len() + second.len());
        prop_assert_eq!(kinds_and_data(read(&place.path).unwrap().events), [first, second].concat());
    }

    #[test]
    fn cutting_the_file_anywhere_loses_the_torn_line_and_no_more(
        events in any_events(4), at in any::<prop::sample::Index>(),
    ) {
        let bytes = write(&place(), &events);
        check_truncation(&events, &bytes, at.index(bytes.len() + 1))?;
    }

    #[test]
    fn changing_any_byte_is_noticed(
        events in any_events(4), at in any::<prop::sample::Index>(), mask in 1u8..,
    ) {
        prop_assume!(!events.is_empty());
        let place = place();
        let mut bytes = write(&place, &events);
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        fs::write(&place.path, &bytes).unwrap();
        prop_assert!(read(&place.path).map_or(true, |read| read.torn.is_some()), "byte {} of {:?}", at, bytes);
    }
}

#[test]
fn a_small_journal_survives_a_cut_at_every_single_byte() {
    let events = [
        ("note".to_owned(), json!("two\nlines, naïve 日本語")),
        ("metric".to_owned(), json!({"value": 0.1})),
        ("status".to_owned(), json!(null)),
    ];
    let bytes = write(&place(), &events);
    for length in 0..=bytes.len() {
        check_truncation(&events, &bytes, length).unwrap();
    }
}

#[test]
fn a_bad_line_before_the_last_is_an_error_that_names_the_line() {
    let place = place();
    let mut bytes = write(&place, &[1, 2, 3].map(|value| ("count".to_owned(), json!(value))));
    let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    bytes[second + 8] = b'7';
    fs::write(&place.path, &bytes).unwrap();

    let message = read(&place.path).unwrap_err().to_string();
    assert!(
        message.starts_with(&format!("{}:2: the journal is damaged: ", place.path.display())),
        "{message}"
    );
    assert!(matches!(Journal::open(&place.path), Err(Error::Damaged { line: 2, .. })));
    assert_eq!(fs::read(&place.path).unwrap(), bytes, "a damaged journal is left as it is");
}

#[test]
fn a_missing_line_is_an_error_even_at_the_end() {
    let place = place();
    let bytes = write(&place, &[1, 2].map(|value| ("count".to_owned(), json!(value))));
    let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&place.path, &bytes[second..]).unwrap();

    let message = read(&place.path).unwrap_err().to_string();
    assert!(message.ends_with("the event has the number 1 where 0 was due"), "{message}");
}

#[test]
fn the_iterator_ends_with_its_first_error() {
    let place = place();
    write(&place, &[1, 2].map(|value| ("count".to_owned(), json!(value))));
    let text = fs::read_to_string(&place.path).unwrap();
    fs::write(&place.path, format!("{text}no event\n{text}")).unwrap();

    let items: Vec<bool> = Events::open(&place.path).unwrap().map(|item| item.is_ok()).collect();
    assert_eq!(items, [true, true, false]);
}

#[test]
fn a_journal_has_one_writer_and_any_number_of_readers() {
    let place = place();
    let mut journal = Journal::create(&place.path).unwrap();
    journal.append("note", "first").unwrap();

    let error = Journal::open(&place.path).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }));
    assert_eq!(
        error.to_string(),
        format!("cannot write the journal {}: another process is writing it", place.path.display())
    );
    assert_eq!(read(&place.path).unwrap().events.len(), 1);

    drop(journal);
    assert_eq!(Journal::open(&place.path).unwrap().next_seq(), 1);
}

#[test]
fn creating_never_touches_a_file_that_exists() {
    let place = place();
    let bytes = write(&place, &[("note".to_owned(), json!("keep me"))]);
    assert!(matches!(Journal::create(&place.path), Err(Error::Exists { .. })));
    assert_eq!(fs::read(&place.path).unwrap(), bytes);
}

#[test]
fn opening_a_missing_journal_names_it() {
    let place = place();
    let message = Journal::open(&place.path).unwrap_err().to_string();
    assert!(
        message.starts_with(&format!("cannot open the journal {}: ", place.path.display())),
        "{message}"
    );
    assert!(!place.path.exists());
}

#[test]
fn an_event_that_cannot_be_written_leaves_the_journal_usable() {
    let place = place();
    let mut journal = Journal::create(&place.path).unwrap();
    let deep = (0..200).fold(json!(0), |inner, _| json!([inner]));
    let error = journal.append("deep", &deep).unwrap_err();
    assert!(matches!(&error, Error::Unwritable { kind, .. } if kind == "deep"), "{error}");
    assert_eq!(journal.append("flat", &1).unwrap(), 0);
    assert_eq!(read(&place.path).unwrap().events.len(), 1);
}

#[test]
fn fixed_kinds_come_back_as_they_were_recorded() {
    let place = place();
    let started = RunStarted {
        name: "hybrid".into(),
        parameters: [("seed".to_owned(), json!(13)), ("train.batch_size".to_owned(), json!(32))]
            .into(),
    };
    let metric = Metric { key: "train/loss".into(), step: 1, value: f64::INFINITY };
    let status = Status { status: State::Finished, message: None };
    let mut journal = Journal::create(&place.path).unwrap();
    journal.record(&started).unwrap();
    journal.record(&metric).unwrap();
    journal.record(&status).unwrap();

    fn only<R: Record>(events: &[Event]) -> R {
        let mut found = events.iter().filter_map(Event::decode::<R>).map(Result::unwrap);
        let first = found.next().unwrap();
        assert!(found.next().is_none());
        first
    }
    let events = read(&place.path).unwrap().events;
    assert_eq!(only::<RunStarted>(&events), started);
    assert_eq!(only::<Metric>(&events), metric);
    assert_eq!(only::<Status>(&events), status);
}
