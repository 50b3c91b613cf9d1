//! Corpora.

use triglot_abi as abi;

use crate::corpus::{Corpus, FurtherPassages};
use crate::views::Lists;

/// A corpus in memory; its texts are known by their hashes alone.
#[derive(Debug, Clone, Default)]
pub struct CorpusBuilder {
    languages: Vec<String>,
    data_set: Vec<u32>,
    language: Vec<u32>,
    role: Vec<u8>,
    example: Vec<u32>,
    group: Vec<u32>,
    length: Vec<u32>,
    text_hash: Vec<u64>,
    user: Vec<f64>,
    has_user: bool,
    examples: u32,
    further_language: Vec<u32>,
    further_length: Vec<u32>,
    further_hash: Vec<u64>,
    further_data_set: Vec<u32>,
    negative_offsets: Vec<u32>,
    negatives: Vec<u32>,
}

impl CorpusBuilder {
    /// A corpus of these languages, without rows.
    pub fn new(languages: &[&str]) -> Self {
        Self { languages: languages.iter().map(|l| (*l).to_owned()).collect(), ..Self::default() }
    }

    /// Adds an example that exists in these languages (indices, ascending); its group is its own number.
    #[must_use]
    pub fn example(mut self, languages: &[u32]) -> Self {
        for language in languages {
            for role in [abi::ROLE_QUERY, abi::ROLE_PASSAGE] {
                self.text_hash.push(crate::mix(&[
                    u64::from(self.examples),
                    u64::from(*language),
                    u64::from(role),
                ]));
                self.data_set.push(0);
                self.language.push(*language);
                self.role.push(role);
                self.example.push(self.examples);
                self.group.push(self.examples);
                self.length.push(40);
                self.user.push(f64::NAN);
            }
        }
        self.examples += 1;
        self
    }

    /// Gives the corpus a user column, and in it this number to the last example; those that are given none have NaN.
    #[must_use]
    pub fn user(mut self, number: f64) -> Self {
        self.has_user = true;
        let last = self.examples.wrapping_sub(1);
        let rows = self.example.iter().zip(&mut self.user).rev();
        rows.take_while(|(example, _)| **example == last).for_each(|(_, user)| *user = number);
        self
    }

    /// Adds a passage that answers no query, in this language. Its row comes after those of all examples.
    #[must_use]
    pub fn further_passage(mut self, language: u32) -> Self {
        let number = self.further_language.len() as u64;
        self.further_hash.push(crate::mix(&[u64::MAX, number]));
        self.further_language.push(language);
        self.further_length.push(40);
        self.further_data_set.push(0);
        self
    }

    /// Gives the corpus hard negatives: the passage rows for each pair, in the order of the pairs. A pair beyond the
    /// lists has none. Rows count as in the whole corpus, so that this comes last.
    #[must_use]
    pub fn negatives(mut self, lists: &[Vec<u32>]) -> Self {
        let list = |pair: usize| lists.get(pair).map_or(&[][..], Vec::as_slice);
        (self.negative_offsets, self.negatives) = (vec![0], Vec::new());
        for pair in 0..self.example.len() / 2 {
            self.negatives.extend_from_slice(list(pair));
            self.negative_offsets.push(self.negatives.len() as u32);
        }
        self
    }

    /// The view that a sampler gets.
    pub fn view(&self) -> Corpus<'_> {
        Corpus {
            data_set: &self.data_set,
            language: &self.language,
            role: &self.role,
            example: &self.example,
            group: &self.group,
            length: &self.length,
            text_hash: &self.text_hash,
            user: self.has_user.then_some(&*self.user),
            languages: self.languages.iter().map(String::as_str).collect(),
            data_sets: vec!["test"],
            further: FurtherPassages {
                data_set: &self.further_data_set,
                language: &self.further_language,
                length: &self.further_length,
                text_hash: &self.further_hash,
            },
            // The offsets are made with their items; a corpus without negatives has neither.
            negatives: Lists::new(&self.negative_offsets, &self.negatives).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_the_users_holds_for_the_last_example_in_all_its_languages() {
        let plain = CorpusBuilder::new(&["de", "en"]).example(&[0, 1]);
        assert_eq!(plain.view().user, None);
        let numbered = plain.example(&[0, 1]).user(0.5).example(&[1]);
        let column = numbered.view().user.unwrap();
        assert!(column[..4].iter().chain(&column[8..]).all(|number| number.is_nan()));
        assert_eq!(column[4..8], [0.5; 4]);
        assert_eq!(column.len(), 10);
    }
}
