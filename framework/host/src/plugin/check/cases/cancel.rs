//! The user asks to stop, and the call ends soon.

use std::thread;
use std::time::Duration;

use crate::plugin::Kind;
use crate::plugin::backend::Mode;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable, Refusal, Timer, Trouble, Wanted, Watch};
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[Case::every(
    "cancelled-call-ends",
    "A call ends within a second of being cancelled, or takes no longer anyway",
    ends,
)
.within(120)];

/// How soon a call is to end.
const SOON: Duration = Duration::from_secs(1);
/// What may be added where the clock is coarse.
const GRACE: Duration = Duration::from_millis(250);
/// A call that takes so long by itself is worth cancelling.
const LONG: Duration = Duration::from_millis(1700);
/// No call is made to take longer by the clock, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(10);
/// When a call is cancelled after it began.
const AFTER: Duration = Duration::from_millis(200);
/// How often a call is cancelled that goes on for too long: a machine may be busy with something else once.
const ATTEMPTS: usize = 3;
/// The largest work, see [`Material::heavy`]: no run asks for more in one call.
const LARGEST: usize = 512;

fn ends(lab: &Lab) -> Outcome {
    // Cancelled before it began, any call is quick.
    let (took, _) = call(lab, &Material::heavy(1), |watch| watch.cancel())?;
    if took.by_itself > SOON + GRACE {
        return Ok(Verdict::Fail(late(took.by_itself, "before it began")));
    }
    let mut size = 1;
    let (alone, heavy) = loop {
        let heavy = Material::heavy(size);
        let (took, refusal) = call(lab, &heavy, |_| {})?;
        if let Some(refusal) = refusal {
            return Err(Trouble::Refused(refusal));
        }
        if took.by_itself >= LONG || took.by_clock >= LONGEST {
            break (took.by_itself, heavy);
        }
        if size >= LARGEST {
            let seconds = took.by_itself.as_secs_f64();
            return Ok(Verdict::Pass(Some(format!(
                "the largest call ended by itself in {seconds:.2} s"
            ))));
        }
        size *= 2;
    };
    let (mut soonest, mut answer, mut asks) = (Duration::MAX, None, false);
    for _ in 0..ATTEMPTS {
        let mut asked = None;
        let (took, refusal) = call(lab, &heavy, |watch| {
            asked = Some(watch);
            thread::spawn(move || {
                thread::sleep(AFTER);
                watch.cancel();
            });
        })?;
        asks |= asked.is_some_and(|watch| watch.questions() > 0);
        soonest = soonest.min(took.by_itself.saturating_sub(AFTER));
        answer = refusal;
        if soonest <= SOON + GRACE {
            break;
        }
    }
    if soonest > SOON + GRACE {
        let hint = if asks { "it asks too seldom" } else { "it never asks" };
        let (text, alone) = (late(soonest, "while it ran"), alone.as_secs_f64());
        return Ok(Verdict::Fail(format!("{text}, and {alone:.1} s uncancelled; {hint}")));
    }
    Ok(match answer {
        Some(refusal) if !refusal.is_cancelled() => {
            Verdict::Warn(format!("a cancelled call is to return CANCELLED, but {refusal}"))
        }
        _ => Verdict::PASS,
    })
}

/// How long a call took.
struct Took {
    /// Less what it waited for a processor.
    by_itself: Duration,
    by_clock: Duration,
}

fn late(took: Duration, when: &str) -> String {
    format!("cancelled {when}, the call went on for {:.1} s", took.as_secs_f64())
}

/// Makes the main call of the component's kind, and times it; `begin` is told of the host just before.
fn call(
    lab: &Lab,
    material: &Material,
    begin: impl FnOnce(&'static Watch),
) -> Result<(Took, Option<Refusal>), Trouble> {
    let timed = |watch: &'static Watch, work: &dyn Fn() -> Result<(), Trouble>| {
        begin(watch);
        let timer = Timer::start();
        let answer = work().or_refusal();
        Ok((Took { by_itself: timer.took(), by_clock: timer.elapsed() }, answer?.err()))
    };
    match lab.component().kind {
        Kind::Sampler => {
            let sampler = lab.sampler(&material.corpus, material.batch_size)?;
            timed(sampler.watch(), &|| sampler.sample(1, 1).map(drop))
        }
        Kind::Augmenter => {
            let augmenter = lab.augmenter()?;
            timed(augmenter.watch(), &|| augmenter.augment(&material.texts).map(drop))
        }
        Kind::Backend => {
            let backend = lab.ready_backend()?;
            let dim = backend.info()?.dim;
            timed(backend.watch(), &|| {
                backend.encode(Mode::Inference, &material.texts, dim).map(drop)
            })
        }
        Kind::Objective => {
            let objective = lab.objective()?;
            timed(objective.watch(), &|| {
                objective.evaluate(&material.embeddings, Wanted::ALL).map(drop)
            })
        }
        Kind::Metric => {
            let metric = lab.metric()?;
            let columns = metric.columns()?.len();
            timed(metric.watch(), &|| metric.compute(&material.rankings, columns).map(drop))
        }
    }
}
