//! Languages, pairs and data sets with too little to draw from: told in one error, or left out and logged.

use triglot_sdk::{Error, Host, Result};

use crate::choice::TooSmall;

/// How many are named; of 12,432 pairs of languages thousands may be too small.
const NAMED: usize = 8;

/// What was found too small, in words.
#[derive(Debug, Default)]
pub struct Shortfall {
    found: Vec<String>,
}

impl Shortfall {
    /// Notes one: `language `en` has 3 examples`.
    pub fn note(&mut self, found: String) {
        self.found.push(found);
    }

    /// Refuses what was noted, or logs that it is left out; it is refused anyway where nothing else is left.
    pub fn settle(
        self,
        too_small: TooSmall,
        anything_left: bool,
        batch_size: usize,
        host: &Host,
    ) -> Result<()> {
        let count = self.found.len();
        if count == 0 {
            return Ok(());
        }
        let mut list = self.found.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if let Some(more) = count.checked_sub(NAMED).filter(|more| *more > 0) {
            list = format!("{list} and {more} more too few");
        }
        let message = format!("{list}; a batch needs {batch_size}");
        match (too_small, anything_left) {
            (_, false) => Err(Error::invalid(message)),
            (TooSmall::Error, true) => Err(Error::invalid(format!(
                "{message}; `too_small = \"skip\"` leaves out what has fewer"
            ))),
            (TooSmall::Skip, true) => {
                host.warn(format_args!("{count} left out: {message}"));
                Ok(())
            }
        }
    }
}
