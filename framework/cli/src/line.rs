//! What a line of progress says, on a terminal behind a bar and in a log by itself.

use std::time::Duration;

use triglot_host::progress::ValidationProgress;
use triglot_host::train::{Best, Reason, StageEnd};

/// What is known of training after a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Training {
    /// Loss of the step.
    pub loss: f64,
    /// Texts a second.
    pub texts: Option<f64>,
    /// Tokens a second.
    pub tokens: Option<f64>,
    /// The last validation.
    pub validation: Option<Validated>,
    /// Time until the stage is over.
    pub left: Option<Duration>,
}

/// What a bar shows of validations: what the stage goes by, or else the first number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validated {
    /// The newest.
    pub newest: f64,
    /// The best, where the stage goes by one.
    pub best: Option<f64>,
}

impl Validated {
    /// What there is to show after a validation, if anything was defined.
    pub fn of(validation: &ValidationProgress<'_>) -> Option<Self> {
        let values = validation.values;
        let watched = validation.best.map(|best| best.metric.as_str());
        let found = values.iter().find(|(name, _)| Some(name.as_str()) == watched);
        let (_, newest) = found.or(values.first())?;
        Some(Self { newest: *newest, best: validation.best.map(|best| best.value) })
    }
}

/// `loss 0.1234, 41 texts/s, 1203 tokens/s, validation 0.2345, 2m 10s left`: what is not known is left out.
pub fn training(now: &Training) -> String {
    let parts = [
        Some(format!("loss {:.4}", now.loss)),
        now.texts.map(|texts| format!("{} texts/s", rate(texts))),
        now.tokens.map(|tokens| format!("{} tokens/s", rate(tokens))),
        now.validation.map(|Validated { newest, best }| match best {
            Some(best) => format!("validation {newest:.4} (best {best:.4})"),
            None => format!("validation {newest:.4}"),
        }),
        now.left.map(|left| format!("{} left", duration(left))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `validation/loss 0.2345, validation/facts/multilingual/map 0.5124, the best so far`.
pub fn validation(validation: &ValidationProgress<'_>) -> String {
    let values = validation.values.iter().map(|(name, value)| format!("{name} {value:.4}"));
    let best = validation.improved.then(|| "the best so far".to_owned());
    values.chain(best).collect::<Vec<_>>().join(", ")
}

/// `ended after 150 of 300 steps, goes on from step 90 with validation/loss 0.1234`, if that is not what was to be
/// expected.
pub fn ended(end: &StageEnd, best: Option<&Best>, all: u64) -> Option<String> {
    let steps = end.steps;
    let early = (end.reason == Reason::Patience)
        .then(|| format!("ended after {steps} of {all} steps, as nothing better came"));
    let restored = best.filter(|best| Some(best.step) == end.restored).map(|best| {
        format!("goes on from step {} with {} {:.4}", best.step, best.metric, best.value)
    });
    let parts: Vec<String> = early.into_iter().chain(restored).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `84 texts/s, 2m 40s left`.
pub fn encoding(texts: Option<f64>, left: Option<Duration>) -> String {
    let texts = texts.map(|texts| format!("{} texts/s", rate(texts)));
    let left = left.map(|left| format!("{} left", duration(left)));
    texts.into_iter().chain(left).collect::<Vec<_>>().join(", ")
}

/// A rate with as many digits as matter: `0.42`, `4.2`, `42`.
pub fn rate(value: f64) -> String {
    match value {
        value if value < 0.995 => format!("{value:.2}"),
        value if value < 9.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// A duration in its two largest units: `12s`, `2m 10s`, `3h 5m`, `2d 4h`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m {}s", seconds % 60),
        (0, hours, _) => format!("{hours}h {}m", minutes % 60),
        (days, ..) => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_loss_rates_and_time_left() {
        let mut now = Training { loss: 0.12341, ..Training::default() };
        assert_eq!(training(&now), "loss 0.1234");
        now.texts = Some(41.3);
        now.left = Some(Duration::from_secs(130));
        assert_eq!(training(&now), "loss 0.1234, 41 texts/s, 2m 10s left");
        now.tokens = Some(1202.7);
        now.validation = Some(Validated { newest: 0.5, best: None });
        let all = "loss 0.1234, 41 texts/s, 1203 tokens/s, validation 0.5000, 2m 10s left";
        assert_eq!(training(&now), all);
        now.validation = Some(Validated { newest: 0.5, best: Some(0.25) });
        assert!(training(&now).contains(", validation 0.5000 (best 0.2500), "));
    }

    #[test]
    fn a_stage_that_ends_as_it_was_to_end_is_not_worth_a_line() {
        let best = Best { stage: "a".into(), step: 90, metric: "m".into(), value: 0.25 };
        let end = StageEnd { stage: "a".into(), steps: 300, reason: Reason::Steps, restored: None };
        assert_eq!(ended(&end, Some(&best), 300), None);
        let end = StageEnd { steps: 150, reason: Reason::Patience, restored: Some(90), ..end };
        let said = "ended after 150 of 300 steps, as nothing better came, goes on from step 90 with m 0.2500";
        assert_eq!(ended(&end, Some(&best), 300).as_deref(), Some(said));
    }

    #[test]
    fn encoding_says_its_rate_and_the_time_left() {
        assert_eq!(encoding(None, None), "");
        let left = Some(Duration::from_secs(160));
        assert_eq!(encoding(Some(84.0), left), "84 texts/s, 2m 40s left");
    }

    #[test]
    fn rates_have_the_digits_that_matter() {
        for (value, text) in
            [(0.4172, "0.42"), (0.999, "1.0"), (4.17, "4.2"), (9.96, "10"), (1234.5, "1234")]
        {
            assert_eq!(rate(value), text);
        }
    }

    #[test]
    fn durations_are_in_their_two_largest_units() {
        let cases = [
            (0.4, "0s"),
            (59.6, "1m 0s"),
            (130.0, "2m 10s"),
            (11_100.0, "3h 5m"),
            (187_200.0, "2d 4h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), text);
        }
    }
}
