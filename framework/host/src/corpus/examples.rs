//! The examples of a data set over all its languages, and the groups that they form.
//!
//! Paragraphs are matched across languages by nothing but the question ids they share: examples that stand on one
//! paragraph in any language, or on passages of the same text, are united, so that all translations of a paragraph
//! end up in one group, whatever their order, and even where a language has split, merged or repeated a paragraph. What `holdout` keeps away is then never
//! seen in training in another language.

use std::collections::{BTreeSet, HashMap};

use super::shape::{LanguageCorpus, Question};

/// The examples of a data set, in the order of their ids.
#[derive(Debug)]
pub(super) struct Examples<'a> {
    /// The ids, ascending.
    pub(super) ids: Vec<&'a str>,
    /// The group of each example, named by the first example in it.
    pub(super) groups: Vec<usize>,
    /// For every language, which of its questions asks each example.
    questions: Vec<Vec<Option<&'a Question>>>,
}

impl<'a> Examples<'a> {
    /// Matches the languages by question id.
    pub(super) fn of(languages: &'a [LanguageCorpus]) -> Self {
        let all = languages.iter().flat_map(|corpus| &corpus.questions);
        let ids: BTreeSet<&str> = all.map(|question| question.id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let index: HashMap<&str, usize> = ids.iter().copied().zip(0..).collect();

        let mut union = Union { parent: (0..ids.len()).collect() };
        let mut named = HashMap::new();
        let mut questions = Vec::with_capacity(languages.len());
        for corpus in languages {
            let mut asked = vec![None; ids.len()];
            let mut standing = HashMap::new();
            let mut answered = HashMap::new();
            for question in &corpus.questions {
                let Some(&example) = index.get(question.id.as_str()) else { continue };
                if let Some(slot) = asked.get_mut(example) {
                    *slot = Some(question);
                }
                let passage = corpus.passages.get(question.passage);
                let first = match &question.group {
                    Some(group) => *named.entry(group.as_str()).or_insert(example),
                    None => {
                        let paragraph = passage.map(|passage| passage.paragraph);
                        *standing.entry(paragraph).or_insert(example)
                    }
                };
                union.unite(first, example);
                let text = passage.map(|passage| passage.text.as_str());
                union.unite(*answered.entry(text).or_insert(example), example);
            }
            questions.push(asked);
        }
        let groups = (0..ids.len()).map(|example| union.root(example)).collect();
        Self { ids, groups, questions }
    }

    /// The id and the group of an example.
    pub(super) fn get(&self, example: usize) -> Option<(&'a str, usize)> {
        Some((self.ids.get(example)?, *self.groups.get(example)?))
    }

    /// The question that asks `example` in the language at `language`.
    pub(super) fn question(&self, language: usize, example: usize) -> Option<&'a Question> {
        self.questions.get(language)?.get(example).copied().flatten()
    }
}

/// Disjoint sets; the root of a set is its smallest member, so that its name depends on nothing else.
struct Union {
    parent: Vec<usize>,
}

impl Union {
    fn root(&mut self, member: usize) -> usize {
        let mut root = member;
        while let Some(&parent) = self.parent.get(root).filter(|&&parent| parent != root) {
            root = parent;
        }
        let mut member = member;
        while let Some(parent) = self.parent.get_mut(member).filter(|parent| **parent != root) {
            member = std::mem::replace(parent, root);
        }
        root
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parent.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::Passage;
    use super::*;

    fn corpus(paragraphs: &[&[&str]]) -> LanguageCorpus {
        let mut corpus = LanguageCorpus::default();
        for (paragraph, ids) in paragraphs.iter().enumerate() {
            corpus.passages.push(Passage { text: format!("p{paragraph}"), paragraph });
            corpus.questions.extend(ids.iter().map(|id| Question {
                id: (*id).to_owned(),
                text: "q".to_owned(),
                passage: paragraph,
                group: None,
                user: f64::NAN,
            }));
        }
        corpus
    }

    #[test]
    fn translations_of_a_paragraph_share_a_group_whatever_their_order() {
        let languages =
            [corpus(&[&["a", "c"], &["b", "d"]]), corpus(&[&["d", "e"], &["f"], &["c"]])];
        let examples = Examples::of(&languages);
        assert_eq!(examples.ids, ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(examples.groups, [0, 1, 0, 1, 1, 5]);
    }

    #[test]
    fn a_paragraph_that_another_language_merged_joins_both_groups() {
        let languages = [corpus(&[&["b"], &["a"]]), corpus(&[&["a", "b"]])];
        assert_eq!(Examples::of(&languages).groups, [0, 0]);
    }
}
