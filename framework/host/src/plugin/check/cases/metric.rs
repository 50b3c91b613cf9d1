//! What holds for metrics alone: columns stay, values lie in their range and know no order of the queries.

use crate::manifest::types::Setting;
use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Metric, Trouble};
use crate::plugin::check::material::Rankings;
use crate::plugin::metric::Column;

/// The cases of metrics.
pub(super) const CASES: &[Case] = &[
    Case::of(
        Kind::Metric,
        "metric-columns",
        "The columns are the same at every call, before and after a ranking is measured, and their ranges are none but \
         of numbers in order",
        columns,
    ),
    Case::of(
        Kind::Metric,
        "metric-range",
        "Every value is written, and is NaN or in the stated range of its column, never infinite",
        range,
    ),
    Case::of(
        Kind::Metric,
        "metric-order",
        "Every query has the same values in whatever order the queries and their groups come",
        order,
    ),
];

/// How much a sum in another order may differ, relative to its size.
const ROUNDING: f64 = 1e-9;

fn columns(lab: &Lab) -> Outcome {
    let metric = lab.metric()?;
    let first = metric.columns()?;
    for column in &first {
        let (low, high) = column.range;
        // Neither is NaN, then.
        if low.partial_cmp(&high).is_none_or(|order| order.is_gt()) {
            return Ok(Verdict::Fail(format!(
                "the range of `{}` is from {low} to {high}",
                column.name
            )));
        }
    }
    metric.compute(&Rankings::small(), first.len())?;
    for (when, others) in [
        ("after a ranking was measured", metric.columns()?),
        ("of a second instance", lab.metric()?.columns()?),
    ] {
        if others != first {
            let names = |columns: &[Column]| -> Vec<String> {
                columns.iter().map(|column| column.name.clone()).collect()
            };
            return Ok(Verdict::Fail(format!(
                "the columns are {:?}, and {when} {:?}, or differ in range, depth or direction",
                names(&first),
                names(&others)
            )));
        }
    }
    Ok(Verdict::PASS)
}

fn range(lab: &Lab) -> Outcome {
    let metric = lab.metric()?;
    let columns = metric.columns()?;
    for (seed, setting) in (0..).zip([
        Setting::Monolingual,
        Setting::CrossLingual,
        Setting::Multilingual,
        Setting::Multilingual,
    ]) {
        let rankings = Rankings { setting, ..Rankings::of(48, seed) };
        let values = metric.compute(&rankings, columns.len())?;
        for (place, value) in values.iter().enumerate() {
            let (query, column) = (place / columns.len(), &columns[place % columns.len()]);
            let (low, high) = column.range;
            let wrong = if value.to_bits() == Metric::UNWRITTEN.to_bits() {
                "was not written".to_owned()
            } else if value.is_infinite() {
                format!("is {value}; undefined is NaN")
            } else if *value < low - ROUNDING || *value > high + ROUNDING {
                format!("is {value}; its range is from {low} to {high}")
            } else {
                continue;
            };
            return Ok(Verdict::Fail(format!("`{}` of query {query} {wrong}", column.name)));
        }
    }
    Ok(Verdict::PASS)
}

fn order(lab: &Lab) -> Outcome {
    let rankings = Rankings::of(48, 2);
    let count = rankings.queries.len();
    let columns = lab.metric()?.columns()?;
    let compute = |order: &[usize]| -> Result<Vec<f64>, Trouble> {
        let queries = order.iter().filter_map(|query| rankings.queries.get(*query)).cloned();
        let reordered = Rankings { queries: queries.collect(), ..rankings.clone() };
        lab.metric()?.compute(&reordered, columns.len())
    };
    let as_given: Vec<usize> = (0..count).collect();
    let mut groups: Vec<&[usize]> =
        as_given.chunk_by(|a, b| group(&rankings, *a) == group(&rankings, *b)).collect();
    groups.reverse();
    // Seven and the number of queries have no divisor in common, so that every query comes once.
    let scattered: Vec<usize> = (0..count).map(|place| place * 7 % count).collect();
    let expected = compute(&as_given)?;
    for (how, order) in [
        ("backwards", as_given.iter().rev().copied().collect()),
        ("with their groups in another order", groups.concat()),
        ("scattered", scattered),
    ] {
        let values = compute(&order)?;
        for (place, value) in values.iter().enumerate() {
            let column = &columns[place % columns.len()];
            let query = order[place / columns.len()];
            let before = expected[query * columns.len() + place % columns.len()];
            let same = value.is_nan() && before.is_nan()
                || (value - before).abs() <= ROUNDING * before.abs().max(1.0);
            if !same {
                return Ok(Verdict::Fail(format!(
                    "`{}` of query {query} is {before}, and {value} when the queries come {how}",
                    column.name
                )));
            }
        }
    }
    Ok(Verdict::PASS)
}

fn group(rankings: &Rankings, query: usize) -> Option<u32> {
    rankings.queries.get(query).map(|query| query.group)
}
