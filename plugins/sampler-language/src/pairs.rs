//! Which ordered pairs of languages (of the query, of the passage) may be drawn, and those that an example has.
//!
//! An example in 112 languages has 12,432 ordered pairs, so they are counted and found without being listed: it is
//! enough to know how many passages the example has, since every query goes with all of them or all but one.

use triglot_sdk::Random;

use crate::example::Example;

/// The languages of a query and of its passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Language of the query, as an index.
    pub query: u32,
    /// Language of the passage.
    pub passage: u32,
}

impl Pair {
    /// A word for the keys of draws, another for every pair of one kind.
    pub fn key(self) -> u64 {
        match self.query == self.passage {
            true => u64::from(self.query),
            false => u64::from(self.query) << 32 | u64::from(self.passage),
        }
    }
}

/// How the two languages of a pair stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are one.
    Same,
    /// They are two.
    Different,
    /// They are two, one of which is this.
    Pivot(u32),
}

/// The ordered pairs of languages that may be drawn.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// Whether queries may be in each language.
    pub queries: Vec<bool>,
    /// Whether passages may be in each language.
    pub passages: Vec<bool>,
    /// What else holds of a pair.
    pub relation: Relation,
}

/// What of an example decides how many passages go with a query of it.
#[derive(Clone, Copy)]
struct Passages {
    count: u64,
    in_pivot: bool,
}

impl Pairs {
    /// Whether a pair may be drawn.
    pub fn allow(&self, pair: Pair) -> bool {
        let different = pair.query != pair.passage;
        let related = match self.relation {
            Relation::Same => !different,
            Relation::Different => different,
            Relation::Pivot(pivot) => different && (pair.query == pivot || pair.passage == pivot),
        };
        related && among(&self.queries, pair.query) && among(&self.passages, pair.passage)
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = Pair> + '_ {
        let languages = self.queries.len() as u32;
        let pair = move |query| (0..languages).map(move |passage| Pair { query, passage });
        (0..languages).flat_map(pair).filter(|pair| self.allow(*pair))
    }

    /// How many an example has.
    pub fn count(&self, example: &Example<'_>) -> u64 {
        let passages = self.passages_of(example);
        example.queries().map(|(language, _)| self.partners(language, passages)).sum()
    }

    /// Whether an example has any.
    pub fn any(&self, example: &Example<'_>) -> bool {
        let passages = self.passages_of(example);
        example.queries().any(|(language, _)| self.partners(language, passages) > 0)
    }

    /// The rows of pair `n` of an example, in the order of [`Pairs::all`].
    pub fn nth(&self, example: &Example<'_>, n: u64) -> Option<(u32, u32)> {
        let (language, query, n) = self.query_at(example, n)?;
        Some((query, self.passage_at(example, language, n)?))
    }

    /// The rows of a pair of an example, each with the same probability.
    ///
    /// The query falls to a language by the number of passages that it may go with, the passage to one of these.
    pub fn draw(&self, example: &Example<'_>, random: &mut Random) -> Option<(u32, u32)> {
        let (language, query, _) = self.query_at(example, random.below(self.count(example)))?;
        let partners = self.partners(language, self.passages_of(example));
        Some((query, self.passage_at(example, language, random.below(partners))?))
    }

    /// (language, row, number of the pair among those of this query) of the query of pair `n`.
    fn query_at(&self, example: &Example<'_>, mut n: u64) -> Option<(u32, u32, u64)> {
        let passages = self.passages_of(example);
        for (language, row) in example.queries() {
            let partners = self.partners(language, passages);
            match n.checked_sub(partners) {
                None => return Some((language, row, n)),
                Some(rest) => n = rest,
            }
        }
        None
    }

    /// The row of passage `n` among those that a query in this language may go with.
    fn passage_at(&self, example: &Example<'_>, query: u32, n: u64) -> Option<u32> {
        let allowed = |(passage, _): &(u32, u32)| self.allow(Pair { query, passage: *passage });
        example.queries().filter(allowed).nth(n as usize).map(|(_, row)| row + 1)
    }

    /// How many passages of an example a query of it in this language may go with.
    fn partners(&self, query: u32, passages: Passages) -> u64 {
        if !among(&self.queries, query) {
            return 0;
        }
        let own = u64::from(among(&self.passages, query));
        match self.relation {
            Relation::Same => own,
            Relation::Pivot(pivot) if query != pivot => u64::from(passages.in_pivot),
            Relation::Different | Relation::Pivot(_) => passages.count - own,
        }
    }

    fn passages_of(&self, example: &Example<'_>) -> Passages {
        let mut passages = Passages { count: 0, in_pivot: false };
        for (language, _) in example.queries() {
            if among(&self.passages, language) {
                passages.count += 1;
                passages.in_pivot |= self.relation == Relation::Pivot(language);
            }
        }
        passages
    }
}

fn among(chosen: &[bool], language: u32) -> bool {
    chosen.get(language as usize) == Some(&true)
}
