//! Texts as they are lent: every column between canaries, and every text too.

use std::ops::Range;

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use super::manners::{Manners, Struct};
use super::memory::Lent;
use crate::plugin::check::material::Text;

/// Texts to lend.
pub(super) struct LentTexts {
    /// All texts and languages, one behind another with a canary between.
    bytes: Lent,
    text: Lent,
    language: Lent,
    role: Lent,
    key: Lent,
    count: usize,
    manners: Manners,
}

/// What stands between two texts: no text ends with it, and it is not UTF-8.
const BETWEEN: &[u8] = &[0xA5; 8];

impl LentTexts {
    pub(super) fn new(texts: &[Text], manners: &Manners) -> Self {
        let mut all = Vec::new();
        let mut place = |text: &str| -> Range<usize> {
            let start = all.len();
            all.extend_from_slice(text.as_bytes());
            let end = all.len();
            all.extend_from_slice(BETWEEN);
            start..end
        };
        let places: Vec<_> = texts.iter().map(|text| place(&text.text)).collect();
        let language_places: Vec<_> = texts.iter().map(|text| place(&text.language)).collect();
        let bytes = Lent::new("the texts", &all);
        let start: *const u8 = bytes.pointer();
        let column = |places: Vec<Range<usize>>| -> Vec<abi::Str> {
            let str = |place: Range<usize>| match manners.least && place.is_empty() {
                true => abi::Str::EMPTY,
                false => abi::Str { data: start.wrapping_add(place.start), len: place.len() },
            };
            places.into_iter().map(str).collect()
        };
        let roles: Vec<u8> = texts.iter().map(|text| text.role).collect();
        let keys: Vec<u64> = texts.iter().map(|text| text.key).collect();
        Self {
            text: Lent::new("the column `text` of Texts", &column(places)),
            language: Lent::new("the column `language` of Texts", &column(language_places)),
            role: Lent::new("the column `role` of Texts", &roles),
            key: Lent::new("the column `key` of Texts", &keys),
            count: texts.len(),
            manners: *manners,
            bytes,
        }
    }

    /// The struct, as a value.
    pub(super) fn raw(&self) -> abi::Texts {
        abi::Texts {
            struct_size: abi::Texts::SIZE,
            reserved: 0,
            count: self.count,
            text: self.manners.place(&self.text),
            language: self.manners.place(&self.language),
            role: self.manners.place(&self.role),
            key: self.manners.place(&self.key),
        }
    }

    /// The struct, to lend.
    pub(super) fn lend(&self) -> Struct {
        Struct::to_read("Texts", self.raw(), &self.manners)
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        [&self.bytes, &self.text, &self.language, &self.role, &self.key]
            .into_iter()
            .try_for_each(Lent::check)
    }
}
