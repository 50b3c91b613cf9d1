//! Laws of metrics.

use serde_json::Value;

use super::{Result, demand, trying};
use crate::Metric;
use crate::testkit::{RankingBuilder, compute};

/// Holds that every value is undefined (NaN) or in the range of its column.
///
/// # Errors
/// If one is not, or the values cannot be computed.
pub fn values_are_in_range<M: Metric>(options: &Value, ranking: &RankingBuilder) -> Result {
    let computed = trying("computing", compute::<M>(options.clone(), ranking))?;
    for column in &computed.columns {
        let (low, high) = column.range;
        for (query, value) in computed.column(&column.name).into_iter().enumerate() {
            demand(value.is_nan() || (low..=high).contains(&value), || {
                let name = &column.name;
                format!("`{name}` of query {query} is {value}; its range is from {low} to {high}")
            })?;
        }
    }
    Ok(())
}

/// Holds that each query has the same values, to the bit, in whatever order the queries come.
///
/// # Errors
/// If one has others, or the values cannot be computed.
pub fn order_of_queries_is_immaterial<M: Metric>(
    options: &Value,
    ranking: &RankingBuilder,
) -> Result {
    let queries = ranking.view().queries();
    let backwards: Vec<usize> = (0..queries).rev().collect();
    let there = trying("computing", compute::<M>(options.clone(), ranking))?;
    let back = trying("computing", compute::<M>(options.clone(), &ranking.reordered(&backwards)))?;
    for column in &there.columns {
        let (there, back) = (there.column(&column.name), back.column(&column.name));
        for (query, (there, back)) in there.iter().zip(back.iter().rev()).enumerate() {
            demand(there.to_bits() == back.to_bits() || (there.is_nan() && back.is_nan()), || {
                let name = &column.name;
                format!("`{name}` of query {query} is {there}, and {back} in reverse order")
            })?;
        }
    }
    Ok(())
}
