//! Events: what the journal holds, and the few kinds that a tracking server needs to know.
//!
//! To the journal every event is a kind and a JSON value, so that a run may record whatever it likes. The types that
//! implement [`Record`] fix the name and the shape of the kinds that somebody else reads.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::number;

/// One event, as it was read from the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event's place in its journal, counted from 0 without a gap.
    pub seq: u64,
    /// When the event was appended, to the millisecond.
    pub time: Timestamp,
    /// What kind of event it is.
    pub kind: String,
    /// What the event says.
    pub data: Value,
}

impl Event {
    /// The event as a `T`: `None` if it is of another kind, an error if its data has another shape.
    pub fn decode<T: Record>(&self) -> Option<serde_json::Result<T>> {
        (self.kind == T::KIND).then(|| T::deserialize(&self.data))
    }
}

/// A kind of event with a fixed name and shape.
pub trait Record: Serialize + DeserializeOwned {
    /// The name of the kind.
    const KIND: &'static str;
    /// Whether the event has to outlive a loss of power from the moment it is recorded.
    const DURABLE: bool = false;
}

/// A run has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The name of the run, for people.
    pub name: String,
    /// What the run was asked to do, as flat names and values.
    pub parameters: BTreeMap<String, Value>,
}

impl Record for RunStarted {
    const KIND: &'static str = "run-started";
    const DURABLE: bool = true;
}

/// One measured value. NaN and the infinities are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What was measured, for example `train/loss`.
    pub key: String,
    /// The step at which it was measured.
    pub step: u64,
    /// The value.
    #[serde(with = "number::one")]
    pub value: f64,
}

impl Record for Metric {
    const KIND: &'static str = "metric";
}

/// Several values, measured at one step. NaN and the infinities are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The step at which they were measured.
    pub step: u64,
    /// The values, each under the name of what was measured.
    #[serde(with = "number::named")]
    pub values: BTreeMap<String, f64>,
}

impl Metrics {
    /// The same values one by one.
    pub fn iter(&self) -> impl Iterator<Item = Metric> {
        self.values.iter().map(|(key, value)| Metric {
            key: key.clone(),
            step: self.step,
            value: *value,
        })
    }
}

impl Record for Metrics {
    const KIND: &'static str = "metrics";
}

/// A file or a folder of the run is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Where it lies, relative to the folder of the journal, with `/` between the parts.
    pub path: String,
}

impl Record for Artifact {
    const KIND: &'static str = "artifact";
    const DURABLE: bool = true;
}

/// The run has changed its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The new state.
    pub status: State,
    /// Why, where there is something to say: the error of a failed run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Record for Status {
    const KIND: &'static str = "status";
    const DURABLE: bool = true;
}

/// The states of a run. A run that was killed is left `running` in its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// At work, for the first time or again.
    Running,
    /// Done.
    Finished,
    /// Stopped by an error.
    Failed,
    /// Stopped by the user, and resumable.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn through_json<T: Record>(record: &T) -> T {
        serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
    }

    /// Equality of numbers to the bit, but for the payload of a NaN, which JSON has no room for.
    fn same(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    }

    proptest! {
        #[test]
        fn a_metric_keeps_every_value_to_the_bit(value in any::<f64>(), step: u64, key: String) {
            let metric = Metric { key, step, value };
            let back = through_json(&metric);
            prop_assert_eq!((&back.key, back.step), (&metric.key, step));
            prop_assert!(same(back.value, value), "{} became {}", value, back.value);
        }

        #[test]
        fn metrics_of_one_step_keep_every_value_to_the_bit(
            step: u64,
            values in prop::collection::btree_map(any::<String>(), any::<f64>(), 0..6),
        ) {
            let back = through_json(&Metrics { step, values: values.clone() });
            prop_assert!(back.values.keys().eq(values.keys()));
            prop_assert!(back.iter().zip(values.values()).all(|(metric, value)| same(metric.value, *value)));
        }
    }

    #[test]
    fn values_that_are_not_finite_are_written_by_name() {
        for (value, written) in
            [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")]
        {
            let metric = Metric { key: "loss".into(), step: 3, value };
            assert_eq!(serde_json::to_value(&metric).unwrap()["value"], json!(written));
            assert!(same(through_json(&metric).value, value));
        }
    }

    #[test]
    fn another_word_is_no_number() {
        let error =
            serde_json::from_value::<Metric>(json!({"key": "loss", "step": 3, "value": "nan"}))
                .unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"invalid value: string "nan", expected a number, "NaN", "Infinity" or "-Infinity""#
        );
    }

    #[test]
    fn an_event_decodes_only_as_its_own_kind() {
        let status = Status { status: State::Failed, message: Some("out of memory".into()) };
        let event = Event {
            seq: 0,
            time: Timestamp::UNIX_EPOCH,
            kind: Status::KIND.into(),
            data: serde_json::to_value(&status).unwrap(),
        };
        assert_eq!(event.decode::<Status>().unwrap().unwrap(), status);
        assert!(event.decode::<Artifact>().is_none());
        assert!(
            Event { data: json!({"status": "asleep"}), ..event }
                .decode::<Status>()
                .unwrap()
                .is_err()
        );
    }
}
