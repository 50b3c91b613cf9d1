//! Corpora for samplers.

use triglot_abi as abi;

use super::scattered;
use crate::lists::Lists;

/// The columns of a corpus: the rows of pairs, then those of further passages.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Data set of each row.
    pub data_set: Vec<u32>,
    /// Language of each row.
    pub language: Vec<u32>,
    /// Role of each row.
    pub role: Vec<u8>,
    /// Example of each row.
    pub example: Vec<u32>,
    /// Group of each row.
    pub group: Vec<u32>,
    /// Length of each text.
    pub length: Vec<u32>,
    /// Hash of each text.
    pub text_hash: Vec<u64>,
    /// A number of the user's, NaN where absent.
    pub user: Option<Vec<f64>>,
    /// How many of the rows are further passages.
    pub further_passages: usize,
    /// Hard negatives of each pair.
    pub negatives: Option<Lists>,
    /// The language codes, sorted.
    pub languages: Vec<String>,
    /// The names of the data sets.
    pub data_sets: Vec<String>,
}

impl Corpus {
    /// A corpus of these examples: the languages (indices, ascending) that each exists in.
    ///
    /// Three examples share a group, every fifth text is that of its neighbour, the user gave one number for each
    /// example and language, and the last third of the examples is of a second data set. Every third pair has two hard
    /// negatives, the passage of the pair after it and one of two further passages.
    pub fn of(languages: &[&str], examples: &[Vec<u32>]) -> Self {
        let mut corpus = Self {
            languages: languages.iter().map(|code| (*code).to_owned()).collect(),
            data_sets: ["first", "second"].map(str::to_owned).into(),
            ..Self::default()
        };
        let mut user = Vec::new();
        for (example, exists) in examples.iter().enumerate() {
            for language in exists {
                let place = example * languages.len() + *language as usize;
                let number = scattered(place as u64);
                for role in [abi::ROLE_QUERY, abi::ROLE_PASSAGE] {
                    let row = corpus.rows() as u64;
                    let text = if row % 5 == 4 { row - 1 } else { row };
                    corpus.data_set.push((example * 3 >= examples.len() * 2).into());
                    corpus.language.push(*language);
                    corpus.role.push(role);
                    corpus.example.push(example as u32);
                    corpus.group.push(example as u32 / 3);
                    corpus.length.push(10 + (scattered(text) * 90.0) as u32);
                    corpus.text_hash.push(scattered(text).to_bits());
                    user.push(number);
                }
            }
        }
        corpus.user = Some(user);
        corpus.with_negatives()
    }

    fn with_negatives(mut self) -> Self {
        let pairs = self.rows() as u32 / 2;
        if pairs == 0 {
            return self;
        }
        for passage in 0..2 {
            self.data_set.push(0);
            self.language.push(0);
            self.role.push(abi::ROLE_PASSAGE);
            self.example.push(u32::MAX);
            self.group.push(u32::MAX);
            self.length.push(10 + passage);
            self.text_hash.push(scattered(u64::from(u32::MAX - passage)).to_bits());
            self.user.iter_mut().for_each(|user| user.push(f64::NAN));
        }
        let mut negatives = Lists::default();
        for pair in 0..pairs {
            let list = [2 * ((pair + 1) % pairs) + 1, 2 * pairs + pair % 2];
            negatives.push(list.into_iter().filter(|_| pair.is_multiple_of(3)));
        }
        (self.further_passages, self.negatives) = (2, Some(negatives));
        self
    }

    /// The corpus without hard negatives, and so without further passages.
    #[must_use]
    pub fn without_negatives(mut self) -> Self {
        let rows = self.rows();
        let columns = [&mut self.data_set, &mut self.language, &mut self.example, &mut self.group];
        columns.into_iter().chain([&mut self.length]).for_each(|column| column.truncate(rows));
        self.role.truncate(rows);
        self.text_hash.truncate(rows);
        self.user.iter_mut().for_each(|user| user.truncate(rows));
        (self.further_passages, self.negatives) = (0, None);
        self
    }

    /// Forty examples in four languages, most in several of them, some in one.
    pub fn small() -> Self {
        let exists = |example: u32| -> Vec<u32> {
            (0..4)
                .filter(|language| {
                    *language == example % 4 || !(example + language).is_multiple_of(3)
                })
                .collect()
        };
        let examples: Vec<Vec<u32>> = (0..40).map(exists).collect();
        Self::of(&["de", "en", "fi", "zh"], &examples)
    }

    /// So many examples, each in all of four languages.
    pub fn parallel(examples: usize) -> Self {
        Self::of(&["de", "en", "fi", "zh"], &vec![vec![0, 1, 2, 3]; examples])
    }

    /// No rows, no languages.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Number of rows that stand in pairs.
    pub fn rows(&self) -> usize {
        self.all_rows() - self.further_passages
    }

    /// Number of rows, further passages included.
    pub fn all_rows(&self) -> usize {
        self.language.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_as_the_contract_says() {
        let corpus = Corpus::small();
        let order: Vec<_> = (0..corpus.rows())
            .map(|row| (corpus.example[row], corpus.language[row], corpus.role[row]))
            .collect();
        assert!(order.is_sorted() && order.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(corpus.languages.is_sorted());
        let last = corpus.example[..corpus.rows()].last().copied();
        assert_eq!(last, Some(39), "examples are numbered without gaps");
        for pair in order.chunks(2) {
            assert_eq!((pair[0].2, pair[1].2), (abi::ROLE_QUERY, abi::ROLE_PASSAGE));
            assert_eq!((pair[0].0, pair[0].1), (pair[1].0, pair[1].1));
        }
        let user = corpus.user.as_deref().unwrap();
        for pair in user[..corpus.rows()].chunks(2) {
            assert_eq!(pair[0], pair[1], "a query and its passage have one number");
        }
        let languages_of =
            |example| order.iter().filter(|(e, _, role)| (*e, *role) == (example, 0)).count();
        let counts: Vec<usize> = (0..40).map(languages_of).collect();
        let negatives = corpus.negatives.as_ref().unwrap();
        assert_eq!(negatives.rows(), corpus.rows() / 2);
        let roles: Vec<u8> =
            negatives.items().iter().map(|row| corpus.role[*row as usize]).collect();
        assert!(!roles.is_empty() && roles.iter().all(|role| *role == abi::ROLE_PASSAGE));
        assert!(counts.iter().min() < counts.iter().max(), "not fully parallel: {counts:?}");
    }
}
