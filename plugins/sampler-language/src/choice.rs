//! The options that all samplers of this library share, looked up in a corpus.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Corpus, Error, Result};

use crate::pairs::Pairs;
use crate::weight::{NamedOrExponent, Weight};

/// What becomes of a language, pair of languages or data set with too little to draw from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TooSmall {
    /// The run does not begin; the message lists them with their sizes.
    #[default]
    Error,
    /// They are left out, and listed in the log.
    Skip,
}

/// What an epoch goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Each example once, in languages that are drawn.
    Examples,
    /// Each example once in each of its pairs of languages.
    Pairs,
}

/// The shared options, as they are written.
#[derive(Debug, Clone, Copy)]
pub struct Shared<'o> {
    /// Codes of languages.
    pub languages: Option<&'o [String]>,
    /// Names of data sets.
    pub data_sets: Option<&'o [String]>,
    /// Which data set a batch is of.
    pub data_set_weight: Option<NamedOrExponent>,
    /// Hard negatives of a query, at most.
    pub negatives: u32,
    /// What becomes of those with too little.
    pub too_small: TooSmall,
}

/// The shared options, looked up.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Whether each language may be drawn.
    pub languages: Vec<bool>,
    /// Whether the options list them, and they are not just those that are there.
    listed: bool,
    /// The group of each data set that may be drawn from: its own where they are told apart, else one for all.
    pub groups: Vec<Option<u32>>,
    /// Which data set a batch is of, where they are told apart.
    pub data_set_weight: Option<Weight>,
    /// Hard negatives of a query, at most.
    pub negatives: u32,
    /// What becomes of those with too little.
    pub too_small: TooSmall,
}

impl Choice {
    /// Looks the options up.
    pub fn new(options: Shared<'_>, corpus: &Corpus<'_>) -> Result<Self> {
        let data_sets = match options.data_sets {
            None => vec![true; corpus.data_sets.len()],
            Some(names) => look_up("data_sets", names, &corpus.data_sets)?,
        };
        let languages = match options.languages {
            None => there(corpus, &data_sets),
            Some(codes) => look_up("languages", codes, &corpus.languages)?,
        };
        let weight = options.data_set_weight;
        let mut next = 0;
        let group = |chosen: bool| {
            let group = chosen.then_some(next);
            next += u32::from(chosen && weight.is_some());
            group
        };
        Ok(Self {
            languages,
            listed: options.languages.is_some(),
            groups: data_sets.into_iter().map(group).collect(),
            data_set_weight: weight.map(|weight| weight.weight("data_set_weight")).transpose()?,
            negatives: options.negatives,
            too_small: options.too_small,
        })
    }

    /// Languages of an option that narrows `languages` further; all of these where it is left out.
    pub fn narrowed(
        &self,
        option: &str,
        codes: Option<&[String]>,
        corpus: &Corpus<'_>,
    ) -> Result<Vec<bool>> {
        let Some(codes) = codes else { return Ok(self.languages.clone()) };
        let narrowed = look_up(option, codes, &corpus.languages)?;
        let outside = narrowed.iter().zip(&self.languages).position(|(here, all)| *here && !all);
        match outside.filter(|_| self.listed).and_then(|index| corpus.languages.get(index)) {
            None => Ok(narrowed),
            Some(code) => Err(Error::invalid(format!(
                "{option}: found `{code}`; the languages to draw from are {}",
                self.codes(corpus)
            ))),
        }
    }

    /// Refuses hard negatives where no query that may be drawn has any: they would have no effect.
    pub fn check_negatives(&self, pairs: &Pairs, corpus: &Corpus<'_>) -> Result<()> {
        let mut asked = vec![false; corpus.languages.len()];
        pairs.all().for_each(|pair| asked[pair.query as usize] = true);
        let drawn = |row: &usize| {
            let data_set = self.groups.get(corpus.data_set[*row] as usize);
            asked[corpus.language[*row] as usize] && data_set.is_some_and(Option::is_some)
        };
        let mut queries = (0..corpus.rows()).step_by(2);
        let has = |row: usize| !corpus.negatives(row / 2).is_empty();
        if self.negatives == 0 || queries.clone().filter(drawn).any(has) {
            return Ok(());
        }
        let without = match queries.any(has) {
            true => "no query of the languages and data sets to draw from has hard negatives",
            false => "the training data has no hard negatives",
        };
        let found = self.negatives;
        Err(Error::invalid(format!("negatives: found {found}; {without}, only 0 is allowed")))
    }

    /// The codes of the languages to draw from, for a message.
    pub fn codes(&self, corpus: &Corpus<'_>) -> String {
        chosen(&self.languages, &corpus.languages)
    }
}

/// The names that are chosen, for a message.
fn chosen(chosen: &[bool], names: &[&str]) -> String {
    let chosen = names.iter().zip(chosen).filter(|(_, chosen)| **chosen);
    chosen.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Which of the known names an option lists.
fn look_up(option: &str, names: &[String], known: &[&str]) -> Result<Vec<bool>> {
    let there = known.join(", ");
    if names.is_empty() {
        return Err(Error::invalid(format!(
            "{option}: the list is empty; the training data has {there}"
        )));
    }
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::invalid(format!(
            "{option}: found `{name}`; the training data has {there}"
        )));
    }
    Ok(known.iter().map(|known| names.iter().any(|name| name == known)).collect())
}

/// The languages that the data sets have anything in.
fn there(corpus: &Corpus<'_>, data_sets: &[bool]) -> Vec<bool> {
    let mut there = vec![false; corpus.languages.len()];
    for row in (0..corpus.rows()).step_by(2) {
        if data_sets.get(corpus.data_set[row] as usize) == Some(&true) {
            there[corpus.language[row] as usize] = true;
        }
    }
    there
}
