//! Artificial code-switching: words of a training text are replaced by translations out of bilingual dictionaries.
//!
//! A retriever that is trained on English pairs alone learns that the right passage is written in the language of the
//! query. Litschko, Artemova and Plank (Boosting Zero-shot Cross-lingual Retrieval by Training on Artificially
//! Code-Switched Data, Findings of ACL 2023, arXiv 2305.05295, section 3) take that clue away without a line of
//! translated text: each token of the English pairs is replaced with probability p, in one target language (BL-CS) or
//! in one drawn anew for every token (ML-CS).
//!
//! | here | there |
//! |---|---|
//! | `mode = "bilingual"`, one file | BL-CS: one lexicon for all queries, one for all passages (two entries of `augment`) |
//! | `mode = "bilingual"`, several files | as their multilingual Wiki-CS: a language is drawn for each query and each passage |
//! | `mode = "multilingual"` | ML-CS: a language is drawn for each token; where its lexicon lacks the token, it stays |
//!
//! Their lexicons are nearest neighbours of word embeddings, all in lower case; those here are files, with as many
//! translations a word as the file lists, and the case of the text is kept ([`casing`]). Their tokens are those of the
//! Penn Treebank, ours the words of UAX #29, so that everything between words stays as it is, to the byte.
//!
//! Reads along the files: [`options`], [`files`] (a folder, an archive), [`lexicon`] (lines to a table that is looked
//! up), [`casing`], [`dictionary`] (the draws).

mod casing;
mod dictionary;
mod files;
mod lexicon;
mod options;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod option_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod real_tests;
#[cfg(test)]
mod testing;

use dictionary::Dictionary;

triglot_sdk::plugin! {
    name: "codeswitch",
    components: [augmenter Dictionary],
}
