//! Places in the manifest's tree, and the addresses by which people speak of them.
//!
//! An address is a dotted TOML key, so that what `--set` takes, what a sweep writes, what a profile may write and
//! what an error prints are one language. It goes on where TOML stops: a segment under an array means the entry of
//! that name (`use`, for an entry without a name) or index. A [`Place`] is the same path with every name resolved
//! to its index; origins are kept by place, so that renaming an entry loses nothing.

use serde_json::Value;
use toml_edit::Key;

/// Deeper than any sensible address; it bounds the recursion of everything that walks a tree.
const DEEPEST: usize = 32;

/// One step down the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Into a table.
    Key(String),
    /// Into an array.
    Index(usize),
}

/// A path from the root of the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) Vec<Step>);

impl Place {
    /// The place of `key` in the table at this place.
    pub(super) fn key(&self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// The place of the entry `index` in the array at this place.
    pub(super) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// This place, then every place around it, up to the root.
    pub(super) fn outwards(&self) -> impl Iterator<Item = Self> + '_ {
        (0..=self.0.len()).rev().map(|length| Self(self.0.iter().take(length).cloned().collect()))
    }
}

/// Takes an address apart.
///
/// # Errors
///
/// What is wrong with the address, as a sentence.
pub(super) fn segments(address: &str) -> Result<Vec<String>, String> {
    let keys = Key::parse(address).map_err(|_| {
        format!(
            "`{address}` is not an address: segments are joined by dots, and one that holds anything but letters, \
             digits, `-` and `_` stands in quotes"
        )
    })?;
    shallow_enough(keys.len())?;
    Ok(keys.iter().map(|key| key.get().to_owned()).collect())
}

/// Refuses an address of too many segments.
pub(super) fn shallow_enough(segments: usize) -> Result<(), String> {
    if segments <= DEEPEST {
        return Ok(());
    }
    Err(format!("the address has {segments} segments, at most {DEEPEST} are read"))
}

/// The name by which an entry of an array is addressed, where it has one.
pub(super) fn label(entry: &Value) -> Option<&str> {
    entry.get("name").or_else(|| entry.get("use")).and_then(Value::as_str)
}

/// The index of the entry that `segment` means.
///
/// # Errors
///
/// Why it means none, as a sentence.
pub(super) fn entry(entries: &[Value], segment: &str) -> Result<usize, String> {
    if is_index(segment) {
        return segment
            .parse()
            .ok()
            .filter(|index| *index < entries.len())
            .ok_or_else(|| format!("there is no entry {segment}"));
    }
    let mut named = (0..).zip(entries).filter(|(_, entry)| label(entry) == Some(segment));
    match (named.next(), named.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(format!("several entries are called `{segment}`")),
        (None, _) => Err(format!("there is no entry `{segment}`")),
    }
}

/// Digits alone are an index, never a name; the check of names refuses such names.
pub(super) fn is_index(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// The segments by which the entries of an array may be addressed, as a list for people.
pub(super) fn entries_for_people(entries: &[Value]) -> String {
    let labels: Vec<_> = entries.iter().filter_map(label).map(show_key).collect();
    let indices = match entries.len() {
        0 => "nothing, the list is empty".to_owned(),
        1 => "the index 0".to_owned(),
        many => format!("an index from 0 to {}", many - 1),
    };
    if labels.is_empty() { indices } else { format!("{}; or {indices}", labels.join(", ")) }
}

/// The place that the segments lead to, names resolved as far as the tree goes.
pub(super) fn locate(root: &Value, segments: &[String]) -> Place {
    let mut place = Place::default();
    let mut here = Some(root);
    for segment in segments {
        if let Some(Value::Array(entries)) = here
            && let Ok(index) = entry(entries, segment)
        {
            place = place.index(index);
            here = entries.get(index);
        } else {
            place = place.key(segment);
            here = here.and_then(|value| value.as_object()).and_then(|table| table.get(segment));
        }
    }
    place
}

/// The value at a place, to be changed.
pub(super) fn value_at_mut<'a>(root: &'a mut Value, place: &Place) -> Option<&'a mut Value> {
    place.0.iter().try_fold(root, |value, step| match step {
        Step::Key(key) => value.as_object_mut()?.get_mut(key),
        Step::Index(index) => value.as_array_mut()?.get_mut(*index),
    })
}

/// The value at a place.
pub(super) fn value_at<'a>(root: &'a Value, place: &Place) -> Option<&'a Value> {
    place.0.iter().try_fold(root, |value, step| match step {
        Step::Key(key) => value.as_object()?.get(key),
        Step::Index(index) => value.as_array()?.get(*index),
    })
}

/// The address of a place, by names where the names tell the entries apart.
pub(super) fn show(place: &Place, root: &Value) -> String {
    let mut here = Some(root);
    let mut shown = Vec::with_capacity(place.0.len());
    for step in &place.0 {
        match step {
            Step::Key(key) => {
                shown.push(show_key(key));
                here = here.and_then(|value| value.as_object()).and_then(|table| table.get(key));
            }
            Step::Index(index) => {
                let entries = here.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                here = entries.get(*index);
                let name = here
                    .and_then(|entry| entry.get("name"))
                    .and_then(Value::as_str)
                    .filter(|name| !is_index(name) && entry(entries, name) == Ok(*index));
                shown.push(name.map_or_else(|| index.to_string(), show_key));
            }
        }
    }
    shown.join(".")
}

/// A segment as it is written in an address, in quotes where it needs them.
pub(super) fn show_key(key: &str) -> String {
    Key::new(key).display_repr().into_owned()
}
