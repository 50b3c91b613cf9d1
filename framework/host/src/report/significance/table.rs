//! Systems and their marks, and every comparison, as tables.

use super::document::{Contest, Scores, Significance};
use super::systems::LETTERS;
use crate::report::{Table, number};

/// One table of systems for every data set and setting, metrics across, and under it one of comparisons for every metric.
///
/// Marks are those of ranx: superscripts name the systems that a value is significantly better than; a star is the best.
pub fn significance_tables(found: &Significance) -> Vec<Table> {
    let settings = found.scores.chunk_by(|a, b| (&a.set, a.setting) == (&b.set, b.setting));
    let tables = settings.flat_map(|scores| {
        let comparisons = scores.iter().map(|scores| comparisons(found, scores));
        systems(found, scores).into_iter().chain(comparisons)
    });
    tables.collect()
}

fn systems(found: &Significance, scores: &[Scores]) -> Option<Table> {
    let first = scores.first()?;
    let header = ["", "system", "runs"].map(str::to_owned).into_iter();
    let rows = found.systems.iter().enumerate().map(|(at, system)| {
        let fixed = [system.label.clone(), system.name.clone(), system.runs.len().to_string()];
        let value = |scores: &Scores| {
            let best = if scores.best == at { "*" } else { "" };
            let value = number(scores.means.get(at).copied(), &scores.column);
            format!("{value}{best}{}", superscripts(found, &scores.better_than(at)))
        };
        fixed.into_iter().chain(scores.iter().map(value)).collect()
    });
    let marks = format!(
        "* the best; superscripts: significantly better than these systems, α = {}",
        found.alpha
    );
    Some(Table {
        title: format!("{}, {}", first.set, first.setting),
        header: header.chain(scores.iter().map(|scores| scores.metric.clone())).collect(),
        rows: rows.collect(),
        notes: vec![marks],
    })
}

fn superscripts(found: &Significance, systems: &[usize]) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let letters = found.systems.len() <= LETTERS.len();
    let raised = |system: &usize| match LETTERS.get(*system) {
        Some((_, raised)) if letters => raised.to_string(),
        _ => {
            let digits = (system + 1).to_string();
            digits.chars().filter_map(|c| DIGITS.get(c.to_digit(10)? as usize)).collect()
        }
    };
    let raised: Vec<String> = systems.iter().map(raised).collect();
    raised.join(if letters { "" } else { "," })
}

fn comparisons(found: &Significance, scores: &Scores) -> Table {
    let over_seeds = scores.comparisons.iter().any(|c| c.intervals.over_seeds.is_some());
    let confidence = format!("{}%", (100.0 * (1.0 - found.alpha) * 1e6).round() / 1e6);
    let mut header =
        vec![scores.metric.clone(), "difference".into(), format!("{confidence} interval")];
    if over_seeds {
        header.push("over seeds too".into());
    }
    header.extend(["effect size".into(), "p".into()]);
    if found.correction != "none" {
        header.push(format!("p ({})", correction(found)));
    }
    let value = |value: f64| number(Some(value), &scores.column);
    let interval = |ends: [f64; 2]| format!("[{}, {}]", value(ends[0]), value(ends[1]));
    let label =
        |system: usize| found.systems.get(system).map_or("", |system| system.label.as_str());
    let row = |contest: &Contest| {
        let mut row = vec![
            format!("{} − {}", label(contest.first), label(contest.second)),
            value(contest.difference),
            interval(contest.intervals.percentile),
        ];
        if over_seeds {
            row.push(contest.intervals.over_seeds.map_or_else(|| "–".to_owned(), interval));
        }
        row.push(contest.standardised.map_or_else(|| "–".to_owned(), |size| format!("{size:.2}")));
        row.push(probability(contest.p));
        if found.correction != "none" {
            row.push(probability(contest.corrected_p));
        }
        row
    };
    Table {
        title: String::new(),
        header,
        rows: scores.comparisons.iter().map(row).collect(),
        notes: notes(found, scores),
    }
}

/// A p-value as tables write it: four digits, or its magnitude where it has none of them.
fn probability(p: Option<f64>) -> String {
    match p {
        None => "–".to_owned(),
        Some(p) if p == 0.0 || p >= 1e-4 => format!("{p:.4}"),
        Some(p) => format!("{p:.0e}"),
    }
}

fn correction(found: &Significance) -> &'static str {
    match found.correction {
        "holm" => "Holm",
        "bonferroni" => "Bonferroni",
        other => other,
    }
}

fn notes(found: &Significance, scores: &Scores) -> Vec<String> {
    let test = match found.test {
        "t" => "paired t-test",
        "wilcoxon" => "Wilcoxon signed-rank test",
        _ => "paired randomisation test",
    };
    let mut notes = Vec::new();
    if let Some(contest) = scores.comparisons.first() {
        notes.push(format!(
            "{test} over {} topics ({} queries in {} groups); bootstrap intervals, {} resamples",
            contest.topics, contest.queries, contest.groups, found.resamples
        ));
    }
    if let Some(contest) = scores.comparisons.iter().max_by_key(|c| c.undefined)
        && contest.undefined > 0
    {
        notes.push(format!("{} queries without a defined value left out", contest.undefined));
    }
    let label =
        |system: usize| found.systems.get(system).map_or("", |system| system.label.as_str());
    notes.extend(scores.comparisons.iter().filter_map(|contest| {
        let why = contest.unanswered.as_ref()?;
        Some(format!("{} − {}: no p, {why}", label(contest.first), label(contest.second)))
    }));
    notes
}
