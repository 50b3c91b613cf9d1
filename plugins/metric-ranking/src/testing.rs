//! Computing a column by its name, as a manifest would ask for it.

use serde_json::{Value, json};
use triglot_sdk::Result;
use triglot_sdk::testkit::{self, RankingBuilder};

use crate::*;

/// The values of `column`, such as `ndcg@10`, one a query.
pub fn values(column: &str, ranking: &RankingBuilder) -> Result<Vec<f64>> {
    let (component, mut options) = match column.split_once('@') {
        None => (column, json!({})),
        Some((component, k)) => (component, json!({ "k": k.parse::<u32>()? })),
    };
    let component = match component.split_once("-p") {
        Some(("rbp", p)) => {
            options["p"] = p.parse::<f64>()?.into();
            "rbp"
        }
        _ => component,
    };
    match component {
        "map" => compute::<Map>(column, options, ranking),
        "lareqa-map" => compute::<LareqaMap>(column, options, ranking),
        "ndcg" => compute::<Ndcg>(column, options, ranking),
        "mrr" => compute::<Mrr>(column, options, ranking),
        "recall" => compute::<Recall>(column, options, ranking),
        "precision" => compute::<Precision>(column, options, ranking),
        "r-precision" => compute::<RPrecision>(column, options, ranking),
        "hit" => compute::<Hit>(column, options, ranking),
        "accuracy" => compute::<Accuracy>(column, options, ranking),
        "error" => compute::<ErrorRate>(column, options, ranking),
        "bpref" => compute::<Bpref>(column, options, ranking),
        "judged" => compute::<JudgedShare>(column, options, ranking),
        "rbp" => compute::<Rbp>(column, options, ranking),
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
