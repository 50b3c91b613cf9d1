//! Why a test or an interval has no answer.

/// A result whose error is [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What there is no significance of.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Two columns of values that cannot be paired.
    #[error("{first} values of one system and {second} of the other; pairs need as many of each")]
    Lengths {
        /// Values of the first system.
        first: usize,
        /// Values of the second system.
        second: usize,
    },

    /// A value that no mean can hold.
    #[error("value {index} is {found}; values are finite, or NaN where undefined")]
    Infinite {
        /// Its place, from 0.
        index: usize,
        /// The value.
        found: f64,
    },

    /// Fewer pairs than the question needs.
    #[error("{found} pairs of defined values; at least {needed} are needed")]
    TooFew {
        /// Pairs found.
        found: usize,
        /// Pairs needed.
        needed: usize,
    },

    /// Differences without a spread, which leave Student's t without a denominator.
    #[error("all {count} differences are {difference}; without a spread there is no t")]
    Constant {
        /// How many there are.
        count: usize,
        /// The value of each.
        difference: f64,
    },

    /// A level of confidence or significance out of range.
    #[error("the level is {found}; allowed is a number between 0 and 1, neither included")]
    Level {
        /// The level found.
        found: f64,
    },

    /// Nothing to resample, or no resamples.
    #[error("{found} resamples; at least {needed} are needed")]
    Resamples {
        /// Resamples asked for.
        found: usize,
        /// Resamples needed.
        needed: usize,
    },

    /// A query in a group that stands there twice, or under another number of runs than its neighbours.
    #[error("topic `{topic}` in group {group}: {problem}")]
    Observation {
        /// The topic.
        topic: String,
        /// The group's number.
        group: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// A level, if it is one.
pub(super) fn level(level: f64) -> Result<f64> {
    match level > 0.0 && level < 1.0 {
        true => Ok(level),
        false => Err(Error::Level { found: level }),
    }
}
