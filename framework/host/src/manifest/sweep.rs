//! Trials: every variant × every point of the grid × every seed, each a manifest of its own.
//!
//! A trial is the base manifest with overrides, laid on and checked exactly as `--set` would, so whatever a trial
//! does can be had again with `triglot run --set`.

use indexmap::IndexMap;
use serde_json::Value;

use super::address::{self, Place};
use super::origin::Origin;
use super::render::set_text;
use super::tree::Tree;
use super::types::Sweep;
use super::{Manifest, nothing_wrong};
use crate::error::{Diagnostic, Error, Result};

/// More trials than anybody runs one after another; a grid that asks for more is a slip.
const MOST_TRIALS: usize = 10_000;
/// The longest value that a trial's name spells out.
const LONGEST_VALUE: usize = 32;
/// The longest file name that is not cut; file systems end at 255 bytes.
const LONGEST_FILE_NAME: usize = 120;

/// One manifest of a sweep.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The name for people, for example `hybrid/share=0.5/seed=2`; unique in the sweep.
    pub name: String,
    /// The same as the name of a file or folder, unique too.
    pub file_name: String,
    /// The variant, where the sweep has variants.
    pub variant: Option<String>,
    /// The point of the grid: addresses and values, in the grid's order.
    pub point: Vec<(String, Value)>,
    /// The seed.
    pub seed: u64,
    /// The manifest with the trial's overrides, without the sweep.
    pub manifest: Manifest,
}

/// A value of the grid with the text that stands for it in names.
type Choice<'a> = (&'a str, &'a Value, String);

impl Manifest {
    /// The trials of the sweep, in the order of the file: variants outermost, then the grid, then seeds.
    ///
    /// # Errors
    ///
    /// When there is no sweep, when an address leads nowhere, or when a trial is not a valid manifest.
    pub fn trials(&self) -> Result<Vec<Trial>> {
        let Some(sweep) = &self.experiment.sweep else {
            return Err(Diagnostic::new("the manifest has no sweep")
                .file(&self.path)
                .allowed("a table such as `[sweep]` with `seeds = [1, 2, 3]`, `grid` or `variants`")
                .into());
        };
        self.check_addresses(sweep)?;
        let points = points(&sweep.grid);
        let variants: Vec<Option<&String>> = some_or_none(sweep.variants.keys());
        let seeds: Vec<Option<u64>> = some_or_none(sweep.seeds.iter().copied());
        let count = points.as_ref().map_or(usize::MAX, Vec::len).saturating_mul(variants.len());
        if count.saturating_mul(seeds.len()) > MOST_TRIALS {
            let at = Place::default().key("sweep");
            return Err(self
                .tree
                .diagnostic(&at, format!("the sweep has more than {MOST_TRIALS} trials"))
                .into());
        }
        let points = points.unwrap_or_default();
        let mut trials = Vec::new();
        for variant in variants {
            for point in &points {
                for seed in &seeds {
                    trials.push(self.trial(sweep, variant, point, *seed)?);
                }
            }
        }
        Ok(trials)
    }

    /// Addresses that cannot be laid over a manifest, whatever it holds.
    fn check_addresses(&self, sweep: &Sweep) -> Result<()> {
        let root = Place::default().key("sweep");
        let grid = sweep.grid.keys().map(|key| (root.key("grid").key(key), key));
        let variants = sweep.variants.iter().flat_map(|(variant, overrides)| {
            let at = root.key("variants").key(variant);
            overrides.keys().map(move |key| (at.key(key), key))
        });
        let problem = |key: &str| match address::segments(key) {
            Err(problem) => Some(problem),
            Ok(segments) => match segments.first().map(String::as_str) {
                Some("sweep") => Some("a sweep cannot vary itself".to_owned()),
                Some("seed") if !sweep.seeds.is_empty() => {
                    Some("`sweep.seeds` sets the seed already".to_owned())
                }
                _ => None,
            },
        };
        let wrong = grid
            .chain(variants)
            .filter_map(|(at, key)| Some(self.tree.diagnostic(&at, problem(key)?)));
        nothing_wrong(wrong.collect())
    }

    fn trial(
        &self,
        sweep: &Sweep,
        variant: Option<&String>,
        point: &[Choice],
        seed: Option<u64>,
    ) -> Result<Trial> {
        let root = Place::default().key("sweep");
        let mut tree = self.tree.clone();
        tree.split_off("sweep");
        let mut parts = Vec::new();
        if let Some(variant) = variant {
            let at = root.key("variants").key(variant);
            for (key, value) in sweep.variants.get(variant).into_iter().flatten() {
                self.vary(&mut tree, key, value, &at.key(key))?;
            }
            parts.push(variant.clone());
        }
        for (key, value, text) in point {
            self.vary(&mut tree, key, value, &root.key("grid").key(*key))?;
            parts.push(format!("{}={text}", short_key(key, &sweep.grid)));
        }
        if let Some(seed) = seed {
            self.vary(&mut tree, "seed", &Value::from(seed), &root.key("seeds"))?;
            parts.push(format!("seed={seed}"));
        }
        if parts.is_empty() {
            parts.push("base".to_owned());
        }
        let name = parts.join("/");
        let manifest = Manifest::from_tree(tree).map_err(|error| in_trial(error, &name))?;
        Ok(Trial {
            file_name: file_name(&name),
            name,
            variant: variant.cloned(),
            point: point
                .iter()
                .map(|(key, value, _)| ((*key).to_owned(), (*value).clone()))
                .collect(),
            seed: manifest.experiment.seed,
            manifest,
        })
    }

    /// Lays one override of the sweep, which stands at `from` in this manifest, over a tree.
    fn vary(&self, tree: &mut Tree, key: &str, value: &Value, from: &Place) -> Result<()> {
        let origin = match self.tree.nearest_origin(from) {
            Some(origin @ (Origin::Environment { .. } | Origin::Set { .. })) => origin.clone(),
            origin => Origin::Sweep {
                key: address::show(from, &self.tree.value),
                line: origin.and_then(Origin::line),
            },
        };
        let segments =
            address::segments(key).map_err(|problem| self.tree.diagnostic(from, problem))?;
        tree.lay(&Tree::single(&self.path, &segments, value.clone(), origin))
    }
}

/// What there is to choose from; nothing to choose is one choice.
fn some_or_none<T>(choices: impl Iterator<Item = T>) -> Vec<Option<T>> {
    let choices: Vec<_> = choices.map(Some).collect();
    if choices.is_empty() { vec![None] } else { choices }
}

/// All combinations of the grid's values, the last key varying fastest; none when there are too many.
fn points(grid: &IndexMap<String, Vec<Value>>) -> Option<Vec<Vec<Choice<'_>>>> {
    let mut points: Vec<Vec<Choice>> = vec![Vec::new()];
    for (key, values) in grid {
        if points.len().saturating_mul(values.len()) > MOST_TRIALS {
            return None;
        }
        let choice = |(index, value)| {
            let text = set_text(value);
            let fits = text.chars().count() <= LONGEST_VALUE && !text.contains('\n');
            (key.as_str(), value, if fits { text } else { format!("#{index}") })
        };
        let choices: Vec<Choice> = (0_usize..).zip(values).map(choice).collect();
        points = points
            .iter()
            .flat_map(|point| {
                choices
                    .iter()
                    .map(|choice| [point.as_slice(), std::slice::from_ref(choice)].concat())
            })
            .collect();
    }
    Some(points)
}

/// The shortest end of an address that no other key of the grid has.
fn short_key(key: &str, grid: &IndexMap<String, Vec<Value>>) -> String {
    let of = |key: &str| address::segments(key).unwrap_or_default();
    let segments = of(key);
    let others: Vec<_> = grid.keys().filter(|other| *other != key).map(|other| of(other)).collect();
    let ends = (0..segments.len()).rev().filter_map(|start| segments.get(start..));
    let distinct = |end: &&[String]| !others.iter().any(|other| other.ends_with(end));
    let end = ends.into_iter().find(distinct).unwrap_or(&segments);
    end.iter().map(|segment| address::show_key(segment)).collect::<Vec<_>>().join(".")
}

/// A name that any file system takes. Where that loses something, a piece of the name's hash keeps it unique.
fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
    let written: String =
        name.replace('/', "--").chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let lossless = name.chars().all(|c| plain(c) || c == '/') && !name.contains("--");
    if lossless && written.len() <= LONGEST_FILE_NAME {
        return written;
    }
    let hash: String = blake3::hash(name.as_bytes()).to_hex().chars().take(8).collect();
    let kept: String = written.chars().take(LONGEST_FILE_NAME).collect();
    format!("{kept}-{hash}")
}

/// Says in which trial the mistakes are.
fn in_trial(error: Error, trial: &str) -> Error {
    let mark = |diagnostic: Diagnostic| Diagnostic {
        problem: format!("{} (in trial {trial})", diagnostic.problem),
        ..diagnostic
    };
    match error {
        Error::Input(diagnostic) => mark(*diagnostic).into(),
        Error::Inputs(all) => Error::Inputs(all.into_iter().map(mark).collect()),
        other => other,
    }
}
