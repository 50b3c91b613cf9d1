//! The headline metric by query language and passage language: monolingual on the diagonal, cross-lingual off it.

use super::{Gathering, LanguageMap};
use crate::manifest::types::Setting;

impl Gathering<'_> {
    /// One map a strategy, means over its seeds; none where neither setting was measured.
    pub(super) fn heat(&self) -> Vec<LanguageMap> {
        let Some(column) = self.headline() else { return Vec::new() };
        let maps = self.strategies.iter().enumerate().filter_map(|(index, strategy)| {
            let runs = self.runs_of(strategy);
            let languages: Vec<String> = self.set.languages.keys().cloned().collect();
            let cell = |query: &String, passage: &String| {
                let group = match query == passage {
                    true => format!("{}/{query}", Setting::Monolingual.as_str()),
                    false => format!("{}/{query}-{passage}", Setting::CrossLingual.as_str()),
                };
                let key = format!("eval/{}/{group}/{}", self.set.name, column.name);
                let values = runs.iter().filter_map(|run| run.record.metrics.get(&key).copied());
                triglot_evaluate::spread(&values.collect::<Vec<_>>()).map(|spread| spread.mean)
            };
            let row = |query| languages.iter().map(|passage| cell(query, passage)).collect();
            let map = LanguageMap {
                strategy: index,
                measure: column.name.clone(),
                cells: languages.iter().map(row).collect(),
                passages: languages.clone(),
                queries: languages,
            };
            map.without_empty()
        });
        maps.collect()
    }
}

impl LanguageMap {
    /// The map without rows and columns that hold nothing; none if nothing is left.
    pub(super) fn without_empty(self) -> Option<Self> {
        let row = |cells: &[Option<f64>]| cells.iter().any(Option::is_some);
        let column =
            |at: usize| self.cells.iter().any(|cells| cells.get(at).is_some_and(Option::is_some));
        let columns: Vec<bool> = (0..self.passages.len()).map(column).collect();
        let rows: Vec<bool> = self.cells.iter().map(|cells| row(cells)).collect();
        let across = |cells: Vec<Option<f64>>| kept(cells, &columns);
        let map = Self {
            queries: kept(self.queries, &rows),
            passages: kept(self.passages, &columns),
            cells: kept(self.cells, &rows).into_iter().map(across).collect(),
            ..self
        };
        (!map.queries.is_empty()).then_some(map)
    }
}

fn kept<T>(items: Vec<T>, keep: &[bool]) -> Vec<T> {
    items.into_iter().zip(keep).filter_map(|(item, keep)| keep.then_some(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_which_nothing_was_measured_have_no_place() {
        let map = |cells: [[Option<f64>; 3]; 3]| LanguageMap {
            strategy: 0,
            measure: "map".into(),
            queries: ["de", "en", "fi"].map(str::to_owned).into(),
            passages: ["de", "en", "fi"].map(str::to_owned).into(),
            cells: cells.map(Vec::from).into(),
        };
        // Pairs with a pivot: into English alone.
        let pivot = map([[None, Some(0.5), None], [None; 3], [None, Some(0.25), None]]);
        let found = pivot.without_empty().unwrap();
        assert_eq!(
            (found.queries, found.passages),
            (vec!["de".into(), "fi".into()], vec!["en".into()])
        );
        assert_eq!(found.cells, [[Some(0.5)], [Some(0.25)]]);
        assert_eq!(map([[None; 3]; 3]).without_empty(), None);
    }
}
