//! The same question has the same answer: from a fresh instance, and from two at once.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Transcript, Trouble, Twin};
use crate::plugin::check::material::Material;
use crate::plugin::ongoing;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "same-key-same-result",
        "A fresh instance with the same options and seed answers the same calls with the same bytes",
        same,
    )
    .within(60),
    Case::every(
        "two-at-once",
        "Two instances, called by two threads at once, answer as each does alone",
        two_at_once,
    )
    .within(60),
];

fn same(lab: &Lab) -> Outcome {
    let material = Material::usual();
    let first = lab.exercise(&material)?;
    if let Some(refusal) = first.refusal() {
        return Ok(Verdict::Fail(refusal.to_string()));
    }
    Ok(match first.difference(&lab.exercise(&material)?) {
        None => Verdict::PASS,
        Some(call) => {
            Verdict::Fail(format!("a second instance answered `{call}` otherwise than the first"))
        }
    })
}

/// How long the two are kept at it.
const TOGETHER: Duration = Duration::from_secs(2);
/// How often each is exercised at most.
const ROUNDS: usize = 50;

fn two_at_once(lab: &Lab) -> Outcome {
    let material = Material::usual();
    let alone = lab.exercise(&material)?;
    let start = Barrier::new(2);
    let twins = [lab.twin()?, lab.twin()?];
    let repeat = |twin: Twin| -> Result<Option<&'static str>, Trouble> {
        let lab = twin.lab();
        start.wait();
        let began = Instant::now();
        for _ in (0..ROUNDS).take_while(|_| began.elapsed() < TOGETHER) {
            let said: Transcript = lab.exercise(&material)?;
            if let Some(call) = alone.difference(&said) {
                return Ok(Some(call));
            }
        }
        lab.check_hosts().map(|()| None)
    };
    let _calls = ongoing::begin(lab.component(), "serve two threads at once");
    let answers: Vec<_> = thread::scope(|scope| {
        let threads = twins.map(|twin| scope.spawn(|| repeat(twin)));
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    for answer in answers {
        let answer =
            answer.map_err(|_| Trouble::Violated("the thread that called it panicked".into()))?;
        if let Some(call) = answer? {
            return Ok(Verdict::Fail(format!(
                "beside another instance, `{call}` answered otherwise than alone"
            )));
        }
    }
    Ok(Verdict::PASS)
}
