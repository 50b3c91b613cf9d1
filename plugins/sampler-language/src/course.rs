//! The course of batches: from which lists, and which items of them, the batch of an ordinal is.
//!
//! A course is a tree of deals over walks, each pure: a deal turns an ordinal into a class and an ordinal of that class,
//! and a walk turns the latter into items. So a batch is found in the time that it takes to write it down.

use triglot_sdk::mix;

use crate::deal::{Deal, Supply};
use crate::pairs::Pair;
use crate::walk::Walk;

/// Key of the deal of batches to data sets, and of the draws within each.
const DATA_SET: u64 = u64::from_le_bytes(*b"data/set");

/// Words that keep the draws of a sampler apart from those of the others.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// Of the order of items.
    pub walk: u64,
    /// Of the order of classes in a round.
    pub round: u64,
}

/// A list and how it is walked.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its number in the directory.
    pub list: usize,
    /// The pair of languages that it is of, if it is of one.
    pub pair: Option<Pair>,
    /// The walk along it.
    pub walk: Walk,
}

/// What a batch of one data set, or of all as one, is drawn from.
#[derive(Debug, Clone)]
pub enum Part {
    /// A list.
    Whole(Class),
    /// Classes, one of them each batch.
    Batches(Deal, Vec<Class>),
    /// Classes, one of them each place in the batch.
    Places(Deal, Vec<Class>),
}

/// One place of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The list.
    pub list: usize,
    /// The pair of languages that it is of, if it is of one.
    pub pair: Option<Pair>,
    /// The number of the item on the list.
    pub item: u64,
    /// The key of draws within the item.
    pub key: [u64; 3],
}

/// Where the batches of a sampler come from.
#[derive(Debug, Clone)]
pub struct Course {
    /// Which data set a batch is of, where they are told apart.
    pub data_sets: Option<Deal>,
    /// By data set, or one for all.
    pub parts: Vec<Part>,
    /// Pairs in a batch.
    pub batch_size: u64,
    /// Words of the sampler.
    pub keys: Keys,
}

impl Course {
    /// Batches an epoch.
    pub fn epoch(&self) -> u64 {
        let first = || self.parts.first().map_or(0, |part| part.supply(self.batch_size).epoch);
        self.data_sets.as_ref().map_or_else(first, Deal::epoch)
    }

    /// Calls `take` with every place of batch `ordinal`.
    pub fn batch(&self, seed: u64, ordinal: u64, mut take: impl FnMut(Place)) {
        let (seed, part, ordinal) = match &self.data_sets {
            None => (seed, 0, ordinal),
            Some(deal) => {
                let (part, ordinal) = deal.at([seed, DATA_SET], ordinal);
                (mix(&[seed, DATA_SET, part as u64]), part, ordinal)
            }
        };
        let rounds = [seed, self.keys.round];
        match self.parts.get(part) {
            None => {}
            Some(Part::Whole(class)) => self.along(class, seed, ordinal, &mut take),
            Some(Part::Batches(deal, classes)) => {
                let (class, ordinal) = deal.at(rounds, ordinal);
                self.along(&classes[class], seed, ordinal, &mut take);
            }
            Some(Part::Places(deal, classes)) => {
                // An epoch begins with a round; what is left of its last round fills no batch. Places are counted
                // beyond 64 bits only at ordinals that nobody trains to, and then from the beginning.
                let batches = deal.epoch() / self.batch_size;
                let first = (ordinal / batches).wrapping_mul(deal.epoch());
                let first = first.wrapping_add(ordinal % batches * self.batch_size);
                for place in 0..self.batch_size {
                    let (class, occurrence) = deal.at(rounds, first.wrapping_add(place));
                    self.along(&classes[class], seed, occurrence, &mut take);
                }
            }
        }
    }

    fn along(&self, class: &Class, seed: u64, ordinal: u64, take: &mut impl FnMut(Place)) {
        let walk = match class.pair {
            None => mix(&[seed, self.keys.walk]),
            Some(pair) => mix(&[seed, self.keys.walk, pair.key()]),
        };
        let key = [seed, self.keys.walk, class.walk.pass(ordinal)];
        for item in class.walk.batch(walk, ordinal) {
            take(Place { list: class.list, pair: class.pair, item, key });
        }
    }
}

impl Class {
    /// What there is to draw, in batches of its walk.
    pub fn supply(&self) -> Supply {
        let batches = self.walk.batches();
        Supply { items: self.walk.items(), once: batches, epoch: batches }
    }
}

impl Part {
    /// What there is to draw, in batches.
    pub fn supply(&self, batch_size: u64) -> Supply {
        let sum = |classes: &[Class], of: fn(&Class) -> u64| classes.iter().map(of).sum::<u64>();
        match self {
            Self::Whole(class) => class.supply(),
            Self::Batches(deal, classes) => Supply {
                items: sum(classes, |class| class.walk.items()),
                once: sum(classes, |class| class.walk.batches()),
                epoch: deal.epoch(),
            },
            Self::Places(deal, classes) => {
                let items = sum(classes, |class| class.walk.items());
                Supply {
                    items,
                    once: (items / batch_size).max(1),
                    epoch: deal.epoch() / batch_size,
                }
            }
        }
    }
}
