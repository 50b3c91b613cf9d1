//! A corpus as it is lent to samplers.

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use super::manners::{Manners, Struct};
use super::memory::Lent;
use crate::lists::Lists;
use crate::plugin::check::material::Corpus;

/// The columns of a corpus, each between canaries.
pub(super) struct LentCorpus {
    columns: Vec<Lent>,
    view: Struct,
}

impl LentCorpus {
    pub(super) fn new(corpus: &Corpus, manners: &Manners) -> Self {
        let mut columns = Vec::new();
        let mut names = |what: &str, names: &[String]| -> *const abi::Str {
            let texts: Vec<Lent> = names
                .iter()
                .map(|name| Lent::new(format!("a name in {what}"), name.as_bytes()))
                .collect();
            let str = |(name, text): (&String, &Lent)| abi::Str {
                data: manners.place(text),
                len: name.len(),
            };
            let strs: Vec<abi::Str> = names.iter().zip(&texts).map(str).collect();
            columns.extend(texts);
            let column = Lent::new(what, &strs);
            let pointer = manners.place(&column);
            columns.push(column);
            pointer
        };
        let language_names = names("the column `language_names` of CorpusView", &corpus.languages);
        let data_set_names = names("the column `data_set_names` of CorpusView", &corpus.data_sets);
        let lists = corpus.negatives.as_ref();
        let mut negatives = |what: &str, values: &[u32]| -> *const u32 {
            let column = Lent::new(format!("{what} of the hard negatives of CorpusView"), values);
            let pointer = manners.place(&column);
            columns.push(column);
            pointer
        };
        let negatives = abi::Csr {
            offsets: negatives("the offsets", lists.map_or(&[], Lists::offsets)),
            items: negatives("the items", lists.map_or(&[], Lists::items)),
            rows: lists.map_or(0, Lists::rows),
        };
        macro_rules! column {
            ($($field:ident)+) => {
                abi::CorpusView {
                    struct_size: abi::CorpusView::SIZE,
                    reserved: 0,
                    rows: corpus.rows(),
                    user: match &corpus.user {
                        Some(user) => {
                            columns.push(Lent::new("the column `user` of CorpusView", user));
                            columns.last().map_or(std::ptr::null(), |lent| manners.place(lent))
                        }
                        None => std::ptr::null(),
                    },
                    language_names,
                    language_count: corpus.languages.len(),
                    data_set_names,
                    data_set_count: corpus.data_sets.len(),
                    further_passages: corpus.further_passages,
                    negatives,
                    $($field: {
                        let what = concat!("the column `", stringify!($field), "` of CorpusView");
                        columns.push(Lent::new(what, &corpus.$field));
                        columns.last().map_or(std::ptr::null(), |lent| manners.place(lent))
                    },)+
                }
            };
        }
        let view = column!(data_set language role example group length text_hash);
        Self { view: Struct::to_read("CorpusView", view, manners), columns }
    }

    pub(super) fn pointer(&self) -> *const abi::CorpusView {
        self.view.pointer::<abi::CorpusView>().cast_const()
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        self.view.check()?;
        self.columns.iter().try_for_each(Lent::check)
    }
}
