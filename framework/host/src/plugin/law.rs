//! What a sampler says that it draws.

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

use super::call::CallError;
use super::guarded::Guarded;
use super::raw::Taken;
use super::sampler::Sampler;

/// How often two languages are drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// What is drawn.
    pub unit: Unit,
    /// Language of the query, language of the passage, and their probability: all that are drawn, each once, ascending.
    pub pairs: Vec<(u32, u32, f64)>,
}

/// What is drawn by a [`Law`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Every pair of a batch.
    Pair,
    /// A batch: all its pairs have the languages that were drawn for it.
    Batch,
}

/// How far the probabilities may be from 1 together: thousands of roundings.
const ROUNDING: f64 = 1e-9;

impl Law {
    /// The law that a sampler stated over a corpus of so many languages.
    ///
    /// # Errors
    /// If it is none, with what is wrong.
    pub(super) fn new(
        unit: u32,
        mut pairs: Vec<(u32, u32, f64)>,
        languages: usize,
    ) -> Result<Self, String> {
        let unit = match unit {
            abi::UNIT_PAIR => Unit::Pair,
            abi::UNIT_BATCH => Unit::Batch,
            other => return Err(format!("the unit {other} of its law is none")),
        };
        for (query, passage, probability) in &pairs {
            if [*query, *passage].iter().any(|language| *language as usize >= languages) {
                return Err(format!("its law has language {} of {languages}", query.max(passage)));
            }
            if !(0.0..=1.0).contains(probability) {
                return Err(format!("its law has the probability {probability}"));
            }
        }
        pairs.sort_by_key(|(query, passage, _)| (*query, *passage));
        if let Some(twice) =
            pairs.windows(2).find(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1))
        {
            return Err(format!("its law has languages {} and {} twice", twice[0].0, twice[0].1));
        }
        let sum = pairs.iter().fold(0.0, |sum, (.., probability)| sum + probability);
        match (sum - 1.0).abs() <= ROUNDING {
            true => Ok(Self { unit, pairs }),
            false => Err(format!("the probabilities of its law add up to {sum}")),
        }
    }
}

impl Sampler<'_> {
    /// How often the languages are drawn; `None` if the sampler does not say.
    ///
    /// # Errors
    /// If the plugin fails, or what it says is no law.
    pub fn law(&mut self) -> Result<Option<Law>, CallError> {
        const DOING: &str = "state what it draws";
        // SAFETY: a sampler's, whose group this is.
        let group = unsafe { self.handle.group::<abi::Law>(self.functions.get_extension) };
        let Some(group) = group else { return Ok(None) };
        let mut taken = Taken::new();
        let sink = law_sink(&mut taken);
        let mut unit = Guarded::one(0u32);
        let place = unit.as_mut_ptr();
        // SAFETY: the place and the sink live through the call.
        let result = self.handle.call(DOING, group.state, |f, instance, error| unsafe {
            f(instance, place, &raw const sink, error)
        });
        let result = self.handle.judge(DOING, result, [unit.breach("the unit of its law")]);
        let pairs = match self.handle.taken(DOING, result, taken) {
            Err(error) if error.is_unsupported() => return Ok(None),
            pairs => pairs?,
        };
        let law = Law::new(unit.value(), pairs, self.corpus.table().languages.len());
        law.map(Some).map_err(|problem| self.handle.broken(DOING, problem))
    }
}

/// A sink for the language pairs of a law that fills `taken`.
pub(super) fn law_sink(taken: &mut Taken<(u32, u32, f64)>) -> abi::LawSink {
    abi::LawSink {
        struct_size: abi::LawSink::SIZE,
        reserved: 0,
        context: taken.context(),
        put: Some(take_pair),
    }
}

unsafe extern "C" fn take_pair(
    context: *mut c_void,
    pair: *const abi::LanguagePair,
) -> abi::Status {
    let one = |_: &[(u32, u32, f64)]| {
        // SAFETY: the plugin lends the pair for the call.
        let pair = unsafe { abi::LanguagePair::read(pair) };
        let pair = pair.ok_or("a language pair is null or too short")?;
        Ok((pair.query_language, pair.passage_language, pair.probability))
    };
    // SAFETY: `context` is that of the running call's sink.
    unsafe { Taken::put(context, one) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(unit: u32, pairs: &[(u32, u32, f64)]) -> String {
        Law::new(unit, pairs.to_vec(), 2).unwrap_err()
    }

    #[test]
    fn what_is_no_law_is_refused_and_why() {
        let whole = [(1, 0, 0.25), (0, 1, 0.75)];
        let law = Law::new(abi::UNIT_BATCH, whole.to_vec(), 2).unwrap();
        assert_eq!(law, Law { unit: Unit::Batch, pairs: vec![(0, 1, 0.75), (1, 0, 0.25)] });
        assert_eq!(problem(7, &whole), "the unit 7 of its law is none");
        assert_eq!(problem(1, &[(0, 2, 1.0)]), "its law has language 2 of 2");
        assert_eq!(problem(1, &[(0, 0, 1.5)]), "its law has the probability 1.5");
        assert_eq!(problem(1, &[(0, 0, -0.5)]), "its law has the probability -0.5");
        assert_eq!(problem(1, &[(0, 0, f64::NAN)]), "its law has the probability NaN");
        assert_eq!(problem(1, &[(0, 1, 0.5); 2]), "its law has languages 0 and 1 twice");
        assert_eq!(problem(1, &[(0, 1, 0.5)]), "the probabilities of its law add up to 0.5");
        assert_eq!(problem(1, &[]), "the probabilities of its law add up to 0");
    }
}
