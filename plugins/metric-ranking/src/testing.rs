//! Computing a column by its name, as a manifest would ask for it.

use serde_json::{Value, json};
use triglot_sdk::Result;
use triglot_sdk::testkit::{self, RankingBuilder};

use crate::*;

/// The values of `column`, such as `ndcg@10`, one a query.
pub fn values(column: &str, ranking: &RankingBuilder) -> Result<Vec<f64>> {
    let (component, options) = match column.split_once('@') {
        None => (column, json!({})),
        Some((component, k)) => (component, json!({ "k": k.parse::<u32>()? })),
    };
    match component {
        "map" => compute::<Map>(column, options, ranking),
        "lareqa-map" => compute::<LareqaMap>(column, options, ranking),
        "ndcg" => compute::<Ndcg>(column, options, ranking),
        "mrr" => compute::<Mrr>(column, options, ranking),
        "recall" => compute::<Recall>(column, options, ranking),
        "precision" => compute::<Precision>(column, options, ranking),
        _ => panic!("no component is called `{component}`"),
    }
}

/// The value of `column` for the only query of `ranking`.
pub fn value(column: &str, ranking: &RankingBuilder) -> f64 {
    let values = values(column, ranking).unwrap_or_else(|error| panic!("{}", error.message()));
    assert_eq!(values.len(), 1);
    values[0]
}

fn compute<M: per_query::Measure>(
    column: &str,
    options: Value,
    ranking: &RankingBuilder,
) -> Result<Vec<f64>> {
    let computed = testkit::compute::<PerQuery<M>>(options, ranking)?;
    assert_eq!(computed.columns.len(), 1);
    assert_eq!(computed.columns[0].name, column);
    Ok(computed.values)
}
