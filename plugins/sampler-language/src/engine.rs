//! What the samplers of this library have in common: a directory of the corpus, and the course of batches over it.
//!
//! A component says which pairs of languages may be drawn and in which unit; the rest is one piece of code.

use triglot_sdk::{Batch, Context, Corpus, Error, Random, Result};

use crate::choice::Choice;
use crate::course::{Class, Course, Keys, Part, Place};
use crate::deal::Deal;
use crate::directory::Directory;
use crate::lists::{ByPair, Kind, Lists};
use crate::negatives;
use crate::pairs::{Pair, Pairs, Relation};
use crate::shortfall::Shortfall;
use crate::walk::Walk;
use crate::weight::Weight;

/// In which unit languages are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Each example once an epoch, in languages that are drawn for it.
    Examples,
    /// Each pair of languages of each example once an epoch.
    Pairs,
    /// Pairs of languages are dealt to whole batches.
    Batches(Weight),
    /// Pairs of languages are dealt to the places of a batch.
    Places(Weight),
}

/// What a component wants drawn.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The shared options.
    pub choice: Choice,
    /// The pairs of languages that may be drawn.
    pub pairs: Pairs,
    /// In which unit.
    pub unit: Unit,
    /// Words for the keys of draws.
    pub keys: Keys,
}

/// Draws batches by a recipe.
#[derive(Debug)]
pub struct Engine {
    directory: Directory,
    course: Course,
    /// Hard negatives of a query, at most.
    negatives: usize,
}

impl Engine {
    /// Counts the corpus through, and finds a course that the recipe allows.
    pub fn new(
        recipe: Recipe,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self> {
        let Recipe { choice, pairs, unit, keys } = recipe;
        choice.check_negatives(&pairs, corpus)?;
        // Dealt by size, every pair is drawn once.
        let unit = if unit == Unit::Places(Weight::Size) { Unit::Pairs } else { unit };
        let kind = match unit {
            Unit::Examples => Kind::Examples,
            Unit::Pairs => Kind::Pairs,
            Unit::Batches(_) | Unit::Places(_) => Kind::ByPair(ByPair::new(&pairs)),
        };
        let lists = Lists::new(pairs, kind, choice.groups.clone());
        let directory = Directory::new(lists, corpus, &context.host)?;
        let planner = Planner { directory: &directory, corpus, choice: &choice, unit, batch_size };
        let mut shortfall = Shortfall::default();
        let groups = 0..directory.lists().groups();
        let parts: Vec<Part> =
            groups.filter_map(|group| planner.part(group, &mut shortfall)).collect();
        shortfall.settle(choice.too_small, !parts.is_empty(), batch_size, &context.host)?;
        if parts.is_empty() {
            return Err(Error::invalid("the options leave no pair of languages to draw"));
        }
        let batch_size = batch_size as u64;
        let supplies: Vec<_> = parts.iter().map(|part| part.supply(batch_size)).collect();
        let data_sets = choice.data_set_weight.and_then(|weight| Deal::new(weight, &supplies));
        let course = Course { data_sets, parts, batch_size, keys };
        Ok(Self { directory, course, negatives: choice.negatives as usize })
    }

    /// Where the items stand.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Where the batches come from.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Batches an epoch.
    pub fn epoch_length(&self) -> u64 {
        self.course.epoch()
    }

    /// Draws batch `ordinal`.
    pub fn sample(
        &self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        let (mut lost, mut drawn) = (0, Vec::new());
        self.course.batch(seed, ordinal, |place| match self.rows(corpus, place) {
            None => lost += 1,
            Some((query, passage)) if self.negatives == 0 => batch.push(query, passage),
            Some((query, passage)) => {
                let list = corpus.negatives(query as usize / 2);
                let key = [seed, ordinal, batch.queries().len() as u64];
                negatives::draw(list, self.negatives, key, &mut drawn);
                batch.push_with_negatives(query, passage, &drawn);
            }
        });
        match lost {
            0 => Ok(()),
            _ => {
                Err(Error::failed(format!("{lost} items of batch {ordinal} are not in the corpus")))
            }
        }
    }

    /// The rows of the pair at a place.
    fn rows(&self, corpus: &Corpus<'_>, place: Place) -> Option<(u32, u32)> {
        let (example, rest) = self.directory.find(corpus, place.list, place.item)?;
        let pairs = &self.directory.lists().pairs;
        match (place.pair, self.directory.lists().kind()) {
            (Some(pair), _) => {
                Some((example.query_in(pair.query)?, example.query_in(pair.passage)? + 1))
            }
            (None, Kind::Pairs) => pairs.nth(&example, rest),
            (None, Kind::Examples | Kind::ByPair(_)) => {
                let [seed, walk, pass] = place.key;
                let mut random = Random::new(&[seed, walk, pass, u64::from(example.number())]);
                pairs.draw(&example, &mut random)
            }
        }
    }
}

/// Finds what there is to draw from in each data set.
struct Planner<'a> {
    directory: &'a Directory,
    corpus: &'a Corpus<'a>,
    choice: &'a Choice,
    unit: Unit,
    batch_size: usize,
}

impl Planner<'_> {
    fn part(&self, group: usize, shortfall: &mut Shortfall) -> Option<Part> {
        let batch_size = self.batch_size as u64;
        let (weight, of_a_walk) = match self.unit {
            Unit::Examples | Unit::Pairs => return self.whole(group, shortfall),
            Unit::Batches(weight) => (weight, batch_size),
            Unit::Places(weight) => (weight, 1),
        };
        let pairs = self.directory.lists().pairs.all();
        let classes: Vec<Class> =
            pairs.filter_map(|pair| self.class(group, pair, of_a_walk, shortfall)).collect();
        let supplies: Vec<_> = classes.iter().map(Class::supply).collect();
        let deal = Deal::new(weight, &supplies)?;
        match self.unit {
            Unit::Places(_) if deal.epoch() < batch_size => {
                shortfall.note(format!("{}an epoch has {} pairs", self.place(group), deal.epoch()));
                None
            }
            Unit::Places(_) => Some(Part::Places(deal, classes)),
            _ => Some(Part::Batches(deal, classes)),
        }
    }

    fn whole(&self, group: usize, shortfall: &mut Shortfall) -> Option<Part> {
        let list = self.directory.lists().whole(group);
        let items = self.directory.items(list);
        let Some(walk) = Walk::new(items, self.batch_size as u64) else {
            let unit = if self.unit == Unit::Examples { "examples exist" } else { "pairs are" };
            let among = match self.directory.lists().pairs.relation {
                Relation::Same => "any",
                _ => "two or more",
            };
            shortfall.note(format!(
                "{}{items} {unit} in {among} of the languages {}",
                self.place(group),
                self.choice.codes(self.corpus),
            ));
            return None;
        };
        Some(Part::Whole(Class { list, pair: None, walk }))
    }

    /// The class of a pair of languages, if the data set has enough of it.
    fn class(
        &self,
        group: usize,
        pair: Pair,
        of_a_walk: u64,
        shortfall: &mut Shortfall,
    ) -> Option<Class> {
        let lists = self.directory.lists();
        let list = lists.of_pair(group, pair)?;
        let items = self.directory.items(list);
        let walk = Walk::new(items, of_a_walk);
        if walk.is_none() {
            let of =
                |group| lists.of_pair(group, pair).map_or(0, |list| self.directory.items(list));
            // A data set need not have every language, as long as one has it.
            if items > 0 || (0..lists.groups()).all(|group| of(group) == 0) && group == 0 {
                let place = self.place(if items > 0 { group } else { usize::MAX });
                shortfall.note(format!("{place}{} has {items} examples", self.named(pair)));
            }
        }
        Some(Class { list, pair: Some(pair), walk: walk? })
    }

    fn named(&self, pair: Pair) -> String {
        let code = |language: u32| self.corpus.languages.get(language as usize).unwrap_or(&"?");
        match pair.query == pair.passage {
            true => format!("language `{}`", code(pair.query)),
            false => format!("pair {}-{}", code(pair.query), code(pair.passage)),
        }
    }

    /// The data set of a group before what is said of it, where data sets are told apart.
    fn place(&self, group: usize) -> String {
        let of_group = |of: &Option<u32>| of.is_some_and(|of| of as usize == group);
        let index = self.choice.groups.iter().position(of_group);
        match (self.choice.data_set_weight, index.and_then(|i| self.corpus.data_sets.get(i))) {
            (Some(_), Some(name)) => format!("data set `{name}`: "),
            _ => String::new(),
        }
    }
}
