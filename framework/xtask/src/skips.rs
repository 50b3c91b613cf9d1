//! Which tests skipped what they stand for, read off the output of the test programs.
//!
//! A test that lacks something (data, another program) passes and prints `skipped: <why>`. The test programs show what
//! passing tests print in a section of its own; it is read here and left out of what the user sees. A test that is
//! marked `#[ignore]` is skipped too; an example in the documentation that is not meant to run is not.

use std::io::{self, BufRead, Write};

/// A test that did not test.
#[derive(Debug, PartialEq, Eq)]
pub struct Skip {
    /// Its name.
    pub test: String,
    /// What it lacks.
    pub why: String,
}

/// Passes the output of test programs on, line by line, and returns what was skipped.
pub fn relay(mut output: impl BufRead, mut to: impl Write) -> io::Result<Vec<Skip>> {
    let mut skips = Vec::new();
    let mut passing = None;
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text == "successes:" {
            passing = Some(String::new());
        } else if text == "failures:" || text.starts_with("test result: ") {
            passing = None;
        }
        match &mut passing {
            Some(test) => {
                let name =
                    text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
                if let Some(name) = name {
                    *test = name.to_owned();
                }
                if let Some(why) = text.strip_prefix("skipped: ") {
                    skips.push(Skip { test: test.clone(), why: why.to_owned() });
                }
            }
            None => {
                skips.extend(ignored(text));
                to.write_all(&line)?;
                to.flush()?;
            }
        }
        line.clear();
    }
    Ok(skips)
}

/// `test NAME ... ignored[, WHY]`; the name of an example says its file and line: `FILE - ITEM (line N)`.
fn ignored(line: &str) -> Option<Skip> {
    let (test, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ignored")?;
    let why = outcome.strip_prefix(", ").unwrap_or("it is marked as ignored");
    let example = test.contains(" (line ");
    (!example).then(|| Skip { test: test.to_owned(), why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 5 tests
test reads_real_data ... ok
test runs_elsewhere ... ignored, needs a second machine
test runs_never ... ignored
test src/lib.rs - Thing (line 3) ... ignored
test says_something ... ok

successes:

---- reads_real_data stdout ----
skipped: there is no data

---- says_something stdout ----
3 were skipped: no


successes:
    reads_real_data
    says_something

failures:

---- fails stdout ----
skipped: not at all

test result: FAILED. 2 passed; 1 failed
";

    fn skip(test: &str, why: &str) -> Skip {
        Skip { test: test.to_owned(), why: why.to_owned() }
    }

    #[test]
    fn a_skip_is_known_by_its_test_and_its_reason() {
        let skips = relay(OUTPUT.as_bytes(), io::sink()).unwrap();
        assert_eq!(
            skips,
            [
                skip("runs_elsewhere", "needs a second machine"),
                skip("runs_never", "it is marked as ignored"),
                skip("reads_real_data", "there is no data"),
            ]
        );
    }

    #[test]
    fn failures_and_results_are_passed_on_and_what_passing_tests_say_is_not() {
        let mut shown = Vec::new();
        relay(OUTPUT.as_bytes(), &mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("---- fails stdout ----\nskipped: not at all\n"));
        assert!(shown.ends_with("test result: FAILED. 2 passed; 1 failed\n"));
        assert!(!shown.contains("successes:") && !shown.contains("there is no data"));
    }
}
