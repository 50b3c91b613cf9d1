//! Data sets: those to train on, to validate on and to measure on.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bm25, Collection};

/// How the files of a data set are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// SQuAD-shaped JSON, plain or gzip, one file a language, parallel by question id.
    Squad,
    /// JSON lines with the keys `id`, `language`, `query`, `passage`, plain or gzip.
    Jsonl,
    /// Tab-separated with a header line `id language query passage`, plain or gzip.
    Tsv,
    /// One file a language, plain or gzip; line i of every file is example i, query and passage alike.
    AlignedLines,
    /// BUCC's comparable corpora, plain or gzip: `path` holds `{lang}` and `{side}`, and leads to the sentences of the
    /// language and to those of the pivot (lines of id, tab, sentence), and with `gold` in the place of `{side}` to the
    /// pairs of translations (lines of id, tab, id).
    Bucc,
    /// A corpus that comes with triglot; `path` is its name and split, for example `facts/train`.
    Embedded,
    /// A collection in BEIR's layout: a folder with `corpus.jsonl`, `queries.jsonl` and `qrels/{split}.tsv`, one a
    /// language.
    Beir,
    /// MIRACL: a folder with `topics.miracl-v1.0-{lang}-{split}.tsv` and `qrels.miracl-v1.0-{lang}-{split}.tsv`, or with
    /// the folders `miracl-v1.0-{lang}` that hold them, and `miracl-corpus-v1.0-{lang}/docs-*.jsonl`.
    Miracl,
    /// Mr. TyDi: a folder with `mrtydi-v1.1-{lang}` (or `mrtydi-v1.1-{lang}.tar.gz`), each with
    /// `collection/docs.jsonl`, `topic.{split}.tsv` and `qrels.{split}.txt`, or with `corpus.jsonl`,
    /// `ir-format-data/topics.{split}.txt` and `ir-format-data/qrels.{split}.txt`.
    MrTydi,
    /// A TREC collection of several document languages, such as NeuCLIR; `collection` says where its parts lie.
    Trec,
    /// Mewsli-X, XTREME-R's entity linking: a folder with `candidate_set_entities.jsonl` and
    /// `wikinews_mentions-{split}.jsonl`; to train on, `wikipedia_pairs-{split}.jsonl`.
    MewsliX,
}

impl Reader {
    /// Whether a sentence is query and passage at once, and asks for its translations.
    pub fn is_bitext(self) -> bool {
        matches!(self, Self::AlignedLines | Self::Bucc)
    }

    /// Whether it reads documents, queries and judgements that stand apart.
    pub fn is_of_collections(self) -> bool {
        matches!(self, Self::Beir | Self::Miracl | Self::MrTydi | Self::Trec | Self::MewsliX)
    }
}

/// What a passage is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PassageUnit {
    /// The whole paragraph.
    #[default]
    Paragraph,
    /// The sentence that holds the answer: from the file where it lists sentences, else by UAX #29.
    Sentence,
}

/// Where the files of a data set lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PathPattern {
    /// One path; `{lang}` stands for the language code.
    Pattern(String),
    /// One path a language.
    PerLanguage(IndexMap<String, String>),
}

/// A data set to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// The name by which the data set is spoken of.
    pub name: String,
    /// How its files are read.
    pub reader: Reader,
    /// Where its files lie, against `--data-dir`, `TRIGLOT_DATA_DIR`, else the manifest's folder.
    pub path: PathPattern,
    /// The language of the other file of every pair, with the readers `aligned-lines` and `bucc`; in `path`, `{side}` stands for
    /// the language in its own file and for the pivot in the other. Without `{side}` all languages share the one file of
    /// the pivot that `path` leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// Which languages to read; all that are found, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Where the parts of a collection lie, with a reader of collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What a passage is.
    #[serde(default)]
    pub passage: PassageUnit,
    /// A file of which line i names the group of example i (its document), with the reader `aligned-lines`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// Fraction of the paragraphs (in [0, 1)) kept away from training for the validation loss.
    #[serde(default)]
    pub holdout: f64,
    /// Take only this many examples, drawn by key, for a quick look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// What the data calls the number that samplers find in their user column (a difficulty, a weight): a key of the
    /// records, a column of the table, or a key of the questions in SQuAD's shape. A question may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_column: Option<String>,
    /// Where the hard negatives of its queries lie, a path as `path` is one; JSON lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negatives: Option<PathPattern>,
}

/// The name of what the data sets to train on hold out, among the losses of a validation.
pub const HOLDOUT: &str = "holdout";

/// A data set of pairs that are never trained on: its loss is computed while a stage trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidationSet {
    /// The name by which `validation.loss` of a stage means it.
    pub name: String,
    /// How its files are read.
    pub reader: Reader,
    /// Where its files lie, against `--data-dir`, `TRIGLOT_DATA_DIR`, else the manifest's folder.
    pub path: PathPattern,
    /// The language of the other file of every pair, with the readers `aligned-lines` and `bucc`; in `path`, `{side}` stands for
    /// the language in its own file and for the pivot in the other. Without `{side}` all languages share the one file of
    /// the pivot that `path` leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// Which languages to read; all that are found, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Where the parts of a collection lie, with a reader of collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What a passage is.
    #[serde(default)]
    pub passage: PassageUnit,
    /// Take only this many examples, drawn by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A retrieval setting.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Queries of a language against the pool of the same language.
    Monolingual,
    /// Queries of a language against the pool of another, every ordered pair.
    CrossLingual,
    /// Queries of a language against all pools as one.
    Multilingual,
}

impl Setting {
    /// All settings, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Monolingual, Self::CrossLingual, Self::Multilingual];

    /// The setting's name, as the manifest writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monolingual => "monolingual",
            Self::CrossLingual => "cross-lingual",
            Self::Multilingual => "multilingual",
        }
    }
}

/// How the score of a query and a passage follows from their embeddings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// Cosine of the angle.
    #[default]
    Cosine,
    /// Inner product.
    Dot,
}

/// With how many bits the numbers of embeddings are kept and searched; products are of 32 bits either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits: half the disk, three significant digits.
    F16,
}

/// Windows that long passages are cut into: a passage scores as the best of its windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sections {
    /// Words of a window, by Unicode's rules; in scripts that do not part words, such as Chinese and Thai, a word is
    /// about a character.
    pub words: u64,
    /// Words from the beginning of a window to that of the next, at most `words`; as many, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<u64>,
}

/// A data set to measure on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The name under which the results stand.
    pub name: String,
    /// How its files are read.
    pub reader: Reader,
    /// Where its files lie, against `--data-dir`, `TRIGLOT_DATA_DIR`, else the manifest's folder.
    pub path: PathPattern,
    /// The language of the other file of every pair, with the readers `aligned-lines` and `bucc`; in `path`, `{side}` stands for
    /// the language in its own file and for the pivot in the other. Without `{side}` all languages share the one file of
    /// the pivot that `path` leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// Which languages to read; all that are found, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Where the parts of a collection lie, with a reader of collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What a passage is.
    #[serde(default)]
    pub passage: PassageUnit,
    /// Take only this many examples, drawn by key; the pools shrink with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The retrieval settings.
    #[serde(default = "all_settings")]
    pub settings: Vec<Setting>,
    /// The metrics: a name such as `ndcg@10` or `rbp(p=0.5)@10`, `library/name@k` where two libraries offer it.
    pub metrics: Vec<String>,
    /// How a query and a passage are scored.
    #[serde(default)]
    pub similarity: Similarity,
    /// How embeddings are kept.
    #[serde(default)]
    pub embeddings: Precision,
    /// Cut passages into windows, each with an embedding of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sections: Option<Sections>,
    /// Whether BM25 is measured on it too, once a run, as the baseline of every table: `true` with k1 = 0.9 and
    /// b = 0.4, the defaults of Anserini and Pyserini, `{ k1 = 1.2, b = 0.75 }` with others, or `false`. A pool of a
    /// million passages of 75 words takes half a minute on two cores and 0.7 GB beside its texts; on a collection of tens
    /// of millions, turn it off.
    #[serde(default)]
    pub bm25: Bm25,
}

fn all_settings() -> Vec<Setting> {
    Setting::ALL.to_vec()
}
