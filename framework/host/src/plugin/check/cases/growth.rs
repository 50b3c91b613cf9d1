//! What is left when an instance is gone, or a call is over: nothing.

use std::thread;
use std::time::{Duration, Instant};

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Held, Lab, Trouble, held};
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
/// How often calls are made.
const CALLS: usize = 200;
/// When the rounds of a slow component are over.
const BUDGET: Duration = Duration::from_secs(20);
/// What may stay allocated after half of the rounds, in bytes: a table that had to grow.
const ALLOWED: u64 = 64 * 1024;
/// The same for calls, which may fill caches.
const ALLOWED_CALLS: u64 = 4 * 1024 * 1024;
/// What the system may have lent in addition: allocators keep what is freed, and memory falls into pieces.
const ALLOWED_LENT: u64 = 16 * 1024 * 1024;

fn instances(lab: &Lab) -> Outcome {
    let options = lab.options()?.to_owned();
    grows(lab, (INSTANCES, "instances"), ALLOWED, &|| lab.probe(&options))
}

fn calls(lab: &Lab) -> Outcome {
    let material = Material::brief();
    grows(lab, (CALLS, "rounds of calls"), ALLOWED_CALLS, &|| lab.exercise(&material).map(drop))
}

/// Does `one` many times over, and looks what the process holds at first, halfway and in the end.
///
/// What grows only once is a pool or a cache that was filled; what grows in both halves has no end.
fn grows(
    lab: &Lab,
    (rounds, what): (usize, &str),
    allowed: u64,
    one: &dyn Fn() -> Result<(), Trouble>,
) -> Outcome {
    if held().is_none() {
        return Ok(Verdict::Skip("this system does not tell what a process holds".into()));
    }
    lab.share_host();
    // What is made at the first use, by threads of a pool too, is no growth.
    let began = Instant::now();
    (0..rounds / 20).try_for_each(|_| within(began, BUDGET / 4).map_or(Ok(()), |()| one()))?;
    let first = held();
    let endless = first.map_or(u64::MAX, |held| held.memory + ENDLESS);
    let half = || -> Result<(usize, Option<Held>), Trouble> {
        let began = Instant::now();
        let mut done = 0;
        while done < rounds / 2 && within(began, BUDGET).is_some() {
            one()?;
            done += 1;
            if held().is_some_and(|now| now.memory > endless) {
                break;
            }
        }
        Ok((done, held()))
    };
    let (done, second) = half()?;
    let (more, third) = half()?;
    let done = done + more;
    let (Some(first), Some(second), Some(third)) = (first, second, third) else {
        return Ok(Verdict::Skip("this system no longer tells what a process holds".into()));
    };
    let lent: fn(&Held) -> u64 = |held| held.memory;
    let allocated: fn(&Held) -> u64 = |held| held.allocated.unwrap_or(0);
    for (of, allowed) in [(allocated, allowed), (lent, ALLOWED_LENT)] {
        let [first, second, third] = [&first, &second, &third].map(of);
        if second.saturating_sub(first).min(third.saturating_sub(second)) > allowed {
            let all = third.saturating_sub(first) / 1024;
            return Ok(Verdict::Fail(format!("{done} {what} left {all} KiB of memory behind")));
        }
    }
    for (now, then, thing) in
        [(third.threads, first.threads, "threads"), (third.files, first.files, "open files")]
    {
        if now > then {
            return Ok(Verdict::Fail(format!("{done} {what} left {} {thing} behind", now - then)));
        }
    }
    Ok(match done == rounds {
        true => Verdict::PASS,
        false => Verdict::Pass(Some(format!("{done} {what}, each being slow"))),
    })
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
