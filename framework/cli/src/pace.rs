//! How fast something goes now.
//!
//! The first step of a run is often many times slower than the others: memory is fetched, files are read. A mean since
//! the beginning remembers that for long, so the rates that are shown look back over a few reports only.

use std::collections::VecDeque;
use std::time::Duration;

/// How many reports a rate looks back.
const WINDOW: usize = 20;

/// A count that grows, and how fast it does; times are those since it was nothing.
#[derive(Debug, Clone)]
pub struct Pace {
    /// (time, count) of the last reports, the oldest first.
    reports: VecDeque<(Duration, u64)>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::from(0)
    }
}

impl From<u64> for Pace {
    /// A count that so much was added to before its time began.
    fn from(count: u64) -> Self {
        Self { reports: VecDeque::from([(Duration::ZERO, count)]) }
    }
}

impl Pace {
    /// Takes a report: so much was reached at that time.
    pub fn reached(&mut self, count: u64, at: Duration) {
        self.reports.push_back((at, count));
        // What the first report took is forgotten as soon as there is another to go by.
        let begins = self.reports.front().is_some_and(|(at, _)| at.is_zero());
        if begins && self.reports.len() > 2 || self.reports.len() > WINDOW + 1 {
            self.reports.pop_front();
        }
    }

    /// Takes a report: so much was added at that time.
    pub fn added(&mut self, count: u64, at: Duration) {
        let before = self.reports.back().map_or(0, |(_, count)| *count);
        self.reached(before.saturating_add(count), at);
    }

    /// How much a second; `None` before the first report, and where no time has passed.
    pub fn per_second(&self) -> Option<f64> {
        let (begin, before) = self.reports.front()?;
        let (end, after) = self.reports.back()?;
        let seconds = end.saturating_sub(*begin).as_secs_f64();
        let count = after.saturating_sub(*before);
        (seconds > 0.0 && count > 0).then(|| count as f64 / seconds)
    }

    /// How long until `all` is reached, at this pace.
    pub fn left(&self, all: u64) -> Option<Duration> {
        let (_, reached) = self.reports.back()?;
        let seconds = all.saturating_sub(*reached) as f64 / self.per_second()?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn without_a_report_there_is_no_pace() {
        let pace = Pace::default();
        assert_eq!((pace.per_second(), pace.left(10)), (None, None));
    }

    #[test]
    fn the_first_report_alone_sets_the_pace() {
        let mut pace = Pace::default();
        pace.reached(1, seconds(10));
        assert_eq!((pace.per_second(), pace.left(11)), (Some(0.1), Some(seconds(100))));
    }

    #[test]
    fn a_slow_first_report_is_forgotten_at_the_second() {
        let mut pace = Pace::default();
        pace.added(32, seconds(60));
        pace.added(32, seconds(61));
        assert_eq!((pace.per_second(), pace.left(128)), (Some(32.0), Some(seconds(2))));
    }

    #[test]
    fn the_pace_is_that_of_the_last_reports() {
        let mut pace = Pace::default();
        (1..=100).for_each(|second| pace.added(1, seconds(second)));
        // Twice as fast from now on.
        (1..=20).for_each(|second| pace.added(2, seconds(100 + second)));
        assert_eq!((pace.per_second(), pace.left(160)), (Some(2.0), Some(seconds(10))));
    }

    #[test]
    fn what_took_no_time_has_no_pace() {
        let mut pace = Pace::default();
        pace.reached(256, Duration::ZERO);
        assert_eq!(pace.per_second(), None);
        pace.reached(256, seconds(1));
        assert_eq!(pace.left(512), None);
    }

    #[test]
    fn what_is_reached_takes_no_more_time() {
        let mut pace = Pace::default();
        pace.reached(8, seconds(1));
        assert_eq!(pace.left(8), Some(Duration::ZERO));
    }
}
