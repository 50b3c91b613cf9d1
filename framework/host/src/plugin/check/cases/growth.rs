//! What is left when an instance is gone, or a call is over: nothing.

use std::thread;
use std::time::{Duration, Instant};

use crate::plugin::Kind;
use crate::plugin::backend::{Mode, StepArgs};
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable, Trouble, Wanted, held};
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "instances-leave-nothing",
        "A thousand instances, made and destroyed, leave no memory, no thread and no open file behind",
        instances,
    )
    .within(90),
    Case::every("calls-leave-nothing", "Calls, many times over, leave no memory behind", calls).within(90),
    Case::every(
        "no-call-after-destroy",
        "The host is not called any more once destroy has returned",
        silent,
    )
    .within(30),
];

/// How often an instance is made.
const INSTANCES: usize = 1000;
/// How often calls are made on one instance.
const CALLS: usize = 1000;
/// How often an instance is made, called and destroyed.
const LIVES: usize = 200;

/// Rounds are looked at in so many parts.
const PARTS: usize = 4;
/// The least that counts as left behind by every round, in bytes: allocators give no less. Of slow rounds there are few:
/// a part counts if it left what all of its rounds would have left, for a few odd hundred bytes come by themselves.
const LEAST: u64 = 16;
/// Parts that a leak fills are alike. What fills a cache or makes tables grow comes in bursts.
const ALIKE: u64 = 2;

/// What a round may leave in its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// Nothing that every round leaves.
    Nothing,
    /// Up to so many bytes in half of the rounds.
    Half(u64),
}

/// What the system may have lent in addition: allocators keep what is freed, and memory falls into pieces.
const ALLOWED_LENT: u64 = 16 * 1024 * 1024;
/// What may stay allocated where it comes in bursts.
const ALLOWED_BURSTS: u64 = 64 * 1024;
/// What whole lives with calls may leave, in half of them: tokenizers, and other libraries that plugins are made of,
/// keep a little for every thread and object for as long as the thread lives.
const ALLOWED_LIVES: u64 = 4 * 1024 * 1024;

fn instances(lab: &Lab) -> Outcome {
    let options = lab.options()?.to_owned();
    let budget = Duration::from_secs(20);
    grows(lab, (INSTANCES, "instances"), budget, Allowed::Nothing, &|| lab.probe(&options))
}

fn calls(lab: &Lab) -> Outcome {
    let material = Material::brief();
    let budget = Duration::from_secs(10);
    // That a component refuses what it is given is an answer here.
    if let Ok(called) = repeated(lab, &material).or_refusal()? {
        let round = || called().or_refusal().map(drop);
        let on_one = grows(lab, (CALLS, "rounds of calls"), budget, Allowed::Nothing, &round)?;
        if !matches!(on_one, Verdict::Pass(_)) {
            return Ok(on_one);
        }
    }
    let allowed = Allowed::Half(ALLOWED_LIVES);
    grows(lab, (LIVES, "lives with calls"), budget, allowed, &|| lab.exercise(&material).map(drop))
}

type Round<'a> = Box<dyn Fn() -> Result<(), Trouble> + 'a>;

/// The calls of a run, on one instance.
fn repeated<'a>(lab: &'a Lab, material: &'a Material) -> Result<Round<'a>, Trouble> {
    Ok(match lab.component().kind {
        Kind::Sampler => {
            let sampler = lab.sampler(&material.corpus, material.batch_size)?;
            Box::new(move || (0..4).try_for_each(|ordinal| sampler.sample(11, ordinal).map(drop)))
        }
        Kind::Augmenter => {
            let augmenter = lab.augmenter()?;
            Box::new(move || augmenter.augment(&material.texts).map(drop))
        }
        Kind::Backend => {
            let backend = lab.ready_backend()?;
            let info = backend.info()?;
            Box::new(move || {
                backend.encode(Mode::Inference, &material.texts, info.dim)?;
                if info.trainable {
                    let encoded = backend.encode(Mode::Tape, &material.texts, info.dim)?;
                    backend.backward(&encoded, info.dim)?;
                    backend.step(StepArgs {
                        learning_rate: 1e-3,
                        weight_decay: 0.01,
                        clip: Some(1.0),
                    })?;
                }
                Ok(())
            })
        }
        Kind::Objective => {
            let objective = lab.objective()?;
            Box::new(move || objective.evaluate(&material.embeddings, Wanted::ALL).map(drop))
        }
        Kind::Metric => {
            let metric = lab.metric()?;
            let columns = metric.columns()?.len();
            Box::new(move || metric.compute(&material.rankings, columns).map(drop))
        }
    })
}

/// Does `one` many times over, and looks what the process holds at first and after each part.
///
/// What grows only now and then is a pool or a cache that was filled; what grows in every part has no end.
fn grows(
    lab: &Lab,
    (rounds, what): (usize, &str),
    budget: Duration,
    allowed: Allowed,
    one: &dyn Fn() -> Result<(), Trouble>,
) -> Outcome {
    let Some(before) = held() else {
        return Ok(Verdict::Skip("this system does not tell what a process holds".into()));
    };
    lab.share_host();
    // What is made at the first use, by threads of a pool too, is no growth.
    let began = Instant::now();
    (0..rounds / 20).try_for_each(|_| within(began, budget / 4).map_or(Ok(()), |()| one()))?;
    let endless = before.memory + ENDLESS;
    let (mut done, mut seen) = (Vec::new(), Vec::from_iter(held()));
    for _ in 0..PARTS {
        let began = Instant::now();
        let mut count = 0;
        while count < rounds / PARTS && within(began, 2 * budget / PARTS as u32).is_some() {
            one()?;
            count += 1;
            if held().is_some_and(|now| now.memory > endless) {
                break;
            }
        }
        done.push(count);
        seen.extend(held());
    }
    let all: usize = done.iter().sum();
    let allocated: Vec<u64> = seen.iter().map(|held| held.allocated.unwrap_or(0)).collect();
    let lent: Vec<u64> = seen.iter().map(|held| held.memory).collect();
    let left = |of: &[u64]| of.last().unwrap_or(&0).saturating_sub(*of.first().unwrap_or(&0));
    let halves = match allowed {
        Allowed::Nothing if every_round_grows(&allocated, &done, rounds) => {
            let (bytes, each) = (left(&allocated), left(&allocated) / all.max(1) as u64);
            return Ok(Verdict::Fail(format!(
                "{all} {what} left {bytes} bytes of memory behind, {each} each"
            )));
        }
        Allowed::Nothing => ALLOWED_BURSTS,
        Allowed::Half(bytes) => bytes,
    };
    for (of, allowed) in [(&allocated, halves), (&lent, ALLOWED_LENT)] {
        if both_halves_grow(of, allowed) {
            let all_left = left(of) / 1024;
            return Ok(Verdict::Fail(format!("{all} {what} left {all_left} KiB of memory behind")));
        }
    }
    if let (Some(first), Some(last)) = (seen.first(), seen.last()) {
        let threads = (last.threads, first.threads, "threads");
        for (now, then, thing) in [threads, (last.files, first.files, "open files")] {
            if now > then {
                let more = now - then;
                return Ok(Verdict::Fail(format!("{all} {what} left {more} {thing} behind")));
            }
        }
    }
    Ok(match all == rounds {
        true => Verdict::PASS,
        false => Verdict::Pass(Some(format!("{all} {what}, each being slow"))),
    })
}

/// Whether something stayed of every round: each part grew with the rounds that were `done`, as the others did, and by
/// no less than if all `rounds` had been.
fn every_round_grows(seen: &[u64], done: &[usize], rounds: usize) -> bool {
    let grown: Vec<u64> =
        seen.iter().zip(seen.iter().skip(1)).map(|(from, to)| to.saturating_sub(*from)).collect();
    let enough = |bytes: &u64| *bytes >= LEAST * (rounds / PARTS) as u64;
    let each = grown.iter().zip(done).filter_map(|(bytes, done)| bytes.checked_div(*done as u64));
    let each: Vec<u64> = each.collect();
    let alike = |(least, most): (&u64, &u64)| *most <= ALIKE * least;
    each.len() == PARTS
        && grown.iter().all(enough)
        && each.iter().min().zip(each.iter().max()).is_some_and(alike)
}

/// Whether both halves grew by more than is allowed.
fn both_halves_grow(seen: &[u64], allowed: u64) -> bool {
    let half = |from: usize, to: usize| {
        let (from, to) = (seen.get(from), seen.get(to));
        from.zip(to).is_some_and(|(from, to)| to.saturating_sub(*from) > allowed)
    };
    half(0, PARTS / 2) && half(PARTS / 2, PARTS)
}

fn within(began: Instant, budget: Duration) -> Option<()> {
    (began.elapsed() < budget).then_some(())
}

/// Growth after which the rounds are over: the machine is not to suffer.
const ENDLESS: u64 = 1 << 30;

/// How long a component is watched after its end.
const WATCHED: Duration = Duration::from_millis(300);

fn silent(lab: &Lab) -> Outcome {
    lab.exercise(&Material::usual())?;
    thread::sleep(WATCHED);
    lab.check_hosts()?;
    Ok(Verdict::PASS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: [usize; PARTS] = [250; PARTS];

    fn every_round(seen: &[u64]) -> bool {
        every_round_grows(seen, &DONE, 1000)
    }

    #[test]
    fn what_every_round_leaves_is_growth_however_little() {
        let leak = |bytes: u64| [0, 250, 500, 750, 1000].map(|round: u64| 77 + round * bytes);
        assert!(every_round(&leak(16)));
        assert!(every_round(&leak(64)));
        assert!(every_round(&leak(100_000)));
        assert!(!every_round(&leak(15)));
    }

    #[test]
    fn of_few_slow_rounds_a_little_in_each_part_is_none() {
        let slow = |bytes: u64| [0, 8, 16, 24, 32].map(|round| round * bytes);
        assert!(!every_round_grows(&slow(191), &[8; PARTS], 1000));
        assert!(every_round_grows(&slow(500), &[8; PARTS], 1000));
    }

    #[test]
    fn what_fills_a_cache_comes_in_bursts_or_less_and_less_and_is_none() {
        assert!(!every_round(&[0, 80_000, 80_000, 80_000, 80_000]));
        assert!(!every_round(&[0, 16_000, 48_000, 112_000, 240_000]));
        assert!(!every_round(&[0, 80_000, 120_000, 140_000, 150_000]));
        assert!(!every_round(&[0, 9_000, 18_000, 17_000, 27_000]));
    }

    #[test]
    fn much_in_both_halves_is_growth_however_it_comes() {
        assert!(both_halves_grow(&[0, 80_000, 80_000, 80_000, 160_000], ALLOWED_BURSTS));
        assert!(!both_halves_grow(&[0, 80_000, 80_000, 80_000, 80_000], ALLOWED_BURSTS));
    }
}
