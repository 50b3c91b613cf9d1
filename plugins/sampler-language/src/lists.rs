//! The lists that a sampler draws from: what stands on each, and which an example is on.
//!
//! Where every batch is of one data set there is a list of each kind for each data set, else one for all.

use crate::example::Example;
use crate::pairs::{Pair, Pairs, Relation};

/// How lists are told apart.
#[derive(Debug)]
pub enum Kind {
    /// One list of the examples that have an allowed pair of languages.
    Examples,
    /// One list of the allowed pairs of every example.
    Pairs,
    /// A list of examples for each allowed pair of languages.
    ByPair(ByPair),
}

/// Numbers of the lists of pairs of languages. A pair and its reverse share one: they have the same examples.
#[derive(Debug)]
pub struct ByPair {
    languages: usize,
    /// The list of (a, b), a ≤ b, at a · languages + b.
    lists: Vec<Option<u32>>,
    /// The pair of each list, ascending.
    pairs: Vec<Pair>,
}

impl ByPair {
    /// Numbers the lists of all allowed pairs.
    pub fn new(pairs: &Pairs) -> Self {
        let languages = pairs.queries.len();
        let mut lists = vec![None; languages * languages];
        let mut listed = Vec::new();
        for Pair { query, passage } in pairs.all() {
            let at = Self::place(languages, query, passage);
            if lists[at].is_none() {
                lists[at] = Some(listed.len() as u32);
                listed.push(Pair { query: query.min(passage), passage: query.max(passage) });
            }
        }
        Self { languages, lists, pairs: listed }
    }

    fn place(languages: usize, a: u32, b: u32) -> usize {
        a.min(b) as usize * languages + a.max(b) as usize
    }

    fn get(&self, a: u32, b: u32) -> Option<usize> {
        let list = self.lists.get(Self::place(self.languages, a, b)).copied().flatten()?;
        Some(list as usize)
    }
}

/// The lists over a corpus.
#[derive(Debug)]
pub struct Lists {
    /// The pairs of languages that may be drawn.
    pub pairs: Pairs,
    kind: Kind,
    /// The group of each data set, if it may be drawn from.
    groups: Vec<Option<u32>>,
    group_count: usize,
}

impl Lists {
    /// The lists of one kind, for each group of data sets.
    pub fn new(pairs: Pairs, kind: Kind, groups: Vec<Option<u32>>) -> Self {
        let group_count = groups.iter().flatten().max().map_or(0, |last| *last as usize + 1);
        Self { pairs, kind, groups, group_count }
    }

    /// What they are of.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.group_count * self.each()
    }

    /// How many groups of data sets there are.
    pub fn groups(&self) -> usize {
        self.group_count
    }

    /// The group that an example counts to.
    pub fn group(&self, example: &Example<'_>) -> Option<usize> {
        let group = self.groups.get(example.data_set() as usize).copied().flatten()?;
        Some(group as usize)
    }

    /// The one list of a group, where it has no more.
    pub fn whole(&self, group: usize) -> usize {
        group * self.each()
    }

    /// The list of a pair of languages.
    pub fn of_pair(&self, group: usize, pair: Pair) -> Option<usize> {
        match &self.kind {
            Kind::ByPair(by_pair) => {
                Some(group * self.each() + by_pair.get(pair.query, pair.passage)?)
            }
            Kind::Examples | Kind::Pairs => None,
        }
    }

    /// The most items that an example can have on one list.
    pub fn most_of_an_example(&self) -> u64 {
        let languages = self.pairs.queries.len() as u64;
        match self.kind {
            Kind::Pairs => languages * languages,
            Kind::Examples | Kind::ByPair(_) => 1,
        }
    }

    /// Calls `count` with every list that an example is on, and how many items it has there.
    pub fn of(&self, example: &Example<'_>, mut count: impl FnMut(usize, u64)) {
        let Some(first) = self.group(example).map(|group| self.whole(group)) else { return };
        match &self.kind {
            Kind::Examples => count(first, u64::from(self.pairs.any(example))),
            Kind::Pairs => count(first, self.pairs.count(example)),
            Kind::ByPair(by_pair) => {
                let mut queries = example.queries();
                while let Some((a, _)) = queries.next() {
                    let mut note = |b| {
                        if let Some(list) = by_pair.get(a, b) {
                            count(first + list, 1);
                        }
                    };
                    match self.pairs.relation {
                        Relation::Same => note(a),
                        _ => queries.clone().for_each(|(b, _)| note(b)),
                    }
                }
            }
        }
    }

    /// How many items an example has on a list.
    pub fn count(&self, example: &Example<'_>, list: usize) -> u64 {
        if self.group(example) != Some(list / self.each()) {
            return 0;
        }
        match &self.kind {
            Kind::Examples => u64::from(self.pairs.any(example)),
            Kind::Pairs => self.pairs.count(example),
            Kind::ByPair(by_pair) => {
                let Pair { query, passage } = by_pair.pairs[list % self.each()];
                let mut found = example.queries().map(|(language, _)| language);
                // Languages ascend in an example, and so does the pair.
                let both = found.any(|language| language == query)
                    && (query == passage || found.any(|language| language == passage));
                u64::from(both)
            }
        }
    }

    fn each(&self) -> usize {
        match &self.kind {
            Kind::Examples | Kind::Pairs => 1,
            Kind::ByPair(by_pair) => by_pair.pairs.len(),
        }
    }
}
