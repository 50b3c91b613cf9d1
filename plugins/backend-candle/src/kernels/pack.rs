//! Texts packed one after another, without padding: row i of every matrix is token i of the pack.

use std::ops::Range;

/// The tokens of some texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pack {
    tokens: Vec<u32>,
    /// The text and the position of every token.
    places: Vec<(u32, u32)>,
    /// Where each text begins, and at last where the last one ends.
    offsets: Vec<usize>,
    keys: Vec<u64>,
}

impl Pack {
    /// A pack of texts, each its tokens, and their keys.
    pub(crate) fn new(texts: Vec<impl AsRef<[u32]>>, keys: Vec<u64>) -> Self {
        debug_assert_eq!(texts.len(), keys.len());
        let mut pack = Self { offsets: vec![0], keys, ..Self::default() };
        for (text, tokens) in (0..).zip(&texts) {
            let tokens = tokens.as_ref();
            pack.places.extend((0..).zip(tokens).map(|(position, _)| (text, position)));
            pack.tokens.extend(tokens);
            pack.offsets.push(pack.tokens.len());
        }
        pack
    }

    /// All tokens.
    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Number of texts.
    pub(crate) fn texts(&self) -> usize {
        self.keys.len()
    }

    /// The rows of every text.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        self.offsets.windows(2).map(|pair| pair[0]..pair[1])
    }

    /// The text that a row belongs to.
    #[inline(always)]
    pub(crate) fn text(&self, row: usize) -> u32 {
        self.places[row].0
    }

    /// The position of a row's token in its text.
    #[inline(always)]
    pub(crate) fn position(&self, row: usize) -> u32 {
        self.places[row].1
    }

    /// The key of a text.
    #[inline(always)]
    pub(crate) fn key(&self, text: u32) -> u64 {
        self.keys[text as usize]
    }

    /// `values` [tokens × cols], cut where texts begin.
    pub(crate) fn split_mut<'a>(
        &self,
        mut values: &'a mut [f32],
        cols: usize,
    ) -> Vec<&'a mut [f32]> {
        let mut parts = Vec::with_capacity(self.texts());
        for rows in self.rows() {
            let (part, rest) = values.split_at_mut(rows.len() * cols);
            parts.push(part);
            values = rest;
        }
        parts
    }
}
