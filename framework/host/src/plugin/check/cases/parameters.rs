//! What holds for objectives with parameters of their own: they move when they are told to, and at no other time.

use super::folder::{self, Folder};
use super::objective::same;
use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Loss, Objective, Parameters, Refusable, Trouble, Wanted};
use crate::plugin::check::material::Embeddings;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::of(
        Kind::Objective,
        "parameters-step",
        "A step needs a gradient and uses it up, at a learning rate of 0 it moves no parameter, and their number stays",
        step,
    ),
    Case::of(
        Kind::Objective,
        "parameters-evaluation",
        "An evaluation that is not for training touches neither a parameter nor the gradient held",
        evaluation,
    ),
    Case::of(
        Kind::Objective,
        "parameters-resume",
        "Parameters that are saved and loaded into an instance of another seed go on to the same losses and bytes",
        resume,
    ),
    Case::of(
        Kind::Objective,
        "parameters-refuse-state",
        "A state of which a file is missing or cut short, and a folder of something else are refused and change nothing",
        refuses,
    ),
];

/// How fast parameters learn here: a step is to be seen in a loss.
const RATE: f64 = 0.1;
/// The weight of the loss in a sum.
const SCALE: f64 = 0.5;

fn parameters(objective: &Objective) -> Result<Parameters<'_>, Trouble> {
    let none = || Trouble::Skipped("it has no parameters of its own".into());
    objective.parameters()?.ok_or_else(none)
}

/// Evaluates a batch for training and moves the parameters by it.
fn train_once(objective: &Objective, seed: u64) -> Result<Loss, Trouble> {
    let loss = objective.evaluate(&Embeddings::of(6, 8, seed), Wanted::ALL)?;
    parameters(objective)?.step(RATE, SCALE)?;
    Ok(loss)
}

/// The loss of the one batch that instances are compared by.
fn loss(objective: &Objective) -> Result<Loss, Trouble> {
    objective.evaluate(&Embeddings::small(), Wanted { training: false, ..Wanted::ALL })
}

fn saved(objective: &Objective) -> Result<Folder, Trouble> {
    let folder = Folder::new()?;
    parameters(objective)?.save(folder.path())?;
    Ok(folder)
}

fn step(lab: &Lab) -> Outcome {
    let objective = lab.objective()?;
    let parameters = parameters(&objective)?;
    let count = parameters.count()?;
    let refused = || -> Result<bool, Trouble> {
        let made = parameters.step(RATE, SCALE).or_refusal()?;
        Ok(made.is_err_and(|refusal| refusal.is_invalid()))
    };
    let fail = |what: String| Ok(Verdict::Fail(what));
    if !refused()? {
        return fail("a step is not INVALID where nothing was evaluated".into());
    }
    let before = loss(&objective)?;
    objective.evaluate(&Embeddings::small(), Wanted::ALL)?;
    parameters.step(0.0, SCALE)?;
    if !same(&before, &loss(&objective)?) {
        return fail("a step at a learning rate of 0 changes the loss".into());
    }
    if !refused()? {
        return fail("a second step by one gradient is not INVALID".into());
    }
    train_once(&objective, 1)?;
    let after = parameters.count()?;
    if after != count {
        return fail(format!("it has {count} parameters, and {after} after a step"));
    }
    Ok(match same(&before, &loss(&objective)?) {
        true => Verdict::Warn("a step changed no loss, so that little can be said".into()),
        false => Verdict::PASS,
    })
}

fn evaluation(lab: &Lab) -> Outcome {
    let (spared, asked) = (lab.objective()?, lab.objective()?);
    for objective in [&spared, &asked] {
        parameters(objective)?;
        objective.evaluate(&Embeddings::small(), Wanted::ALL)?;
    }
    let other = Embeddings::of(6, 8, 2);
    for wanted in [Wanted::LOSS, Wanted { training: false, ..Wanted::ALL }] {
        asked.evaluate(&other, wanted)?;
    }
    for objective in [&spared, &asked] {
        parameters(objective)?.step(RATE, SCALE)?;
    }
    let saved = [saved(&spared)?.contents()?, saved(&asked)?.contents()?];
    Ok(match same(&loss(&spared)?, &loss(&asked)?) && saved[0] == saved[1] {
        true => Verdict::PASS,
        false => Verdict::Fail(
            "after an evaluation that is not for training a step goes elsewhere than without one"
                .into(),
        ),
    })
}

fn resume(lab: &Lab) -> Outcome {
    let objective = lab.objective()?;
    for seed in 1..=2 {
        train_once(&objective, seed)?;
    }
    let folder = saved(&objective)?;
    lab.set_seed(99);
    let loaded = lab.objective()?;
    parameters(&loaded)?.load(folder.path())?;
    for further in 0..3 {
        if saved(&objective)?.contents()? != saved(&loaded)?.contents()? {
            return Ok(Verdict::Fail(format!(
                "{further} steps after it was loaded, an objective saves other bytes than the one that was saved"
            )));
        }
        let [goes_on, resumed] =
            [&objective, &loaded].map(|objective| train_once(objective, 3 + further));
        let (goes_on, resumed) = (goes_on?, resumed?);
        if !same(&goes_on, &resumed) {
            return Ok(Verdict::Fail(format!(
                "{further} steps after it was loaded, the loss is {}; that of the one that was saved {}",
                resumed.loss, goes_on.loss
            )));
        }
    }
    Ok(Verdict::PASS)
}

fn refuses(lab: &Lab) -> Outcome {
    let objective = lab.objective()?;
    train_once(&objective, 1)?;
    let whole = saved(&objective)?;
    // So that the state differs from the parameters that are not to be changed by it.
    train_once(&objective, 2)?;
    let (before, bytes) = (loss(&objective)?, saved(&objective)?.contents()?);
    let takes = |state: &str, folder: &std::path::Path| {
        if parameters(&objective)?.load(folder).or_refusal()?.is_ok() {
            return Ok(Some(format!("`load` takes {state}")));
        }
        let stays = same(&before, &loss(&objective)?) && saved(&objective)?.contents()? == bytes;
        Ok((!stays).then(|| format!("refusing {state} changed the objective")))
    };
    Ok(folder::damaged(&whole, takes)?.map_or(Verdict::PASS, Verdict::Fail))
}
