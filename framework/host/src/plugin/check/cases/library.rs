//! What the library comes to as it is opened.

use std::path::Path;
use std::time::Duration;

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::{Case, LOADS};
use crate::plugin::check::lab::{Trouble, enter};
use crate::plugin::library;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::library(
        LOADS,
        "The library opens with every symbol bound, exports the entry of this ABI, and its tables are whole",
        loads,
    ),
    Case::library("entry-quick", "The entry returns its table within 100 ms", quick),
    Case::library("version-stated", "The library states a version", version),
];

/// A command that lists plugins opens them all: none may be felt.
const QUICK: Duration = Duration::from_millis(100);
/// Longer than any delay of a busy machine.
const SLOW: Duration = Duration::from_secs(1);

fn loads(file: &Path) -> Outcome {
    match library::open(file) {
        Ok(components) if components.is_empty() => {
            Ok(Verdict::Warn("it holds no component of a kind that this host knows".into()))
        }
        Ok(_) => Ok(Verdict::PASS),
        Err(error) => Err(Trouble::Violated(error.to_string())),
    }
}

fn quick(file: &Path) -> Outcome {
    let took = enter(file)?.took;
    let said = format!("the entry took {:.0} ms", took.as_secs_f64() * 1e3);
    Ok(match took {
        took if took > SLOW => Verdict::Fail(said),
        took if took > QUICK => Verdict::Warn(said),
        _ => Verdict::PASS,
    })
}

fn version(file: &Path) -> Outcome {
    let version = enter(file)?.version;
    Ok(match version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.') {
        true => Verdict::PASS,
        false => Verdict::Warn(format!(
            "the version is {version:?}; a record of a run quotes it, as 1.2.3"
        )),
    })
}
