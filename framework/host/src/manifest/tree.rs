//! A tree of values of which every node knows its origin, and how one tree is laid over another.
//!
//! figment merges the tables. It merges arrays by replacing them, so a change to one entry of an array is first
//! widened to the whole array with that entry changed; the same walk resolves names to entries and moves the
//! origins. A table over an array addresses its entries; an array over an array replaces it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Serialized;
use serde_json::{Map, Value};

use super::address::{self, Place};
use super::origin::Origin;
use crate::error::{Diagnostic, Result};

/// Values and their origins. Layers and the manifest made of them have the same shape.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The manifest file, for errors.
    pub(super) file: PathBuf,
    /// The values.
    pub(super) value: Value,
    /// The origin of every node that a layer set; a node without one is a default or inherits from around it.
    pub(super) origins: BTreeMap<Place, Origin>,
}

impl Tree {
    /// An empty table.
    pub(super) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), value: Value::Object(Map::new()), origins: BTreeMap::new() }
    }

    /// `value` at the end of the path `segments`, and nothing else, all of one origin.
    pub(super) fn single(file: &Path, segments: &[String], value: Value, origin: Origin) -> Self {
        let nest =
            |inner, segment: &String| Value::Object(Map::from_iter([(segment.clone(), inner)]));
        Self {
            file: file.to_owned(),
            value: segments.iter().rev().fold(value, nest),
            origins: BTreeMap::from([(Place::default(), origin)]),
        }
    }

    /// The origin of a place, or of the nearest place around it that has one.
    pub(super) fn nearest_origin(&self, at: &Place) -> Option<&Origin> {
        at.outwards().find_map(|place| self.origins.get(&place))
    }

    /// A diagnostic about a place: its file and line or its layer, and its address.
    pub(super) fn diagnostic(&self, at: &Place, problem: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(problem).file(&self.file);
        if !at.0.is_empty() {
            diagnostic.key = Some(address::show(at, &self.value));
        }
        match self.nearest_origin(at) {
            Some(
                origin @ (Origin::Environment { .. }
                | Origin::Set { .. }
                | Origin::Sweep { line: None, .. }),
            ) => {
                diagnostic.layer = Some(origin.to_string());
            }
            origin => diagnostic.line = origin.and_then(Origin::line),
        }
        diagnostic
    }

    /// Takes the table under a top-level key out of the tree, as a tree of its own.
    pub(super) fn split_off(&mut self, key: &str) -> Option<Self> {
        let value = self.value.as_object_mut()?.shift_remove(key)?;
        let root = Place::default().key(key);
        let (inside, outside) = std::mem::take(&mut self.origins)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(place, _)| place.0.starts_with(&root.0));
        self.origins = outside;
        let rebase = |(place, origin): (Place, Origin)| {
            (Place(place.0.into_iter().skip(1).collect()), origin)
        };
        Some(Self {
            file: self.file.clone(),
            value,
            origins: inside.into_iter().map(rebase).collect(),
        })
    }

    /// Lays `layer` over this tree; a layer that does not fit changes nothing.
    pub(super) fn lay(&mut self, layer: &Self) -> Result<()> {
        let mut laying = Laying { base: self, layer, origins: self.origins.clone() };
        let root = Place::default();
        let over = laying.widen(Some(&self.value), &layer.value, &root, &root)?;
        let origins = laying.origins;
        self.value = merge(&self.value, over)?;
        self.origins = origins;
        Ok(())
    }
}

struct Laying<'a> {
    base: &'a Tree,
    layer: &'a Tree,
    origins: BTreeMap<Place, Origin>,
}

impl Laying<'_> {
    /// Turns `over`, which stands at `from` in the layer, into what figment has to merge at `at`.
    fn widen(
        &mut self,
        under: Option<&Value>,
        over: &Value,
        at: &Place,
        from: &Place,
    ) -> Result<Value> {
        match (under, over) {
            (Some(Value::Object(under)), Value::Object(over)) => over
                .iter()
                .map(|(key, over)| {
                    let widened = self.widen(under.get(key), over, &at.key(key), &from.key(key))?;
                    Ok((key.clone(), widened))
                })
                .collect(),
            (Some(Value::Array(entries)), Value::Object(over)) => {
                let mut whole = entries.clone();
                for (segment, over) in over {
                    let from = from.key(segment);
                    let index = address::entry(&whole, segment)
                        .map_err(|problem| self.misfit(problem, &whole, segment, at, &from))?;
                    let widened = self.widen(whole.get(index), over, &at.index(index), &from)?;
                    if let Some(entry) = whole.get_mut(index) {
                        *entry = merge(entry, widened)?;
                    }
                }
                Ok(Value::Array(whole))
            }
            _ => {
                self.origins.retain(|place, _| !place.0.starts_with(&at.0));
                self.mark(over, at, from);
                Ok(over.clone())
            }
        }
    }

    /// Gives every node of a value that is taken over whole the origin that it has in the layer.
    fn mark(&mut self, value: &Value, at: &Place, from: &Place) {
        if let Some(origin) = self.layer.nearest_origin(from) {
            self.origins.insert(at.clone(), origin.clone());
        }
        match value {
            Value::Object(table) => {
                table
                    .iter()
                    .for_each(|(key, value)| self.mark(value, &at.key(key), &from.key(key)));
            }
            Value::Array(entries) => {
                (0..).zip(entries).for_each(|(index, value)| {
                    self.mark(value, &at.index(index), &from.index(index))
                });
            }
            _ => {}
        }
    }

    fn misfit(
        &self,
        problem: String,
        entries: &[Value],
        segment: &str,
        at: &Place,
        from: &Place,
    ) -> Diagnostic {
        Diagnostic {
            key: Some(address::show(&at.key(segment), &self.base.value)),
            ..self.layer.diagnostic(from, problem)
        }
        .nearest(segment, entries.iter().filter_map(address::label))
        .allowed(address::entries_for_people(entries))
    }
}

/// Lays one table over another; anything else replaces what was there.
fn merge(base: &Value, over: Value) -> Result<Value> {
    if !(base.is_object() && over.is_object()) {
        return Ok(over);
    }
    Figment::from(Serialized::defaults(base))
        .merge(Serialized::defaults(&over))
        .extract::<Value>()
        .map(|merged| in_order(merged, &[base, &over]))
        .map_err(|error| Diagnostic::new(error.to_string()).into())
}

/// Puts keys back into the order of `models`: figment sorts them, but the order of a sweep's variants is the
/// order of its trials.
fn in_order(value: Value, models: &[&Value]) -> Value {
    match value {
        Value::Object(mut table) => {
            let mut ordered = Map::with_capacity(table.len());
            for key in models.iter().filter_map(|model| model.as_object()).flat_map(Map::keys) {
                if let Some((key, value)) = table.remove_entry(key) {
                    let inner: Vec<_> = models.iter().filter_map(|model| model.get(&key)).collect();
                    ordered.insert(key, in_order(value, &inner));
                }
            }
            ordered.extend(table);
            Value::Object(ordered)
        }
        Value::Array(entries) => {
            let entry = |(index, value)| {
                let inner: Vec<_> = models.iter().filter_map(|model| model.get(index)).collect();
                in_order(value, &inner)
            };
            entries.into_iter().enumerate().map(entry).collect()
        }
        scalar => scalar,
    }
}
