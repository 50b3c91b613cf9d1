//! What a line of progress says, on a terminal behind a bar and in a log by itself.

use std::time::Duration;

/// What is known of training after a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Training {
    /// Loss of the step.
    pub loss: f64,
    /// Texts a second.
    pub texts: Option<f64>,
    /// Tokens a second.
    pub tokens: Option<f64>,
    /// The last validation loss.
    pub validation: Option<f64>,
    /// Time until the stage is over.
    pub left: Option<Duration>,
}

/// `loss 0.1234, 41 texts/s, 1203 tokens/s, validation 0.2345, 2m 10s left`: what is not known is left out.
pub fn training(now: &Training) -> String {
    let parts = [
        Some(format!("loss {:.4}", now.loss)),
        now.texts.map(|texts| format!("{} texts/s", rate(texts))),
        now.tokens.map(|tokens| format!("{} tokens/s", rate(tokens))),
        now.validation.map(|loss| format!("validation {loss:.4}")),
        now.left.map(|left| format!("{} left", duration(left))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
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
        now.validation = Some(0.5);
        let all = "loss 0.1234, 41 texts/s, 1203 tokens/s, validation 0.5000, 2m 10s left";
        assert_eq!(training(&now), all);
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
