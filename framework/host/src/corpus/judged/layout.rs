//! Where the published collections keep their parts.
//!
//! Each place is tried in turn, as it stands and with `.gz` behind it: archives are unpacked or not, MIRACL's topics are
//! published in folders as well as flat, and Mr. TyDi's as archives of its authors, as two data sets on the hub (whose
//! folders have the same names), and by Anserini.

use crate::manifest::types::{Collection, PathPattern, Reader};

/// A part of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Corpus,
    Queries,
    Qrels,
    /// What is trained on where that is no query with a document of the corpus.
    Pairs,
}

impl Part {
    /// The key of the manifest that names it.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Corpus => "collection.corpus",
            Self::Queries => "collection.queries",
            Self::Qrels => "collection.qrels",
            Self::Pairs => "path",
        }
    }

    /// What it holds, in words.
    pub(super) fn holds(self) -> &'static str {
        match self {
            Self::Corpus => "documents",
            Self::Queries => "queries",
            Self::Qrels => "judgements",
            Self::Pairs => "pairs of a mention and its entity",
        }
    }

    /// Where the manifest says that it lies.
    pub(super) fn given(self, collection: Option<&Collection>) -> Option<&PathPattern> {
        let collection = collection?;
        match self {
            Self::Corpus => collection.corpus.as_ref(),
            Self::Queries => collection.queries.as_ref(),
            Self::Qrels => collection.qrels.as_ref(),
            Self::Pairs => None,
        }
    }

    /// Where a collection that was published for `reader` has it.
    pub(super) fn published(self, reader: Reader) -> &'static [&'static str] {
        match (reader, self) {
            (Reader::Beir, Self::Corpus) => &["corpus.jsonl"],
            (Reader::Beir, Self::Queries) => &["queries.jsonl"],
            (Reader::Beir, Self::Qrels) => &["qrels/{split}.tsv"],
            (Reader::Miracl, Self::Corpus) => &["miracl-corpus-v1.0-{lang}/docs-*.jsonl"],
            (Reader::Miracl, Self::Queries) => &[
                "topics.miracl-v1.0-{lang}-{split}.tsv",
                "miracl-v1.0-{lang}/topics/topics.miracl-v1.0-{lang}-{split}.tsv",
            ],
            (Reader::Miracl, Self::Qrels) => &[
                "qrels.miracl-v1.0-{lang}-{split}.tsv",
                "miracl-v1.0-{lang}/qrels/qrels.miracl-v1.0-{lang}-{split}.tsv",
            ],
            (Reader::MrTydi, Self::Corpus) => &[
                "mrtydi-v1.1-{lang}/collection/docs.jsonl",
                "mrtydi-v1.1-{lang}.tar.gz/mrtydi-v1.1-{lang}/collection/docs.jsonl",
                "mrtydi-v1.1-{lang}/corpus.jsonl",
            ],
            (Reader::MrTydi, Self::Queries) => &[
                "mrtydi-v1.1-{lang}/topic.{split}.tsv",
                "mrtydi-v1.1-{lang}.tar.gz/mrtydi-v1.1-{lang}/topic.{split}.tsv",
                "mrtydi-v1.1-{lang}/ir-format-data/topics.{split}.txt",
                "topics.mrtydi-v1.1-{lang}.{split}.txt",
            ],
            (Reader::MrTydi, Self::Qrels) => &[
                "mrtydi-v1.1-{lang}/qrels.{split}.txt",
                "mrtydi-v1.1-{lang}.tar.gz/mrtydi-v1.1-{lang}/qrels.{split}.txt",
                "mrtydi-v1.1-{lang}/ir-format-data/qrels.{split}.txt",
                "qrels.mrtydi-v1.1-{lang}.{split}.txt",
            ],
            (Reader::MewsliX, Self::Corpus) => &["candidate_set_entities.jsonl"],
            (Reader::MewsliX, Self::Queries) => &["wikinews_mentions-{split}.jsonl"],
            (Reader::MewsliX, Self::Pairs) => &["wikipedia_pairs-{split}.jsonl"],
            _ => &[],
        }
    }
}

/// The split that is published for measuring.
pub(super) fn measured_split(reader: Reader, part: Part) -> &'static str {
    match (reader, part) {
        (Reader::Miracl, _) | (Reader::MewsliX, Part::Pairs) => "dev",
        _ => "test",
    }
}
