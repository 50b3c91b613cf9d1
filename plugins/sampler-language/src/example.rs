//! One example of a corpus: the pairs of rows that say the same in several languages.
//!
//! Rows are sorted by (example, language, role) and examples have no gaps, so that an example is a range of rows, and
//! row 2i, a query, is followed by its passage.

use triglot_sdk::Corpus;

/// An example, where it lies.
#[derive(Debug, Clone, Copy)]
pub struct Example<'c> {
    corpus: &'c Corpus<'c>,
    first: usize,
    end: usize,
}

impl<'c> Example<'c> {
    /// The example that begins at row `first`; `None` past the last row.
    pub fn at(corpus: &'c Corpus<'c>, first: usize) -> Option<Self> {
        let number = corpus.example.get(first).filter(|_| first < corpus.rows())?;
        let mut end = first + 2;
        while end < corpus.rows() && corpus.example[end] == *number {
            end += 2;
        }
        Some(Self { corpus, first, end })
    }

    /// Its number in the corpus.
    pub fn number(&self) -> u32 {
        self.corpus.example[self.first]
    }

    /// Its data set: an example is of one.
    pub fn data_set(&self) -> u32 {
        self.corpus.data_set[self.first]
    }

    /// (language, query row) of each of its pairs of rows, by ascending language.
    pub fn queries(&self) -> impl Iterator<Item = (u32, u32)> + Clone + 'c {
        let language = self.corpus.language;
        (self.first..self.end).step_by(2).map(move |row| (language[row], row as u32))
    }

    /// Whether another has the same languages, and is of the same data set.
    pub fn is_like(&self, other: &Self) -> bool {
        let ours = self.queries().map(|(language, _)| language);
        let theirs = other.queries().map(|(language, _)| language);
        self.data_set() == other.data_set() && ours.eq(theirs)
    }

    /// The query row in a language.
    pub fn query_in(&self, language: u32) -> Option<u32> {
        self.queries().find_map(|(found, row)| (found == language).then_some(row))
    }
}

/// The examples in these rows, which begin and end at the border of two.
pub fn examples<'c>(
    corpus: &'c Corpus<'c>,
    rows: std::ops::Range<usize>,
) -> impl Iterator<Item = Example<'c>> {
    let first = Example::at(corpus, rows.start);
    std::iter::successors(first, |example| Example::at(corpus, example.end))
        .take_while(move |example| example.first < rows.end)
}
