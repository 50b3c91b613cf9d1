//! The rows that a sampler draws from.

use triglot_abi as abi;

use crate::error::{Error, Result};
use crate::glue::raw;
use crate::views::Lists;

/// The training rows, as columns.
///
/// Rows are sorted by (example, language, role): every language of an example has its query row, then its passage
/// row. Examples are numbered from 0 without gaps. A sampler may rely on it: see [`Corpus::check_layout`].
///
/// Passages that answer no query have columns of their own, [`Corpus::further`]; their row numbers go on where these
/// end. They are hard negatives and nothing else.
#[derive(Debug, Clone)]
pub struct Corpus<'a> {
    /// Data set of each row, an index into [`Corpus::data_sets`].
    pub data_set: &'a [u32],
    /// Language of each row, an index into [`Corpus::languages`].
    pub language: &'a [u32],
    /// `ROLE_QUERY` or `ROLE_PASSAGE` of each row.
    pub role: &'a [u8],
    /// Example of each row.
    pub example: &'a [u32],
    /// Group (paragraph) of each row.
    pub group: &'a [u32],
    /// Length of each text in code points.
    pub length: &'a [u32],
    /// Hash of each text.
    pub text_hash: &'a [u64],
    /// A number of the user's for each row, if there is such a column.
    pub user: Option<&'a [f64]>,
    /// Language codes, sorted.
    pub languages: Vec<&'a str>,
    /// Names of the data sets.
    pub data_sets: Vec<&'a str>,
    /// Passages that answer no query.
    pub further: FurtherPassages<'a>,
    pub(crate) negatives: Lists<'a>,
}

/// Passages beside those of pairs, as columns: passage `i` is row `corpus.rows() + i`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FurtherPassages<'a> {
    /// Data set of each.
    pub data_set: &'a [u32],
    /// Language of each.
    pub language: &'a [u32],
    /// Length of each text in code points.
    pub length: &'a [u32],
    /// Hash of each text.
    pub text_hash: &'a [u64],
}

impl FurtherPassages<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.language.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.language.is_empty()
    }
}

impl<'a> Corpus<'a> {
    /// # Safety
    /// `view` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(view: &abi::CorpusView) -> Result<Self> {
        let n = view.rows;
        let all = n.saturating_add(view.further_passages);
        if u32::try_from(all).is_err() {
            return Err(Error::invalid(format!("{all} rows do not fit 32 bits")));
        }
        // SAFETY: by contract every column has an entry for each row, the further passages included, the names are as
        // many as counted, and the lists are sound.
        unsafe {
            let data_set = raw::slice(view.data_set, all, "corpus.data_set")?;
            let language = raw::slice(view.language, all, "corpus.language")?;
            let role = raw::slice(view.role, all, "corpus.role")?;
            let length = raw::slice(view.length, all, "corpus.length")?;
            let text_hash = raw::slice(view.text_hash, all, "corpus.text_hash")?;
            let names = |names, count, what| -> Result<Vec<&'a str>> {
                raw::slice(names, count, what)?.iter().map(|name| raw::str(*name, what)).collect()
            };
            Ok(Self {
                data_set: &data_set[..n],
                language: &language[..n],
                role: &role[..n],
                example: raw::slice(view.example, n, "corpus.example")?,
                group: raw::slice(view.group, n, "corpus.group")?,
                length: &length[..n],
                text_hash: &text_hash[..n],
                user: match view.user.is_null() {
                    true => None,
                    false => Some(raw::slice(view.user, n, "corpus.user")?),
                },
                languages: names(view.language_names, view.language_count, "a language name")?,
                data_sets: names(view.data_set_names, view.data_set_count, "a data set name")?,
                further: FurtherPassages {
                    data_set: &data_set[n..],
                    language: &language[n..],
                    length: &length[n..],
                    text_hash: &text_hash[n..],
                },
                negatives: Lists::from_raw(view.negatives, "corpus.negatives")?,
            })
        }
    }

    /// Checks the order of the rows that the type promises, that every language and data set has a name, and that hard
    /// negatives are passages.
    ///
    /// A sampler that a host made is given no other corpus: this is for one that a test fills by hand.
    ///
    /// # Errors
    /// At the first row out of order.
    pub fn check_layout(&self) -> Result<()> {
        let rows = self.rows();
        let place = |row: usize| (self.example[row], self.language[row]);
        for row in (0..rows).step_by(2) {
            let paired = row + 1 < rows
                && place(row) == place(row + 1)
                && self.role[row] == abi::ROLE_QUERY
                && self.role[row + 1] == abi::ROLE_PASSAGE;
            let follows = match row.checked_sub(2).map(place) {
                None => self.example[row] == 0,
                Some((example, language)) => {
                    let next_language =
                        self.example[row] == example && self.language[row] > language;
                    next_language || example.checked_add(1) == Some(self.example[row])
                }
            };
            if !paired || !follows {
                return Err(Error::invalid(format!(
                    "row {row} of the corpus does not begin a pair of query and passage in the order of \
                     (example, language), with examples from 0 without gaps"
                )));
            }
        }
        let named =
            |column: &[u32], names: usize| column.iter().all(|index| (*index as usize) < names);
        let languages = [self.language, self.further.language];
        let data_sets = [self.data_set, self.further.data_set];
        if !languages.iter().all(|column| named(column, self.languages.len()))
            || !data_sets.iter().all(|column| named(column, self.data_sets.len()))
        {
            return Err(Error::invalid("a language or data set of the corpus has no name"));
        }
        self.check_negatives()
    }

    fn check_negatives(&self) -> Result<()> {
        let (lists, pairs) = (self.negatives.rows(), self.rows() / 2);
        if lists != 0 && lists != pairs {
            return Err(Error::invalid(format!(
                "{lists} lists of hard negatives for {pairs} pairs"
            )));
        }
        let wrong = (0..lists)
            .flat_map(|pair| self.negatives.row(pair))
            .find(|row| !self.is_passage(**row));
        match wrong {
            Some(row) => Err(Error::invalid(format!(
                "row {row} is a hard negative, and no passage of the corpus"
            ))),
            None => Ok(()),
        }
    }

    /// Whether a row is a passage, of a pair or a further one.
    pub fn is_passage(&self, row: u32) -> bool {
        match self.role.get(row as usize) {
            Some(role) => *role == abi::ROLE_PASSAGE,
            None => (row as usize) < self.rows() + self.further.len(),
        }
    }

    /// The passage rows that the data calls wrong for the query of a pair; the pair of query row `2 * i` is pair `i`.
    /// Empty for every pair where the data names none, and for a pair that the corpus lacks.
    pub fn negatives(&self, pair: usize) -> &'a [u32] {
        match pair < self.negatives.rows() {
            true => self.negatives.row(pair),
            false => &[],
        }
    }

    /// Number of rows that stand in pairs, query and passage rows together.
    pub fn rows(&self) -> usize {
        self.example.len()
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.example.last().map_or(0, |last| *last as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testkit::CorpusBuilder;

    fn corpus(examples: &[u8]) -> CorpusBuilder {
        let empty = CorpusBuilder::new(&["de", "en", "es"]);
        examples.iter().fold(empty, |builder, bits| {
            let languages: Vec<u32> = (0..3).filter(|l| bits >> l & 1 == 1).collect();
            builder.example(&languages)
        })
    }

    proptest! {
        #[test]
        fn a_corpus_in_order_passes_and_one_with_two_rows_exchanged_does_not(
            examples in prop::collection::vec(1u8..8, 1..12),
            rows in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let builder = corpus(&examples);
            let mut corpus = builder.view();
            prop_assert!(corpus.check_layout().is_ok());
            let (a, b) = (rows.0.index(corpus.rows()), rows.1.index(corpus.rows()));
            let (mut role, mut example) = (corpus.role.to_vec(), corpus.example.to_vec());
            let mut language = corpus.language.to_vec();
            role.swap(a, b);
            example.swap(a, b);
            language.swap(a, b);
            (corpus.role, corpus.example, corpus.language) = (&role, &example, &language);
            prop_assert_eq!(corpus.check_layout().is_ok(), a == b);
        }
    }

    proptest! {
        #[test]
        fn hard_negatives_are_passages_of_the_corpus(corpus in crate::testkit::strategies::corpora(), row: u32) {
            let view = corpus.view();
            prop_assert!(view.check_layout().is_ok());
            let pairs = view.rows() / 2;
            prop_assume!(pairs > 0);
            let row = row % (view.rows() + view.further.len()) as u32;
            let other = corpus.clone().negatives(&[vec![row]]);
            prop_assert_eq!(other.view().check_layout().is_ok(), view.is_passage(row));
            prop_assert_eq!(other.view().negatives(0), &[row]);
            prop_assert!(other.view().negatives(pairs).is_empty());
        }
    }

    #[test]
    fn an_example_without_rows_and_a_language_without_name_are_refused() {
        assert!(corpus(&[1, 0, 1]).view().check_layout().is_err());
        let builder = CorpusBuilder::new(&["de"]).example(&[1]);
        let error = builder.view().check_layout().unwrap_err();
        assert!(error.message().ends_with("has no name"), "{}", error.message());
    }
}
