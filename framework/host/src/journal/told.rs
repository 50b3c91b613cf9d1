//! What a journal says already, when its run goes on from an earlier step.
//!
//! The steps between the checkpoint and the end of the journal are taken again. They are not told twice, but compared:
//! a run is a function of its manifest, so a value that comes out otherwise, in one bit, says that something it depends
//! on has changed without a name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use triglot_track as track;

use super::{FILE, failed, pruned};
use crate::error::{Error, Result};

/// Values and artifacts that the journal holds.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The last value of each metric at the steps that are taken again.
    values: BTreeMap<(u64, String), f64>,
    artifacts: BTreeSet<String>,
    /// Whether other values are told beside those that the journal has, since what the run is made from has changed.
    changed: bool,
    warned: bool,
}

impl Told {
    /// Reads what a journal says of the steps from `step` on, and of artifacts.
    pub(super) fn read(folder: &Path, step: u64, changed: bool) -> Result<Self> {
        let mut told = Self { changed, ..Self::default() };
        for event in track::Events::open(folder.join(FILE)).map_err(failed)? {
            let event = event.map_err(failed)?;
            if let Some(Ok(metrics)) = event.decode::<track::Metrics>() {
                let again = metrics.iter().filter(|metric| metric.step >= step);
                told.values.extend(again.map(|metric| ((metric.step, metric.key), metric.value)));
            } else if let Some(Ok(artifact)) = event.decode::<track::Artifact>() {
                told.artifacts.insert(artifact.path);
            } else if let Some(path) = pruned(&event) {
                told.artifacts.remove(path);
            }
        }
        Ok(told)
    }

    /// The values measured at a step that are still to be told.
    pub(super) fn news(
        &mut self,
        step: u64,
        values: Vec<(String, f64)>,
    ) -> Result<BTreeMap<String, f64>> {
        let mut news = BTreeMap::new();
        for (key, value) in values {
            let told = self.values.get(&(step, key.clone())).copied();
            match told {
                Some(told) if same(told, value) => {}
                Some(told) if !self.changed => {
                    return Err(Error::failed(format!(
                        "the run does not go on as it was\n  step: {step}\n  metric: `{key}` is {value:?} now, the journal has {told:?}\n  \
                         something that the run depends on has changed; to accept it, resume with --allow-changed"
                    )));
                }
                Some(told) => {
                    if !std::mem::replace(&mut self.warned, true) {
                        tracing::warn!(
                            "from step {step} on the run goes otherwise than before: `{key}` is {value:?}, the journal has {told:?}; it gets the new values too"
                        );
                    }
                    news.insert(key, value);
                }
                None => {
                    news.insert(key, value);
                }
            }
        }
        Ok(news)
    }

    /// Whether an artifact is still to be told.
    pub(super) fn is_new(&mut self, path: &str) -> bool {
        self.artifacts.insert(path.to_owned())
    }

    /// Whether an artifact is told and not yet taken back, which it is now.
    pub(super) fn takes_back(&mut self, path: &str) -> bool {
        self.artifacts.remove(path)
    }
}

/// Equality of numbers to the bit, but for the payload of a NaN, which JSON has no room for.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use super::super::Journal;
    use super::*;

    fn metrics(folder: &Path) -> Vec<track::Metrics> {
        let events = track::read(folder.join(FILE)).unwrap().events;
        events.iter().filter_map(|event| event.decode().map(Result::unwrap)).collect()
    }

    fn values(loss: f64) -> Vec<(String, f64)> {
        vec![("loss".to_owned(), loss), ("rate".to_owned(), 0.5)]
    }

    /// A journal of three steps, gone on with from step 1.
    fn resumed(folder: &Path, changed: bool) -> Journal {
        let mut journal =
            Journal::create(folder.to_path_buf(), "a".into(), BTreeMap::new()).unwrap();
        (1..=3).for_each(|step| journal.metrics(step, values(step as f64)).unwrap());
        journal.artifact("checkpoints/step-000001").unwrap();
        drop(journal);
        let mut journal = Journal::open(folder).unwrap();
        journal.go_on(1, changed).unwrap();
        journal
    }

    #[test]
    fn steps_that_are_taken_again_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = resumed(folder.path(), false);
        (2..=4).for_each(|step| journal.metrics(step, values(step as f64)).unwrap());
        journal.artifact("checkpoints/step-000001").unwrap();
        let told: Vec<u64> = metrics(folder.path()).iter().map(|metrics| metrics.step).collect();
        assert_eq!(told, [1, 2, 3, 4]);
        let events = track::read(folder.path().join(FILE)).unwrap().events;
        assert_eq!(events.iter().filter(|event| event.kind == "artifact").count(), 1);
    }

    #[test]
    fn another_value_is_refused_by_step_and_metric() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = resumed(folder.path(), false);
        let error = journal.metrics(2, values(2.0_f64.next_up())).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let error = error.to_string();
        assert!(error.contains("step: 2"), "{error}");
        assert!(error.contains("`loss` is 2.0000000000000004 now, the journal has 2.0"), "{error}");
    }

    #[test]
    fn another_value_is_told_too_where_the_change_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = resumed(folder.path(), true);
        journal.metrics(2, values(7.0)).unwrap();
        let told = metrics(folder.path()).pop().unwrap();
        assert_eq!((told.step, told.values), (2, BTreeMap::from([("loss".to_owned(), 7.0)])));
    }

    #[test]
    fn an_artifact_that_was_removed_may_be_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = resumed(folder.path(), false);
        for _ in 0..2 {
            journal.pruned("checkpoints/step-000001").unwrap();
        }
        journal.artifact("checkpoints/step-000001").unwrap();
        let events = track::read(folder.path().join(FILE)).unwrap().events;
        let kinds: Vec<&str> = events.iter().rev().take(2).map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["artifact", "pruned"]);
        assert_eq!(events.iter().filter(|event| event.kind == "pruned").count(), 1);
    }
}
