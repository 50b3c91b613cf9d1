//! The corpus that comes with triglot: plain facts, asked and told in five languages and three scripts.
//!
//! Everything here is our own and under the project's licence: a lexicon (what an entity or value is called in every
//! language), entities (what is true of them) and hand-written templates (how a fact is asked and told). Every fact
//! exists in every language. Words recur over many facts, and names differ between languages, so that an encoder
//! trained from scratch can learn which words correspond, if its batches show it.
//!
//! A fact is held out for the test split by a keyed hash; the other facts of the same entity teach its name.

use std::collections::BTreeMap;

use super::record::Record;

/// The languages, sorted.
pub const LANGUAGES: &[&str] = &["de", "en", "es", "ru", "zh"];
/// The splits.
pub const SPLITS: &[&str] = &["train", "test"];

const LEXICON: &str = include_str!("lexicon.tsv");
const ENTITIES: &str = include_str!("entities.tsv");
const TEMPLATES: &str = include_str!("templates.tsv");

/// One in so many facts is held out.
const HELD_OUT: u64 = 4;

/// The records of a split, every fact in every language; empty for a name that is no split.
pub fn records(split: &str) -> Vec<Record> {
    let lexicon = lexicon();
    let templates = templates();
    let wanted = |id: &str| match split {
        "train" => !is_held_out(id),
        "test" => is_held_out(id),
        _ => false,
    };
    let mut records = Vec::new();
    for (entity, relation, value) in facts() {
        let id = format!("{entity}.{relation}");
        if !wanted(&id) {
            continue;
        }
        for language in LANGUAGES {
            let word = |key: &str| lexicon.get(&(key, *language)).copied();
            let tell = |kind: &str| {
                let choices = templates.get(&(relation, kind, *language))?;
                let choice = draw(&format!("{kind} {id} {language}"), choices.len() as u64);
                let template = choices.get(choice as usize)?;
                let text = template.replace("{e}", word(entity)?).replace("{v}", word(value)?);
                Some(capitalised(&text))
            };
            if let (Some(query), Some(passage)) = (tell("q"), tell("p")) {
                records.push(Record {
                    id: id.clone(),
                    language: (*language).to_owned(),
                    query,
                    passage,
                    group: entity.to_owned(),
                });
            }
        }
    }
    records
}

/// BLAKE3, in hexadecimal, of the files that the corpus is made of.
pub fn hash() -> String {
    let mut hasher = blake3::Hasher::new();
    for file in [LEXICON, ENTITIES, TEMPLATES] {
        hasher.update(file.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn is_held_out(id: &str) -> bool {
    draw(&format!("split {id}"), HELD_OUT) == 0
}

/// A number below `n` that follows from `key` alone.
fn draw(key: &str, n: u64) -> u64 {
    let hash = blake3::derive_key("triglot facts corpus 1", key.as_bytes());
    u64::from_le_bytes(std::array::from_fn(|i| hash[i])) % n.max(1)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// (entity, relation, value), in the order of the file.
fn facts() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    lines(ENTITIES).flat_map(|line| {
        let mut parts = line.split('\t');
        let entity = parts.next().unwrap_or_default();
        parts.filter_map(move |part| {
            part.split_once('=').map(|(relation, value)| (entity, relation, value))
        })
    })
}

/// By key and language.
fn lexicon() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let mut all = lines(LEXICON);
    let languages: Vec<&str> = all.next().unwrap_or_default().split('\t').skip(1).collect();
    all.flat_map(|line| {
        let mut parts = line.split('\t');
        let key = parts.next().unwrap_or_default();
        let words: Vec<_> =
            languages.iter().zip(parts).map(|(language, word)| ((key, *language), word)).collect();
        words
    })
    .collect()
}

/// By relation, kind and language.
type Templates = BTreeMap<(&'static str, &'static str, &'static str), Vec<&'static str>>;

fn templates() -> Templates {
    let mut templates = Templates::new();
    for line in lines(TEMPLATES) {
        let parts: Vec<&str> = line.split('\t').collect();
        if let [relation, kind, language, text] = parts[..] {
            templates.entry((relation, kind, language)).or_default().push(text);
        }
    }
    templates
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fact_is_told_in_every_language() {
        let told: usize = SPLITS.iter().map(|split| records(split).len()).sum();
        assert_eq!(told, facts().count() * LANGUAGES.len());
        assert!(records("train").len() >= 220 * LANGUAGES.len());
        assert!(records("test").len() >= 60 * LANGUAGES.len());
        assert!(records("dev").is_empty());
    }

    #[test]
    fn no_fact_is_in_both_splits() {
        let ids = |split| records(split).into_iter().map(|r| r.id).collect::<BTreeSet<_>>();
        assert!(ids("train").is_disjoint(&ids("test")));
    }

    #[test]
    fn questions_and_passages_are_distinct_within_a_language() {
        for split in SPLITS {
            for language in LANGUAGES {
                let own: Vec<Record> =
                    records(split).into_iter().filter(|r| r.language == *language).collect();
                let queries: BTreeSet<&str> = own.iter().map(|r| r.query.as_str()).collect();
                let passages: BTreeSet<&str> = own.iter().map(|r| r.passage.as_str()).collect();
                assert_eq!((queries.len(), passages.len()), (own.len(), own.len()), "{language}");
            }
        }
    }

    #[test]
    fn every_line_of_the_files_has_all_its_columns() {
        assert!(lines(LEXICON).all(|line| line.split('\t').count() == 1 + LANGUAGES.len()));
        assert!(lines(LEXICON).all(|line| line.split('\t').all(|word| !word.trim().is_empty())));
        assert!(lines(TEMPLATES).all(|line| line.split('\t').count() == 4));
        let relations: BTreeSet<&str> = facts().map(|(_, relation, _)| relation).collect();
        for key in templates().keys() {
            assert!(relations.contains(key.0) && LANGUAGES.contains(&key.2), "{key:?}");
        }
    }

    #[test]
    fn texts_are_whole_and_in_their_script() {
        for record in SPLITS.iter().flat_map(|split| records(split)) {
            for text in [&record.query, &record.passage] {
                assert!(!text.contains(['{', '}', '=']), "{text}");
                let letters = text.chars().filter(|c| c.is_alphabetic());
                let foreign = letters.filter(|c| match record.language.as_str() {
                    "ru" => !('\u{400}'..='\u{4ff}').contains(c),
                    "zh" => !('\u{4e00}'..='\u{9fff}').contains(c),
                    _ => *c > '\u{24f}',
                });
                assert_eq!(foreign.count(), 0, "{text}");
            }
        }
    }
}
