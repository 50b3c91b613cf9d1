//! As little as the contract allows: what may be null is null, what may be missing is missing.
//!
//! The material of the other cases has something of everything, and a component that takes that for granted passes them
//! all and crashes in an ordinary run. Each question is written to standard error before it is asked: a crash leaves no
//! other word, and the finding repeats the last lines.

use crate::plugin::Kind;
use crate::plugin::Lists;
use crate::plugin::backend::Mode;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Manners, Metric, Refusable, Trouble, Wanted};
use crate::plugin::check::material::{Corpus, Embeddings, Material, Rankings, Text};

/// The cases.
pub(super) const CASES: &[Case] = &[Case::every(
    "least-lent",
    "As little as the contract allows does: a host without services, null where there is nothing, short lists",
    least,
)
.within(60)];

/// A value of an enumeration that is none today.
const UNKNOWN: u32 = 99;

fn least(lab: &Lab) -> Outcome {
    let usual = lab.exercise(&Material::usual())?;
    lab.set_manners(Manners { least: true, ..Manners::default() });
    demand("a host without services, and null for every empty text", || {
        let said = lab.exercise(&Material::usual())?;
        match (usual.difference(&said), said.refusal()) {
            (None, _) => Ok(()),
            (Some(_), Some(refusal)) => Err(Trouble::Refused(refusal.clone())),
            (Some(call), None) => Err(Trouble::Violated(format!("`{call}` gave something else"))),
        }
    })?;
    // A refusal of a call stands in the transcript.
    demand("nothing of anything, and null for it", || {
        lab.exercise(&Material::nothing()).map(drop)
    })?;
    match lab.component().kind {
        Kind::Sampler => sampler(lab),
        Kind::Augmenter => Ok(()),
        Kind::Backend => backend(lab),
        Kind::Objective => objective(lab),
        Kind::Metric => metric(lab),
    }?;
    Ok(Verdict::PASS)
}

/// Asks what has to be answered with sound work.
fn demand(what: &str, ask: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
    eprintln!("asked: {what}");
    match ask().or_refusal().map_err(|trouble| trouble.when(what))? {
        Ok(()) => Ok(()),
        Err(refusal) => Err(Trouble::Violated(format!("{what}: {refusal}"))),
    }
}

/// Asks what may be refused, in words.
fn offer(what: &str, ask: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
    eprintln!("asked: {what}");
    match ask().or_refusal().map_err(|trouble| trouble.when(what))? {
        Err(refusal) if refusal.message.trim().is_empty() => {
            Err(Trouble::Violated(format!("{what}: {refusal}")))
        }
        _ => Ok(()),
    }
}

fn sampler(lab: &Lab) -> Result<(), Trouble> {
    let Material { corpus, batch_size, .. } = Material::usual();
    let corpus = Corpus { user: None, ..corpus };
    offer("a corpus without numbers of the user's", || {
        let sampler = lab.sampler(&corpus, batch_size)?;
        sampler.epoch_length()?;
        sampler.sample(11, 0).map(drop)
    })
}

fn backend(lab: &Lab) -> Result<(), Trouble> {
    let one = [Text::new(0, "en", "")];
    offer("`prepare` without texts", || {
        let backend = lab.backend()?;
        backend.prepare(None)?;
        let dim = backend.info()?.dim;
        backend.encode(Mode::Inference, &one, dim).map(drop)
    })?;
    let backend = lab.ready_backend()?;
    let dim = backend.info()?.dim;
    demand("one text, which is empty and null", || {
        backend.encode(Mode::Inference, &one, dim).map(drop)
    })?;
    let texts = Material::brief().texts;
    offer(&format!("`encode` in the unknown mode {UNKNOWN}"), || {
        backend.encode_in(UNKNOWN, &texts, dim).map(drop)
    })?;
    demand("`encode` after that", || backend.encode(Mode::Inference, &texts, dim).map(drop))
}

fn objective(lab: &Lab) -> Result<(), Trouble> {
    let batch = Embeddings::small();
    let mut ignored = Lists::default();
    (0..batch.positives.rows()).for_each(|_| ignored.push([]));
    let none_ignored = Embeddings { ignored, ..batch };
    demand("a batch in which no passage is ignored", || {
        lab.objective()?.evaluate(&none_ignored, Wanted::ALL).map(drop)
    })?;
    // An objective may need a teacher, but has to say so.
    let alone = Embeddings { extra: Vec::new(), ..none_ignored };
    offer("a batch without further matrices", || {
        lab.objective()?.evaluate(&alone, Wanted::ALL).map(drop)
    })?;
    offer("a batch of one pair, of which only the loss is wanted", || {
        lab.objective()?.evaluate(&Embeddings::of(1, 8, 1), Wanted::LOSS).map(drop)
    })
}

fn metric(lab: &Lab) -> Result<(), Trouble> {
    let metric = lab.metric()?;
    let depth = metric.columns()?.iter().map(|column| column.depth).max().unwrap_or(0);
    let usual = Rankings::small();
    if depth == 0 {
        let mut rankings = usual.clone();
        rankings.queries.iter_mut().for_each(|query| query.top.clear());
        demand("no top passages, none being wanted", || sound(&metric, &rankings))?;
    }
    let mut single = usual.clone();
    for query in &mut single.queries {
        query.judged.retain(|judged| judged.grade > 0);
        query.judged.truncate(1);
        query.judged.iter_mut().for_each(|judged| judged.rank = 1);
        query.top.truncate(1);
        query.pool_size = 1;
    }
    demand("pools of one passage, so that the top is no longer", || sound(&metric, &single))?;
    let mut missed = usual.clone();
    for query in &mut missed.queries {
        query.judged.iter_mut().for_each(|judged| judged.rank = 0);
        query.top.clear();
    }
    demand("nothing retrieved, so that the top is empty", || sound(&metric, &missed))?;
    let columns = metric.columns()?.len();
    offer(&format!("the unknown setting {UNKNOWN}"), || {
        metric.compute_in(UNKNOWN, &usual, columns).map(drop)
    })?;
    demand("a ranking after that", || sound(&metric, &usual))
}

/// Whether every value is written, and undefined or finite.
fn sound(metric: &Metric, rankings: &Rankings) -> Result<(), Trouble> {
    let columns = metric.columns()?;
    let values = metric.compute(rankings, columns.len())?;
    for (column, value) in columns.iter().cycle().zip(values) {
        let wrong = if value.to_bits() == Metric::UNWRITTEN.to_bits() {
            "was not written".to_owned()
        } else if value.is_infinite() {
            format!("is {value}; undefined is NaN")
        } else {
            continue;
        };
        return Err(Trouble::Violated(format!("`{}` {wrong}", column.name)));
    }
    Ok(())
}
