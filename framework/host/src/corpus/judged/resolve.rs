//! From the ids of judgements to queries.

use std::collections::{HashMap, HashSet};

use super::qrels::Judgement;
use super::queries::Query;

/// Which queries an id of a judgement means.
pub(super) struct Asked<'q> {
    /// By language, which is empty where ids are shared, and id.
    queries: HashMap<&'q str, HashMap<&'q str, Vec<usize>>>,
    is_shared: bool,
}

impl<'q> Asked<'q> {
    pub(super) fn of(queries: &'q [Query], is_shared: bool) -> Self {
        let mut asked: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        for (number, query) in queries.iter().enumerate() {
            let language = if is_shared { "" } else { query.language.as_str() };
            let by_id = asked.entry(language).or_default();
            by_id.entry(query.id.as_str()).or_default().push(number);
        }
        Self { queries: asked, is_shared }
    }

    /// The queries, by their numbers, that a judgement is about.
    pub(super) fn by(&self, judgement: &Judgement) -> &[usize] {
        let language = judgement.language.as_deref().filter(|_| !self.is_shared);
        let by_id = self.queries.get(language.unwrap_or_default());
        by_id.and_then(|by_id| by_id.get(judgement.query.as_str())).map_or(&[], Vec::as_slice)
    }
}

/// The documents that judgements name.
pub(super) struct Named<'j> {
    documents: HashMap<&'j str, HashSet<Option<&'j str>>>,
}

impl<'j> Named<'j> {
    pub(super) fn by(judgements: impl Iterator<Item = &'j Judgement>) -> Self {
        let mut documents: HashMap<_, HashSet<_>> = HashMap::new();
        for Judgement { language, document, .. } in judgements {
            documents.entry(document.as_str()).or_default().insert(language.as_deref());
        }
        Self { documents }
    }

    pub(super) fn holds(&self, language: &str, id: &str) -> bool {
        let languages = self.documents.get(id);
        languages.is_some_and(|of| of.contains(&None) || of.contains(&Some(language)))
    }
}
