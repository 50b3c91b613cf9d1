//! The data of a plan, counted.

use triglot_host::corpus::{NegativeStatistics, TrainingData};
use triglot_host::plan::Plan;
use triglot_host::report::Table;
use triglot_host::run::Data;

/// The column that counts the pairs with a number in the user column.
const USER: &str = "with a number";

/// What else there is to tell of the data to train on: what a line left out, hard negatives, stages that draw from part.
fn notes(plan: &Plan, data: &Data, training: &TrainingData) -> Vec<String> {
    let mut notes = Vec::new();
    for set in &training.statistics {
        let name = &set.name;
        let empty: usize = set.languages.iter().map(|language| language.empty_lines).sum();
        if empty > 0 {
            notes.push(format!("{name}: {empty} empty lines, where an example does not exist"));
        }
        if let Some(counts) = &set.negatives {
            let NegativeStatistics { queries, negatives, further_passages, left_out } = counts;
            notes.push(format!(
                "{name}: {negatives} hard negatives of {queries} queries, {further_passages} passages of no example; \
                 {left_out} left out with what they name"
            ));
        }
    }
    for (stage, part) in plan.stages.iter().zip(&data.parts) {
        if let Some(part) = part {
            let (name, languages) = (&stage.stage.name, part.languages.join(", "));
            let examples = part.examples();
            notes.push(format!("stage {name} draws from {examples} examples, in {languages}"));
        }
    }
    notes
}

/// The data of the plan, counted.
pub fn counts(plan: &Plan, read: &Data) -> Vec<Table> {
    let mut tables = Vec::new();
    if let Some(data) = &read.training {
        // Those of the table of training, which is the first.
        let mut noted = notes(plan, read, data);
        let held_out = data.holdout.iter().map(|table| ("held out", table));
        let names = plan.manifest.experiment.train.iter().flat_map(|train| &train.validation);
        let sets = names.zip(&read.validation).map(|(set, data)| (set.name.as_str(), &data.table));
        for (part, table) in [("training", &data.train)].into_iter().chain(held_out).chain(sets) {
            let rows = table.languages.iter().enumerate().map(|(code, language)| {
                let of_language = |row: &usize| table.language[*row] as usize == code;
                let rows: Vec<usize> = (0..table.pair_rows()).filter(of_language).collect();
                let mut counts = vec![language.clone(), (rows.len() / 2).to_string()];
                counts.extend(table.user.as_ref().map(|user| {
                    let numbered = rows.iter().filter(|row| !user[**row].is_nan()).count();
                    (numbered / 2).to_string()
                }));
                counts
            });
            let header = ["language", "pairs"].into_iter().chain(table.user.as_ref().map(|_| USER));
            tables.push(Table {
                title: format!("{part}: {} examples", table.examples()),
                header: header.map(str::to_owned).collect(),
                rows: rows.collect(),
                notes: std::mem::take(&mut noted),
            });
        }
    }
    for (set, data) in plan.evaluations.iter().zip(&read.sets) {
        let count = |codes: &[u32], code: usize| {
            codes.iter().filter(|c| **c as usize == code).count().to_string()
        };
        let rows = data.languages.iter().enumerate().map(|(code, language)| {
            vec![
                language.clone(),
                count(&data.query_language, code),
                count(&data.document_language, code),
            ]
        });
        tables.push(Table {
            title: set.evaluation.name.clone(),
            header: ["language", "queries", "passages"].map(str::to_owned).into(),
            rows: rows.collect(),
            notes: Vec::new(),
        });
    }
    tables
}
