//! What training will see: the first batches of every stage, drawn and looked at.
//!
//! They are the batches that training begins with, from the same [`Supply`] and so by the same draws, augmenters
//! included. Nothing is trained, and no backend is made: looking at the batches costs what drawing them costs.

mod chi_square;
mod example;
mod law;
mod member;
mod passes;
mod write;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::corpus::TextTable;
use crate::error::{Error, Result};
use crate::files;
use crate::manifest::types::Draw as Law;
use crate::plan::{Plan, StagePlan};
use crate::plugin::{Law as Stated, Services};
use crate::train::{self, StageViews, Supply};

pub use chi_square::ChiSquare;
pub use example::{Example, Text};
pub use law::{ExpectedPair, LawPreview};
pub use member::{MemberPreview, Spread};
pub use passes::Passes;

use member::{Counted, Pairs, Tally};

/// Batches of a member of which a pair is shown.
const EXAMPLES: u64 = 3;

/// What training will see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// The stages, in their order.
    pub stages: Vec<StagePreview>,
}

/// What a stage will see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StagePreview {
    /// Its name.
    pub name: String,
    /// Its steps.
    pub steps: u64,
    /// Pairs of a batch.
    pub batch_size: usize,
    /// How many of its batches were looked at: the first ones.
    pub batches: u64,
    /// How members are drawn from the mix.
    pub draw: Law,
    /// The members of the mix that are drawn at all.
    pub members: Vec<MemberPreview>,
    /// Batches by member, expected against drawn; none where members are dealt exactly, or there are too few batches.
    pub shares: Option<ChiSquare>,
    /// The languages of the data, ascending.
    pub languages: Vec<String>,
    /// Pairs by their languages, of all members; a pair of languages that was never drawn is left out.
    pub language_pairs: Vec<PairCount>,
    /// How often the stage passes over the examples of each data set.
    pub data_sets: Vec<Passes>,
    /// How often the stage passes over the queries of each language.
    pub by_language: Vec<Passes>,
    /// Pairs to look at: the first of the first batches of every member.
    pub examples: Vec<Example>,
}

/// How many pairs are of two languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairCount {
    /// Language of the query.
    pub query: String,
    /// Language of the passage.
    pub passage: String,
    /// Pairs.
    pub pairs: u64,
}

/// Looks at the first `batches` of every stage, over the rows that it draws from.
///
/// # Errors
/// If a plugin fails or refuses, or the user interrupts.
pub fn preview(
    plan: &Plan,
    views: &StageViews<'_>,
    batches: u64,
    services: &Services,
) -> Result<Preview> {
    Walk { plan, views, batches, services }.stages(&mut io::sink())
}

/// Like [`preview()`], and writes every batch as a line of JSON into the file at `path`, which is whole or not there.
///
/// # Errors
/// As [`preview()`], and if the file cannot be written.
pub fn preview_into(
    path: &Path,
    plan: &Plan,
    views: &StageViews<'_>,
    batches: u64,
    services: &Services,
) -> Result<Preview> {
    let walk = Walk { plan, views, batches, services };
    let mut failure = None;
    let mut seen = None;
    let written = files::write_atomic_with(path, |file| match walk.stages(file) {
        Ok(preview) => {
            seen = Some(preview);
            Ok(())
        }
        Err(error) => {
            failure = Some(error);
            Err(io::Error::other("the batches could not be drawn"))
        }
    });
    match (failure, seen) {
        (Some(error), _) => Err(error),
        (None, Some(preview)) => written.map(|()| preview),
        (None, None) => written.and(Ok(Preview { stages: Vec::new() })),
    }
}

/// A walk along the draws of every stage.
struct Walk<'a> {
    plan: &'a Plan,
    views: &'a StageViews<'a>,
    batches: u64,
    services: &'a Services,
}

impl Walk<'_> {
    fn stages(&self, lines: &mut dyn Write) -> Result<Preview> {
        let in_stages = train::batches(self.plan);
        let mut before = 0;
        let mut stages = Vec::new();
        for (index, (stage, in_stage)) in self.plan.stages.iter().zip(in_stages).enumerate() {
            stages.push(self.stage(stage, index, &in_stage, before, lines)?);
            before += stage.stage.steps;
        }
        Ok(Preview { stages })
    }

    fn stage(
        &self,
        stage: &StagePlan,
        index: usize,
        in_stage: &[u64],
        before: u64,
        lines: &mut dyn Write,
    ) -> Result<StagePreview> {
        let mut supply = Supply::new(self.plan, stage, index, self.views.of(index), self.services)?;
        let table = supply.table;
        let batches = self.batches.min(stage.stage.steps);
        let mut tallies = vec![Tally::new(table); supply.members().count()];
        let mut examples = Vec::new();
        for (step, draw) in (0..batches).zip(supply.draws()) {
            if self.services.cancelled() {
                return Err(Error::interrupted());
            }
            let batch = supply.batch_of_step(draw, step, before)?;
            let member = supply.member(draw).name.as_str();
            tallies[draw.member].add(table, &batch);
            let place = (stage.stage.name.as_str(), member, draw.ordinal);
            write::write_line(lines, table, place, &batch)
                .map_err(|source| Error::failed(format!("cannot write the batches: {source}")))?;
            if draw.ordinal < EXAMPLES {
                examples.extend(Example::of(&mut supply, &batch, member, step + 1)?);
            }
        }
        let counted = self.members(stage, &mut supply, in_stage, batches, tallies)?;
        supply.finish()?;
        Ok(summed_up(stage, table, batches, counted, examples))
    }

    fn members(
        &self,
        stage: &StagePlan,
        supply: &mut Supply<'_>,
        in_stage: &[u64],
        batches: u64,
        tallies: Vec<Tally>,
    ) -> Result<Vec<Counted>> {
        let (shares, drawn) = stage.shares.drawn();
        let mut members = Vec::with_capacity(tallies.len());
        for (number, (tally, at)) in tallies.into_iter().zip(drawn).enumerate() {
            let epoch = supply.epoch_length(number)?;
            let law: Option<Stated> = supply.law(number)?;
            let batches_in_stage = in_stage.get(at).copied().unwrap_or(0);
            let member = MemberPreview {
                name: stage.mix[at].name.clone(),
                sampler: stage.mix[at].sampler.component.name(),
                expected: shares.expected(number, batches),
                counts: tally.counts,
                hard_negatives_per_query: tally.hard_negatives_per_query(),
                batches_in_stage,
                epoch,
                epochs_in_stage: epoch
                    .filter(|epoch| *epoch > 0)
                    .map(|epoch| batches_in_stage as f64 / epoch as f64),
                law: law.as_ref().map(|law| LawPreview::new(law, &supply.table.languages, &tally)),
            };
            members.push(Counted { member, tally, law });
        }
        Ok(members)
    }
}

fn summed_up(
    stage: &StagePlan,
    table: &TextTable,
    batches: u64,
    counted: Vec<Counted>,
    examples: Vec<Example>,
) -> StagePreview {
    let batch_size = stage.stage.batch_size;
    let mut pairs = Pairs::new();
    for (languages, count) in counted.iter().flat_map(|counted| &counted.tally.pairs) {
        *pairs.entry(*languages).or_default() += count;
    }
    let batches_of = |Counted { member, .. }: &Counted| (member.expected, member.counts.batches);
    StagePreview {
        name: stage.stage.name.clone(),
        steps: stage.stage.steps,
        batch_size,
        batches,
        draw: stage.stage.draw,
        shares: match stage.stage.draw {
            Law::Random => ChiSquare::of(counted.iter().map(batches_of)),
            Law::Exact => None,
        },
        languages: table.languages.clone(),
        language_pairs: named(&table.languages, &pairs),
        data_sets: passes::over_data_sets(table, batch_size, &counted),
        by_language: passes::over_languages(table, batch_size, &counted),
        members: counted.into_iter().map(|counted| counted.member).collect(),
        examples,
    }
}

/// Pairs of languages by their codes.
fn named(languages: &[String], pairs: &BTreeMap<(u32, u32), u64>) -> Vec<PairCount> {
    let named = pairs.iter().map(|((query, passage), pairs)| PairCount {
        query: code(languages, *query),
        passage: code(languages, *passage),
        pairs: *pairs,
    });
    named.collect()
}

/// The code of a language.
fn code(languages: &[String], language: u32) -> String {
    languages.get(language as usize).cloned().unwrap_or_default()
}
