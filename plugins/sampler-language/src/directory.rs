//! Where the items of a corpus stand: item n of a list, in memory that does not grow with the corpus.
//!
//! A list of row numbers for each language would be a second corpus. A directory cuts the rows into blocks, and keeps
//! for every list how many items it has before each block; item n is then found by binary search among the blocks, and
//! by counting within one. The blocks are as many as fit a fixed budget: a corpus ten times as large is counted through
//! ten times as long, which for ten million examples in eleven languages is some hundred pairs an item. Where every
//! example of a block has all languages nothing is counted: the place of an item follows by division.

use triglot_sdk::{Corpus, Error, Host, Result};

use crate::counts::Counts;
use crate::example::{Example, examples};
use crate::lists::Lists;

/// Bytes that counts and borders of blocks may take.
const BUDGET: usize = 24 << 20;
/// Pairs of rows in the smallest blocks worth cutting.
const SMALLEST: usize = 32;
/// How many blocks are counted between two looks at whether to stop.
const UNINTERRUPTED: usize = 4096;

/// Finds the items of lists.
#[derive(Debug)]
pub struct Directory {
    lists: Lists,
    /// The first row of each block, and the end of the last.
    borders: Vec<u32>,
    /// How many items of each list stand before each block, and in all.
    counts: Counts,
}

impl Directory {
    /// Counts a corpus through.
    pub fn new(lists: Lists, corpus: &Corpus<'_>, host: &Host) -> Result<Self> {
        let pairs = corpus.rows() / 2;
        let most = lists.most_of_an_example().saturating_mul(corpus.examples() as u64);
        let of_a_block = size_of::<u32>() + lists.len() * Counts::width(most);
        let blocks = (BUDGET / of_a_block).min(pairs / SMALLEST).max(1);
        let borders = borders(corpus, blocks);
        let mut counts = Counts::new(most, lists.len(), blocks + 1);
        let mut running = vec![0; lists.len()];
        for (block, rows) in borders.windows(2).enumerate() {
            if block.is_multiple_of(UNINTERRUPTED) && host.cancelled() {
                return Err(Error::cancelled());
            }
            counts.put(block, &running);
            for example in examples(corpus, rows[0] as usize..rows[1] as usize) {
                lists.of(&example, |list, items| running[list] += items);
            }
        }
        counts.put(blocks, &running);
        Ok(Self { lists, borders, counts })
    }

    /// What the lists are.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// How many items a list has.
    pub fn items(&self, list: usize) -> u64 {
        self.counts.total(list)
    }

    /// Item `n` of a list: its example, and its number among the items that the example has on the list.
    pub fn find<'c>(
        &self,
        corpus: &'c Corpus<'c>,
        list: usize,
        n: u64,
    ) -> Option<(Example<'c>, u64)> {
        let (block, before, items) = self.counts.block(list, n);
        let mut n = n.checked_sub(before)?;
        let rows = *self.borders.get(block)? as usize..*self.borders.get(block + 1)? as usize;
        let first = Example::at(corpus, rows.start)?;
        let number = (corpus.example.get(rows.end - 1)? - first.number()) as usize + 1;
        let each = self.lists.count(&first, list);
        let regular = rows.len() == 2 * number * corpus.languages.len();
        if regular && each * number as u64 == items && each > 0 {
            let start = rows.start + (n / each) as usize * 2 * corpus.languages.len();
            return Some((Example::at(corpus, start)?, n % each));
        }
        for example in examples(corpus, rows) {
            let count = self.lists.count(&example, list);
            match n.checked_sub(count) {
                None => return Some((example, n)),
                Some(rest) => n = rest,
            }
        }
        None
    }
}

/// Rows at which blocks of about the same size begin, moved to the beginning of an example, and the end.
fn borders(corpus: &Corpus<'_>, blocks: usize) -> Vec<u32> {
    let pairs = corpus.rows() / 2;
    let border = |block: usize| {
        let mut row = 2 * (pairs * block / blocks);
        while row > 0 && row < corpus.rows() && corpus.example[row] == corpus.example[row - 1] {
            row += 2;
        }
        row as u32
    };
    (0..=blocks).map(border).collect()
}
