//! The user column: one number a question, which means nothing here and whatever a sampler makes of it.
//!
//! A question without one is NaN, since data is seldom annotated throughout; but a column of which nothing is found
//! is a misspelt name, and text where a number belongs is a mistake that a sampler could not tell from a gap.

use serde_json::Value;

use super::shape::{Checked, LanguageCorpus};
use super::source::Source;
use crate::error::{Diagnostic, Result};

/// What a question without a number has.
pub(super) const ABSENT: f64 = f64::NAN;

/// The number of `name` in JSON, of which null says as much as no key.
pub(super) fn from_json(name: &str, value: Option<&Value>) -> Checked<f64> {
    match value {
        None | Some(Value::Null) => Ok(ABSENT),
        Some(value) => value
            .as_f64()
            .filter(|number| number.is_finite())
            .ok_or_else(|| no_number(name, &value.to_string(), "null")),
    }
}

/// The number of `name` in the cell of a table.
pub(super) fn from_cell(name: &str, cell: &str) -> Checked<f64> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(ABSENT);
    }
    let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| no_number(name, cell, "an empty cell"))
}

fn no_number(name: &str, found: &str, absent: &str) -> Box<Diagnostic> {
    Diagnostic::new(format!("the value of `{name}` is {found}"))
        .allowed(format!("a finite number, or {absent} where there is none"))
        .into()
}

/// Refuses a name under which the data has no number at all.
pub(super) fn check_found<'c>(
    source: &Source<'_>,
    languages: impl Iterator<Item = &'c LanguageCorpus>,
) -> Result<()> {
    let Some(name) = source.user_column else { return Ok(()) };
    let mut questions = languages.flat_map(|own| &own.questions);
    if questions.any(|question| !question.user.is_nan()) {
        return Ok(());
    }
    let problem = format!("no question of the data has a number `{name}`");
    Err(source.problem("user_column", problem).allowed("a name that the data uses").into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_finite_number_is_read_as_it_was_written(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let cell = from_cell("x", &format!(" {number:?} ")).unwrap();
            let json = serde_json::from_str(&format!("{number:?}")).unwrap();
            let json = from_json("x", Some(&json)).unwrap();
            prop_assert_eq!((cell.to_bits(), json.to_bits()), (bits, bits));
        }
    }

    #[test]
    fn what_is_absent_is_nan() {
        assert!(from_cell("x", "\r").unwrap().is_nan());
        assert!(from_json("x", None).unwrap().is_nan());
        assert!(from_json("x", Some(&Value::Null)).unwrap().is_nan());
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for cell in ["hard", "1,5", "NaN", "inf", "1e999"] {
            let message = from_cell("x", cell).unwrap_err().to_string();
            assert!(message.starts_with(&format!("the value of `x` is {cell}\n")), "{message}");
        }
        for json in [r#""2""#, "true", "[1]"] {
            let value = serde_json::from_str(json).unwrap();
            let message = from_json("x", Some(&value)).unwrap_err().to_string();
            assert!(message.starts_with(&format!("the value of `x` is {json}\n")), "{message}");
        }
    }
}
