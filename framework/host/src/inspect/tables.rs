//! An inspection as tables that fit a terminal.

use super::{Inspection, LanguageInspection, Lengths, SetInspection};
use crate::corpus::Common;
use crate::report::Table;

/// The most languages of which a table shows every pair.
const PAIRED: usize = 12;

/// The tables of an inspection: one a data set, then what is trained on and tested on alike.
pub fn tables(inspection: &Inspection) -> Vec<Table> {
    let mut tables: Vec<Table> =
        inspection.sets.iter().flat_map(|set| [Some(counts(set)), ids(set)]).flatten().collect();
    let leaks = inspection.leaks.iter().map(|leak| {
        vec![
            leak.evaluation.clone(),
            leak.training.clone(),
            word(leak.common).to_owned(),
            format!("{} of {}", leak.count, leak.of),
            leak.example.clone(),
        ]
    });
    let mut notes: Vec<String> = inspection.warnings.clone();
    if inspection.leaks.is_empty() {
        notes.push("nothing is trained on and tested on alike, word for word".into());
    }
    tables.push(Table {
        title: "trained on and tested on".into(),
        header: ["evaluation", "training", "the same", "how many", "such as"]
            .map(str::to_owned)
            .into(),
        rows: leaks.collect(),
        notes,
    });
    tables.extend((!inspection.near_duplicates.is_empty()).then(|| near(inspection)));
    tables
}

fn word(common: Common) -> &'static str {
    match common {
        Common::Ids => "ids",
        Common::Queries => "queries",
        Common::Passages => "passages",
    }
}

fn counts(set: &SetInspection) -> Table {
    let header = [
        "language",
        "queries",
        "passages",
        "relevant",
        "query length",
        "passage length",
        "duplicates",
        "empty",
    ];
    let row = |own: &LanguageInspection| {
        let per_query = own.relevant as f64 / own.queries.max(1) as f64;
        vec![
            own.language.clone(),
            own.queries.to_string(),
            own.passages.to_string(),
            format!("{per_query:.2}"),
            lengths(own.query_length),
            lengths(own.passage_length),
            format!("{} + {}", own.duplicate_queries, own.duplicate_passages),
            own.empty_passages.to_string(),
        ]
    };
    let mut notes = vec![
        "relevant: per query; lengths: shortest, median, 95%, longest, in characters; duplicates: queries + passages"
            .to_owned(),
    ];
    let by_languages: Vec<String> = (set.ids_by_languages.iter())
        .map(|(languages, ids)| format!("{ids} in {languages}"))
        .collect();
    notes.push(format!("queries by the number of their languages: {}", by_languages.join(", ")));
    let unanswered: usize = set.languages.iter().map(|own| own.unanswered).sum();
    if unanswered > 0 {
        notes.push(format!("{unanswered} queries without a relevant passage"));
    }
    Table {
        title: format!("{} ({})", set.name, set.purpose.as_str()),
        header: header.map(str::to_owned).into(),
        rows: set.languages.iter().map(row).collect(),
        notes,
    }
}

fn lengths(lengths: Option<Lengths>) -> String {
    lengths.map_or_else(
        || "–".into(),
        |Lengths { min, median, p95, max }| format!("{min} {median} {p95} {max}"),
    )
}

/// How many ids every two languages share, where there are a few languages.
fn ids(set: &SetInspection) -> Option<Table> {
    let codes: Vec<&String> = set.common_ids.keys().collect();
    if codes.len() < 2 || codes.len() > PAIRED {
        return None;
    }
    let queries = |code: &str| {
        set.languages.iter().find(|own| own.language == code).map_or(0, |own| own.queries)
    };
    let rows = set.common_ids.iter().map(|(code, common)| {
        let cell = |other: &&String| match common.get(*other) {
            Some(count) => count.to_string(),
            None => queries(code).to_string(),
        };
        let mut row = vec![code.clone()];
        row.extend(codes.iter().map(cell));
        row
    });
    let mut header = vec!["ids".to_owned()];
    header.extend(codes.iter().map(|code| (*code).clone()));
    Some(Table {
        title: format!("{} ({}): queries that two languages share", set.name, set.purpose.as_str()),
        header,
        rows: rows.collect(),
        notes: Vec::new(),
    })
}

fn near(inspection: &Inspection) -> Table {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for found in &inspection.near_duplicates {
        for example in &found.examples {
            rows.push(vec![
                found.evaluation.clone(),
                word(found.common).to_owned(),
                format!("{} of {}", found.count, found.of),
                format!("{:.2}", example.similarity),
                format!("`{}`: {:?}", example.id, example.evaluation),
                format!("{:?}", example.training),
            ]);
        }
        if found.of < found.total {
            let what = word(found.common);
            notes.push(format!(
                "{}: of {} distinct {what} {} were compared, those with the lowest hashes",
                found.evaluation, found.total, found.of
            ));
        }
    }
    let threshold = inspection.near_duplicates.first().map_or(0.0, |found| found.threshold);
    notes.push(format!(
        "at least {threshold} of the runs of five characters of either text are in both; equal texts stand above"
    ));
    Table {
        title: "nearly trained on".into(),
        header: ["evaluation", "of", "how many", "similarity", "text", "in training"]
            .map(str::to_owned)
            .into(),
        rows,
        notes,
    }
}
