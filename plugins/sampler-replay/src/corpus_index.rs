//! From what a line names to a row of the corpus.

use std::collections::BTreeMap;

use triglot_sdk::Corpus;

use crate::line::{Negative, Pair, Text};

/// The rows of a corpus by example and language.
pub struct CorpusIndex<'a> {
    corpus: &'a Corpus<'a>,
    languages: BTreeMap<&'a str, u32>,
}

/// The rows of a pair.
#[derive(Debug)]
pub struct Rows {
    pub query: u32,
    pub passage: u32,
    pub negatives: Vec<u32>,
}

impl<'a> CorpusIndex<'a> {
    pub fn new(corpus: &'a Corpus<'a>) -> Self {
        Self { corpus, languages: corpus.languages.iter().copied().zip(0..).collect() }
    }

    /// The rows of a pair; what is wrong, where the corpus lacks one or says another thing there.
    pub fn rows(&self, pair: &Pair) -> Result<Rows, String> {
        let Pair { example, query, passage, negatives } = pair;
        let query = self.query(*example, query)?;
        Ok(Rows {
            query,
            passage: self.passage(*example, &passage.language, passage.hash, "passage")?,
            negatives: negatives.iter().map(|n| self.negative(n)).collect::<Result<_, _>>()?,
        })
    }

    fn query(&self, example: u32, text: &Text) -> Result<u32, String> {
        let row = self.pair_row(example, &text.language)?;
        same(self.corpus.text_hash[row], text.hash, "query", example, &text.language)?;
        Ok(row as u32)
    }

    fn passage(&self, example: u32, language: &str, hash: u64, what: &str) -> Result<u32, String> {
        let row = self.pair_row(example, language)? + 1;
        same(self.corpus.text_hash[row], hash, what, example, language)?;
        Ok(row as u32)
    }

    fn negative(&self, negative: &Negative) -> Result<u32, String> {
        const WHAT: &str = "hard negative";
        let Negative { example, further, language, hash } = negative;
        match (example, further) {
            (Some(example), None) => self.passage(*example, language, *hash, WHAT),
            (None, Some(number)) => {
                let further = &self.corpus.further;
                match further.text_hash.get(*number as usize) {
                    Some(found) if found == hash => Ok(self.corpus.rows() as u32 + number),
                    Some(_) => {
                        Err(format!("passage {number} without a query is another in this data"))
                    }
                    None => Err(format!(
                        "it names passage {number} without a query, and the data has {}",
                        further.len()
                    )),
                }
            }
            _ => Err(format!("a {WHAT} has either `example` or `further`")),
        }
    }

    /// The query row of an example in a language; its passage row is the next.
    fn pair_row(&self, example: u32, language: &str) -> Result<usize, String> {
        let corpus = self.corpus;
        let Some(code) = self.languages.get(language) else {
            let there = corpus.languages.join(", ");
            return Err(format!("it names the language `{language}`; the data has {there}"));
        };
        // An example's rows stand side by side, and examples ascend.
        let first = corpus.example.partition_point(|other| *other < example);
        let rows = (first..corpus.rows()).step_by(2);
        let found = rows
            .take_while(|row| corpus.example[*row] == example)
            .find(|row| corpus.language[*row] == *code);
        found.ok_or_else(|| match (example as usize) < corpus.examples() {
            true => format!("the data has no example {example} in `{language}`"),
            false => format!("it names example {example}, and the data has {}", corpus.examples()),
        })
    }
}

fn same(found: u64, written: u64, what: &str, example: u32, language: &str) -> Result<(), String> {
    match found == written {
        true => Ok(()),
        false => {
            Err(format!("the {what} of example {example} in `{language}` is another in this data"))
        }
    }
}
