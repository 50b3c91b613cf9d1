//! What a stage will see, as tables.

use triglot_host::Result;
use triglot_host::manifest::types::Draw;
use triglot_host::preview::{ChiSquare, MemberPreview, Passes, StagePreview};
use triglot_host::report::Table;

use super::examples::examples;
use super::heat::{Shade, heat};
use crate::terminal;

/// Of so many languages the first and last are shown.
const LANGUAGES: usize = 24;

/// Prints what a stage will see.
pub fn print(stage: &StagePreview) -> Result<()> {
    terminal::print_table(&members(stage))?;
    terminal::print_table(&held(stage))?;
    terminal::print_table(&laws(stage))?;
    if !stage.language_pairs.is_empty() {
        let title =
            format!("\nstage {}: pairs by language, queries down, passages across\n", stage.name);
        let drawn = heat(&stage.language_pairs, Shade::of(terminal::drawing()));
        terminal::print(&(title + &drawn))?;
    }
    terminal::print_table(&passes(stage, "data set", "examples", &stage.data_sets))?;
    terminal::print_table(&passes(stage, "language", "queries", &stage.by_language))?;
    let shown = examples(&stage.examples, terminal::width());
    terminal::print(&format!("\nstage {}: some of its pairs\n{shown}", stage.name))
}

/// How often each member is drawn.
fn members(stage: &StagePreview) -> Table {
    let row = |member: &MemberPreview| {
        vec![
            member.name.clone(),
            member.sampler.clone(),
            member.counts.batches.to_string(),
            format!("{:.1}", member.expected),
            member.batches_in_stage.to_string(),
            member.epoch.map_or_else(|| "–".into(), |epoch| epoch.to_string()),
            member.epochs_in_stage.map_or_else(|| "–".into(), |epochs| format!("{epochs:.2}")),
        ]
    };
    let header = ["member", "sampler", "batches", "expected", "in the stage", "an epoch", "epochs"];
    let StagePreview { name, batches, steps, batch_size, .. } = stage;
    let law = match (stage.draw, stage.members.len()) {
        (_, 0 | 1) => None,
        (Draw::Exact, _) => Some(
            "members are dealt: from the beginning none is ever a batch off its share".to_owned(),
        ),
        (Draw::Random, _) => Some(tested("members", stage.shares.as_ref())),
    };
    Table {
        title: format!("stage {name}: batches 1 to {batches} of {steps}, {batch_size} pairs each"),
        header: header.map(str::to_owned).into(),
        rows: stage.members.iter().map(row).collect(),
        notes: law.into_iter().collect(),
    }
}

/// What the batches hold.
fn held(stage: &StagePreview) -> Table {
    let row = |member: &MemberPreview| {
        let counts = &member.counts;
        let negatives = member.hard_negatives_per_query.map_or_else(
            || "–".into(),
            |spread| format!("{} / {:.1} / {}", spread.min, spread.mean, spread.max),
        );
        let reasons = &counts.ignored;
        let numbers = [
            counts.pairs,
            counts.positives,
            reasons.same_example,
            reasons.same_text,
            reasons.same_query,
            reasons.same_group,
        ];
        let numbers = numbers.iter().map(u64::to_string);
        std::iter::once(member.name.clone()).chain(numbers).chain([negatives]).collect()
    };
    let header = ["member", "pairs", "positives", "example", "text", "query", "group", "negatives"];
    let notes = [
        "example, text, query, group: how often a passage is ignored because that is the same",
        "negatives: hard ones a query, fewest / mean / most",
    ];
    Table {
        title: format!("stage {}: what is right and what is ignored", stage.name),
        header: header.map(str::to_owned).into(),
        rows: stage.members.iter().map(row).collect(),
        notes: notes.map(str::to_owned).into(),
    }
}

/// Whether samplers draw the languages that they say they draw.
fn laws(stage: &StagePreview) -> Table {
    let row = |member: &MemberPreview| {
        let name = member.name.clone();
        let Some(law) = &member.law else {
            return vec![name, "states no law".into()];
        };
        let (drawn, excluded) = (law.drawn.to_string(), law.excluded.to_string());
        let units = if law.unit == "batch" { "batches" } else { "pairs" };
        let mut cells = vec![name, units.into(), drawn, excluded, law.pairs.len().to_string()];
        cells.extend(match &law.test {
            None => ["–".to_owned(), "–".into(), "–".into(), "–".into()],
            Some(test) => [
                format!("{:.2}", test.statistic),
                test.degrees_of_freedom.to_string(),
                format!("{:.3}", test.p_value),
                test.pooled.to_string(),
            ],
        });
        cells
    };
    let header = [
        "member",
        "draws",
        "drawn",
        "outside it",
        "languages",
        "chi-square",
        "degrees",
        "p",
        "pooled",
    ];
    let notes = [
        "languages: pairs of them by the sampler's own law; a small p speaks against it, and a sampler that deals or walks \
         an epoch strays less than chance would",
        "pooled: pairs of languages of which too few are expected to be held against chance one by one",
    ];
    Table {
        title: format!("stage {}: languages, expected against drawn", stage.name),
        header: header.map(str::to_owned).into(),
        rows: stage.members.iter().map(row).collect(),
        notes: notes.map(str::to_owned).into(),
    }
}

/// How often the stage passes over parts of the data.
fn passes(stage: &StagePreview, part: &str, unit: &str, passes: &[Passes]) -> Table {
    let row = |passes: &Passes| {
        vec![
            passes.name.clone(),
            passes.size.to_string(),
            passes.drawn.to_string(),
            format!("{:.0}", passes.in_stage),
            format!("{:.2}", passes.passes),
        ]
    };
    let mut shown: Vec<&Passes> = passes.iter().collect();
    let mut notes = vec![
        "in the stage: by a sampler's law where it states one, else as in the batches above"
            .to_owned(),
    ];
    if shown.len() > LANGUAGES {
        // A stable sort: what is passed over as often stays in the order of the names.
        shown.sort_by(|a, b| b.passes.total_cmp(&a.passes));
        let left_out = shown.drain(LANGUAGES / 2..passes.len() - LANGUAGES / 2).count();
        notes.push(format!("the most and the least often; {left_out} between them are left out"));
    }
    let header = [part, unit, "pairs drawn", "in the stage", "passes"];
    Table {
        title: format!("stage {}: how often it passes over each {part}", stage.name),
        header: header.map(str::to_owned).into(),
        rows: shown.into_iter().map(row).collect(),
        notes,
    }
}

/// A test in a line.
fn tested(of: &str, test: Option<&ChiSquare>) -> String {
    let Some(test) = test else { return format!("{of}: too few batches for a test") };
    let ChiSquare { statistic, degrees_of_freedom, p_value, .. } = test;
    let degrees = match degrees_of_freedom {
        1 => "1 degree of freedom".to_owned(),
        n => format!("{n} degrees of freedom"),
    };
    format!("{of}, expected against drawn: chi-square {statistic:.2}, {degrees}, p = {p_value:.3}")
}
