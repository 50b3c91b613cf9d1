//! What a sampler keeps of a corpus: row numbers, 32 bits each.
//!
//! An example's pairs lie side by side in the corpus, so the row of the first is enough to find the rest when the
//! example is drawn. Ten million examples are 40 MB.

use triglot_sdk::{Batch, Corpus, Error, Random, Result};

use crate::languages::{Languages, Options};
use crate::walk::Walk;

/// The examples that a sampler walks, and the languages in which it may draw them.
#[derive(Debug)]
pub struct Examples {
    languages: Languages,
    first_rows: Vec<u32>,
    walk: Walk,
}

impl Examples {
    /// Finds the examples that exist in at least so many of the chosen languages.
    pub fn new(
        options: &Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        at_least: AtLeast,
    ) -> Result<Self> {
        let languages = Languages::new(options, corpus)?;
        let mut first_rows: Vec<u32> = first_rows(corpus)
            .filter(|row| query_rows(corpus, &languages, *row).nth(at_least as usize - 1).is_some())
            .collect();
        first_rows.shrink_to_fit();
        let walk = Walk::new(first_rows.len(), batch_size).ok_or_else(|| {
            let among = match at_least {
                AtLeast::One => "any",
                AtLeast::Two => "two or more",
            };
            Error::invalid(format!(
                "{} examples exist in {among} of the languages {}; a batch needs {batch_size}",
                first_rows.len(),
                languages.codes(corpus),
            ))
        })?;
        Ok(Self { languages, first_rows, walk })
    }

    /// Batches an epoch: every example once, but for the remainder that fills no batch.
    pub fn epoch_length(&self) -> u64 {
        self.walk.batches()
    }

    /// Draws batch `ordinal`; `choose` picks (query row, passage row) from the query rows of an example, at random.
    pub fn draw(
        &self,
        corpus: &Corpus<'_>,
        key: [u64; 2],
        ordinal: u64,
        batch: &mut Batch,
        choose: impl Fn(&mut Random, &[u32]) -> (u32, u32),
    ) {
        let [seed, purpose] = key;
        let epoch = self.walk.pass(ordinal);
        let mut rows = Vec::new();
        for place in self.walk.batch(&key, ordinal) {
            let first = self.first_rows[place];
            rows.clear();
            rows.extend(query_rows(corpus, &self.languages, first));
            let example = u64::from(corpus.example[first as usize]);
            let mut random = Random::new(&[seed, purpose, epoch, example]);
            let (query, passage) = choose(&mut random, &rows);
            batch.push(query, passage);
        }
    }
}

/// In how many of the chosen languages an example has to exist.
#[derive(Debug, Clone, Copy)]
pub enum AtLeast {
    /// One is enough.
    One = 1,
    /// A pair of languages needs two.
    Two = 2,
}

/// The first row of every example.
fn first_rows<'a>(corpus: &'a Corpus<'_>) -> impl Iterator<Item = u32> + 'a {
    let mut next = 0;
    corpus.example.chunk_by(|a, b| a == b).map(move |rows| {
        let first = next;
        next += rows.len() as u32;
        first
    })
}

/// The query rows, in the chosen languages, of the example that begins at row `first`.
fn query_rows<'a>(
    corpus: &'a Corpus<'_>,
    languages: &'a Languages,
    first: u32,
) -> impl Iterator<Item = u32> + 'a {
    let rows = first as usize..corpus.rows();
    let example = corpus.example.get(first as usize);
    rows.step_by(2)
        .take_while(move |row| corpus.example.get(*row) == example)
        .filter(|row| languages.contains(corpus.language[*row]))
        .map(|row| row as u32)
}
