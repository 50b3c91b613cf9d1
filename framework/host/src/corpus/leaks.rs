//! What training and evaluation have in common: the same questions, the same right passages.
//!
//! Every run looks, since a model that is tested on what it learnt is the mistake that no table shows. So only exact
//! texts are compared, each looked up once in the table of training, in whatever language; what is merely similar is
//! for `triglot data inspect` to find. Of passages those count that answer a query of the evaluation: the splits of a
//! collection share its documents, and nothing is given away by one that nobody asks for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::collection::EvaluationData;
use super::table::{QUERY, TextTable};
use crate::manifest::types::Reader;

/// Characters of a text that an example shows.
const SHOWN: usize = 60;

/// What training and evaluation have in common.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Common {
    /// Queries whose ids are those of examples: the same questions, be it in other languages.
    Ids,
    /// Queries whose texts are those of queries.
    Queries,
    /// Relevant passages whose texts are those of passages.
    Passages,
}

/// Something of a data set to measure on that is trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leak {
    /// The data set to measure on.
    pub evaluation: String,
    /// The data set to train on.
    pub training: String,
    /// What they have in common.
    pub common: Common,
    /// How many queries or relevant passages of the evaluation are trained on.
    pub count: usize,
    /// How many there are.
    pub of: usize,
    /// One of them: its id, and the beginning of its text.
    pub example: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { evaluation, training, common, count, of, example } = self;
        let what = match common {
            Common::Ids => "queries have the ids of examples",
            Common::Queries => "queries are queries",
            Common::Passages => "relevant passages are passages",
        };
        write!(
            f,
            "{evaluation} tests what is trained on: {count} of its {of} {what} of {training}, such as {example}"
        )
    }
}

/// The texts and the ids of what is trained on, ready to be looked up.
pub struct Trained<'t> {
    table: &'t TextTable,
    /// How the files of each data set are read.
    readers: Vec<Reader>,
    /// The first data set whose query a text is.
    queries: HashMap<&'t str, usize>,
    /// The first data set whose passage it is.
    passages: HashMap<&'t str, usize>,
    /// The first data set whose example has the id.
    ids: HashMap<&'t str, usize>,
}

impl<'t> Trained<'t> {
    /// Everything in the rows of a table whose data sets are read by these readers.
    pub fn new(table: &'t TextTable, readers: Vec<Reader>) -> Self {
        let mut trained = Self {
            table,
            readers,
            queries: HashMap::new(),
            passages: HashMap::new(),
            ids: HashMap::new(),
        };
        for row in 0..table.rows() {
            let data_set = table.data_set.get(row).map_or(0, |data_set| *data_set as usize);
            let is_query = table.role.get(row) == Some(&QUERY);
            let texts = if is_query { &mut trained.queries } else { &mut trained.passages };
            texts.entry(table.text(row)).or_insert(data_set);
            if let Some(example) = table.example.get(row).filter(|_| is_query) {
                trained.ids.entry(table.example_id(*example)).or_insert(data_set);
            }
        }
        trained
    }

    /// What it has in common with a data set of that name to measure on, which is read by `reader`.
    pub fn leaks(&self, name: &str, reader: Reader, data: &EvaluationData) -> Vec<Leak> {
        let queries = || data.query_ids.iter().zip(&data.query_texts);
        let ids = queries().filter_map(|(id, text)| {
            let (_, own) = id.split_once(':')?;
            let data_set = *self.ids.get(own)?;
            // Ids that somebody gave to questions; the number of a line says nothing in another file.
            let is_given =
                matches!(reader, Reader::Squad | Reader::Jsonl | Reader::Tsv | Reader::Embedded);
            (is_given && self.readers.get(data_set) == Some(&reader))
                .then_some((data_set, id, text))
        });
        let same_queries =
            queries().filter_map(|(id, text)| Some((*self.queries.get(text.as_str())?, id, text)));
        let relevant = relevant(data);
        let same_passages = relevant.iter().filter_map(|document| {
            let (id, text) =
                (data.document_ids.get(*document)?, data.document_texts.get(*document)?);
            Some((*self.passages.get(text.as_str())?, id, text))
        });
        let mut leaks = self.count(name, Common::Ids, data.query_ids.len(), ids);
        leaks.extend(self.count(name, Common::Queries, data.query_ids.len(), same_queries));
        leaks.extend(self.count(name, Common::Passages, relevant.len(), same_passages));
        leaks
    }

    /// A leak for each data set to train on that something is of.
    fn count<'d>(
        &self,
        name: &str,
        common: Common,
        of: usize,
        found: impl Iterator<Item = (usize, &'d String, &'d String)>,
    ) -> Vec<Leak> {
        let mut leaks: BTreeMap<usize, Leak> = BTreeMap::new();
        for (data_set, id, text) in found {
            let leak = leaks.entry(data_set).or_insert_with(|| Leak {
                evaluation: name.to_owned(),
                training: self.table.data_sets.get(data_set).cloned().unwrap_or_default(),
                common,
                count: 0,
                of,
                example: format!("`{id}`: {:?}", beginning(text)),
            });
            leak.count += 1;
        }
        leaks.into_values().collect()
    }
}

/// The documents that are relevant to some query.
fn relevant(data: &EvaluationData) -> BTreeSet<usize> {
    let judged = data.judgements.iter().flatten().filter(|(_, grade)| *grade > 0);
    judged.map(|(document, _)| *document as usize).collect()
}

/// The beginning of a text, to be shown.
pub fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
