//! What others published on a data set of the same name, to stand beside our own figures.
//!
//! Facts, with their source: `published.json` is ours, and holds the mean rows of the tables of arXiv 2408.10536. They come
//! from other training data and other training, so no interval and no mark ever compares them with a run.

use serde::{Deserialize, Serialize};

/// The published figures, as the file has them.
const FILE: &str = include_str!("published.json");

/// What was published on a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// Where.
    pub source: Source,
    /// The figures.
    pub rows: Vec<PublishedRow>,
}

/// Where figures were published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Authors.
    pub authors: String,
    /// Year.
    pub year: u16,
    /// Title.
    pub title: String,
    /// Number on arXiv.
    pub arxiv: String,
    /// How the models were trained.
    pub training: String,
    /// What the source leaves open.
    pub unknown: String,
}

/// The figures of one model, trained in one way. What the source does not say is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedRow {
    /// The data set.
    pub set: String,
    /// The model.
    pub model: String,
    /// How its batches were made, in the words of the source.
    pub strategy: String,
    /// Mean average precision in the monolingual, the cross-lingual and the multilingual setting.
    pub map: [f64; 3],
    /// Recall: at 1 in the monolingual and the cross-lingual setting, at 10 in the multilingual.
    pub recall: [f64; 3],
    /// Rank distance in the multilingual setting.
    pub rank_distance: f64,
}

#[derive(Deserialize)]
struct File {
    source: Source,
    rows: Vec<PublishedRow>,
}

/// What was published on a data set of this name.
pub fn published(set: &str) -> Option<Published> {
    let File { source, mut rows } = serde_json::from_str(FILE).ok()?;
    rows.retain(|row| row.set.eq_ignore_ascii_case(set));
    (!rows.is_empty()).then_some(Published { source, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_figures_are_found_by_the_name_of_the_data_set() {
        let found = published("XQuAD-R").unwrap();
        let names: Vec<_> = found.rows.iter().map(|row| (&*row.model, &*row.strategy)).collect();
        let strategies = ["X-X-mono", "X-Y", "hybrid"];
        assert_eq!(names[..3], strategies.map(|strategy| ("XLM-R", strategy)));
        assert_eq!(names[3..], strategies.map(|strategy| ("LaBSE", strategy)));
        assert_eq!(published("mlqa-r").unwrap().rows.len(), 6);
        assert_eq!(published("facts"), None);
    }

    #[test]
    fn published_values_lie_in_the_range_of_their_metrics() {
        let File { rows, .. } = serde_json::from_str(FILE).unwrap();
        for row in rows {
            assert!(row.map.iter().chain(&row.recall).all(|value| (0.0..=1.0).contains(value)));
            assert!(row.rank_distance > 0.0);
        }
    }
}
