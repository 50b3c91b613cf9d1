//! Corpora for samplers.

use triglot_abi as abi;

use super::scattered;

/// The columns of a corpus.
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
    /// The language codes, sorted.
    pub languages: Vec<String>,
    /// The names of the data sets.
    pub data_sets: Vec<String>,
}

impl Corpus {
    /// A corpus of these examples: the languages (indices, ascending) that each exists in.
    ///
    /// Three examples share a group, every fifth text is that of its neighbour, the user gave one number for each
    /// example and language, and the last third of the examples is of a second data set.
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
        corpus
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

    /// Number of rows.
    pub fn rows(&self) -> usize {
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
        let last = corpus.example.last().copied();
        assert_eq!(last, Some(39), "examples are numbered without gaps");
        for pair in order.chunks(2) {
            assert_eq!((pair[0].2, pair[1].2), (abi::ROLE_QUERY, abi::ROLE_PASSAGE));
            assert_eq!((pair[0].0, pair[0].1), (pair[1].0, pair[1].1));
        }
        let user = corpus.user.as_deref().unwrap();
        for pair in user.chunks(2) {
            assert_eq!(pair[0], pair[1], "a query and its passage have one number");
        }
        let languages_of =
            |example| order.iter().filter(|(e, _, role)| (*e, *role) == (example, 0)).count();
        let counts: Vec<usize> = (0..40).map(languages_of).collect();
        assert!(counts.iter().min() < counts.iter().max(), "not fully parallel: {counts:?}");
    }
}
