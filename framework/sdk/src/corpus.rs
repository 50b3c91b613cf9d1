//! The rows that a sampler draws from.

use triglot_abi as abi;

use crate::error::{Error, Result};
use crate::glue::raw;

/// The training rows, as columns.
///
/// Rows are sorted by (example, language, role): every language of an example has its query row, then its passage
/// row. Examples are numbered from 0 without gaps. A sampler may rely on it: see [`Corpus::check_layout`].
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
}

impl<'a> Corpus<'a> {
    /// # Safety
    /// `view` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(view: &abi::CorpusView) -> Result<Self> {
        let n = view.rows;
        if u32::try_from(n).is_err() {
            return Err(Error::invalid(format!("{n} rows do not fit 32 bits")));
        }
        // SAFETY: by contract every column has `rows` entries and the names as many as counted.
        unsafe {
            let names = |names, count, what| -> Result<Vec<&'a str>> {
                raw::slice(names, count, what)?.iter().map(|name| raw::str(*name, what)).collect()
            };
            Ok(Self {
                data_set: raw::slice(view.data_set, n, "corpus.data_set")?,
                language: raw::slice(view.language, n, "corpus.language")?,
                role: raw::slice(view.role, n, "corpus.role")?,
                example: raw::slice(view.example, n, "corpus.example")?,
                group: raw::slice(view.group, n, "corpus.group")?,
                length: raw::slice(view.length, n, "corpus.length")?,
                text_hash: raw::slice(view.text_hash, n, "corpus.text_hash")?,
                user: match view.user.is_null() {
                    true => None,
                    false => Some(raw::slice(view.user, n, "corpus.user")?),
                },
                languages: names(view.language_names, view.language_count, "a language name")?,
                data_sets: names(view.data_set_names, view.data_set_count, "a data set name")?,
            })
        }
    }

    /// Checks the order of the rows that the type promises, and that every language and data set has a name.
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
        if !named(self.language, self.languages.len())
            || !named(self.data_set, self.data_sets.len())
        {
            return Err(Error::invalid("a language or data set of the corpus has no name"));
        }
        Ok(())
    }

    /// Number of rows, query and passage rows together.
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

    #[test]
    fn an_example_without_rows_and_a_language_without_name_are_refused() {
        assert!(corpus(&[1, 0, 1]).view().check_layout().is_err());
        let builder = CorpusBuilder::new(&["de"]).example(&[1]);
        let error = builder.view().check_layout().unwrap_err();
        assert!(error.message().ends_with("has no name"), "{}", error.message());
    }
}
