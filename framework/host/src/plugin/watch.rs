//! A call that does not come back: watched from a thread of its own, which ends the process.
//!
//! A thread that hangs in a library cannot be stopped, and a run that hangs at night is found in the morning. So a call
//! has a limit, far above what any takes; and once the user has asked to stop, a plugin that does not look is given a
//! while, unless it is saving what was reached. Before the process ends, its run is recorded.

use std::time::{Duration, Instant};

use super::ongoing::{self, Call};
use super::services::Services;
use crate::error::Error;

/// How often a look is taken.
const EVERY: Duration = Duration::from_millis(50);

/// What the host wants of a backend when it saves what was reached, for which it gets the time that it takes.
pub(super) const SAVING: &str = "save the model";

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// At all, if there is a limit.
    pub call: Option<Duration>,
    /// After the user has asked to stop.
    pub grace: Duration,
}

impl Services {
    /// Watches over the calls of plugins from now on.
    pub fn watch_calls(&self, limits: CallLimits) {
        let services = self.clone();
        // Without a thread there is no watch, and all else is as it was.
        let _ = std::thread::Builder::new().name("watch".into()).spawn(move || {
            let mut awake = Awake { all: Duration::ZERO, looked: Instant::now() };
            let (mut asked, mut seen) = (None, None);
            loop {
                std::thread::sleep(EVERY);
                let now = awake.look();
                if services.cancelled() && asked.is_none() {
                    asked = Some(now);
                }
                let Some(call) = ongoing::current() else { continue };
                let since = ongoing::since();
                let first = match seen {
                    Some((of, first)) if of == since => first,
                    _ => now,
                };
                seen = Some((since, first));
                let waited = asked.map(|at| now - at);
                if let Some(error) = overdue(call, now - first, waited, limits) {
                    services.end(|| still(call, since).then_some(error));
                }
            }
        });
    }
}

/// The time in which the process was at work: one that is stopped, or on a machine that sleeps, does not age.
struct Awake {
    all: Duration,
    looked: Instant,
}

impl Awake {
    /// The time up to now.
    fn look(&mut self) -> Duration {
        let looked = std::mem::replace(&mut self.looked, Instant::now());
        self.all += (self.looked - looked).min(2 * EVERY);
        self.all
    }
}

/// Whether it is still the same call: the one that was seen has gone on.
fn still(call: &'static Call, since: u64) -> bool {
    ongoing::since() == since && ongoing::current().is_some_and(|now| std::ptr::eq(now, call))
}

/// What is wrong with a call that has been going on for so long, so long after the user has asked to stop.
fn overdue(
    call: &Call,
    lasting: Duration,
    asked: Option<Duration>,
    limits: CallLimits,
) -> Option<Error> {
    let Call { component, doing, .. } = call;
    if let Some(limit) = limits.call
        && lasting > limit
    {
        let limit = limit.as_secs_f64();
        return Some(Error::Failed(format!(
            "plugin {component}: cannot {doing}: the call has not come back after {limit} s (`--call-limit`); raise it, or 0 for none"
        )));
    }
    let waited = asked?.min(lasting);
    (waited > limits.grace && *doing != SAVING).then(|| {
        let grace = limits.grace.as_secs_f64();
        Error::Interrupted(format!(
            "interrupted; plugin {component} did not look: its call to {doing} has not come back after {grace} s"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_does_not_age_while_it_is_stopped() {
        let an_hour_ago = Instant::now().checked_sub(Duration::from_secs(3600)).unwrap();
        let mut awake = Awake { all: Duration::ZERO, looked: an_hour_ago };
        assert_eq!(awake.look(), 2 * EVERY);
    }

    #[test]
    fn a_call_is_overdue_past_its_limit_or_past_the_grace_after_an_interruption() {
        let call = |doing| Call { component: "raw/table".into(), doing, words: String::new() };
        let seconds = Duration::from_secs;
        let limits = CallLimits { call: Some(seconds(60)), grace: seconds(5) };
        let told = |doing, lasting, asked: Option<u64>| {
            let error = overdue(&call(doing), seconds(lasting), asked.map(seconds), limits);
            error.map(|error| (error.exit_code(), error.to_string()))
        };
        assert_eq!(told("encode texts", 60, None), None);
        let hangs = "plugin raw/table: cannot encode texts: the call has not come back after 60 s (`--call-limit`); raise it, or 0 for none";
        assert_eq!(told("encode texts", 61, None), Some((1, hangs.into())));
        assert_eq!(told("encode texts", 61, Some(10)), Some((1, hangs.into())));

        let ignores = "interrupted; plugin raw/table did not look: its call to encode texts has not come back after 5 s";
        assert_eq!(told("encode texts", 50, Some(6)), Some((130, ignores.into())));
        assert_eq!(told("encode texts", 50, Some(5)), None);
        assert_eq!(told("encode texts", 2, Some(40)), None, "a call that began after it was asked");
        assert_eq!(told(SAVING, 50, Some(50)), None, "what was reached is saved");
    }
}
