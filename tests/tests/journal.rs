//! What the tests ask of a run's journal.

use std::path::Path;

use triglot_track::{Event, Metrics, Record, Status};

/// The events of the journal in a run's folder.
///
/// # Panics
/// If it is damaged or torn.
pub fn events(run: &Path) -> Vec<Event> {
    let read = triglot_track::read(run.join("journal.jsonl")).unwrap();
    assert_eq!(read.torn, None);
    read.events
}

/// The values of a metric, by step.
pub fn values(events: &[Event], key: &str) -> Vec<(u64, f64)> {
    all::<Metrics>(events)
        .iter()
        .filter_map(|metrics| Some((metrics.step, *metrics.values.get(key)?)))
        .collect()
}

/// The last status.
pub fn status(events: &[Event]) -> Status {
    all::<Status>(events).pop().unwrap()
}

/// Every event of a kind.
pub fn all<R: Record>(events: &[Event]) -> Vec<R> {
    events.iter().filter_map(|event| event.decode::<R>()).map(Result::unwrap).collect()
}
