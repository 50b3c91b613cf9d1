//! Texts as the columns that cross the border.

use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::lent::Lent;

/// Texts to lend to a plugin; the host fills the columns.
#[derive(Default)]
pub struct Texts<'a> {
    text: Vec<abi::Str>,
    language: Vec<abi::Str>,
    role: Vec<u8>,
    key: Vec<u64>,
    borrowed: PhantomData<&'a str>,
}

impl<'a> Texts<'a> {
    /// Room for `count` texts.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            text: Vec::with_capacity(count),
            language: Vec::with_capacity(count),
            role: Vec::with_capacity(count),
            key: Vec::with_capacity(count),
            borrowed: PhantomData,
        }
    }

    /// Adds a text of a language, with its role (one of the contract's `ROLE_`s) and key.
    pub fn push(&mut self, text: &'a str, language: &'a str, role: u8, key: u64) {
        self.text.push(abi::Str::new(text));
        self.language.push(abi::Str::new(language));
        self.role.push(role);
        self.key.push(key);
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The raw columns of the texts in `range`, good for as long as `self` is.
    pub(super) fn raw(&self, range: std::ops::Range<usize>) -> abi::Texts {
        abi::Texts {
            struct_size: abi::Texts::SIZE,
            reserved: 0,
            count: range.len(),
            text: self.text[range.clone()].as_ptr(),
            language: self.language[range.clone()].as_ptr(),
            role: self.role[range.clone()].as_ptr(),
            key: self.key[range].as_ptr(),
        }
    }

    /// The texts in `range` and what is known of them, as they are now.
    pub(super) fn lent(&self, range: std::ops::Range<usize>) -> Lent {
        let mut lent = Lent::default()
            .and("the list of texts", &self.text[range.clone()])
            .and("the list of languages", &self.language[range.clone()])
            .and("the roles of texts", &self.role[range.clone()])
            .and("the keys of texts", &self.key[range.clone()]);
        for text in &self.text[range] {
            // SAFETY: each was made from a text that is borrowed for as long as `self`.
            if let Some(bytes) = unsafe { abi::slice(text.data, text.len) } {
                lent.add("a text", bytes);
            }
        }
        lent
    }
}
