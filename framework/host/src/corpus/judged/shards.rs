//! Whether the files that a corpus was split into are all there, each once.
//!
//! A corpus of which a download was broken off reads as a smaller one on which every search looks better, so numbers in
//! the names of its files are held against each other: they begin at 0 or 1 and leave none out.

use std::path::{Path, PathBuf};

use super::super::discover::PLACEHOLDER;
use super::super::shape::Checked;
use crate::error::Diagnostic;

const GZIP: &str = ".gz";
const OF: &str = "-of-";

/// The files in the order of their numbers, packed or not; the same file in both forms is refused.
pub(super) fn in_order(mut paths: Vec<PathBuf>) -> Checked<Vec<PathBuf>> {
    let key = |path: &PathBuf| {
        let text = path.to_string_lossy();
        let plain = unpacked(&text).to_owned();
        (plain.len(), plain)
    };
    paths.sort_by_cached_key(key);
    paths.dedup();
    let twice = paths.iter().zip(paths.iter().skip(1)).find(|(one, next)| key(one) == key(next));
    match twice {
        Some((one, next)) => {
            let problem = format!("beside {} there is {}", one.display(), next.display());
            Err(Diagnostic::new(problem).allowed("each file packed or not, and not both").into())
        }
        None => Ok(paths),
    }
}

/// Refuses files with numbers in the place of the one `*` of `pattern` of which one is missing.
pub(super) fn complete(pattern: &str, language: &str, paths: &[PathBuf]) -> Checked<()> {
    let pattern = pattern.replace(PLACEHOLDER, language);
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let Some(pattern) = name(Path::new(&pattern)) else { return Ok(()) };
    let Some((before, after)) = unpacked(&pattern).split_once('*') else { return Ok(()) };
    let number = |path: &PathBuf| {
        let name = name(path)?;
        Number::of(unpacked(&name).strip_prefix(before)?.strip_suffix(after)?)
    };
    // Names that are no numbers say nothing of what is missing.
    let Some(mut numbers) = paths.iter().map(number).collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    numbers.sort_unstable();
    let Some(first) = numbers.first().copied() else { return Ok(()) };
    let start = first.at.min(1);
    let gap = (start..).zip(&numbers).find(|(expected, number)| number.at != *expected);
    let found = numbers.len() as u64;
    let missing = match (gap, first.count) {
        (Some((expected, _)), _) => Some(expected),
        (None, Some(count)) if found < count => Some(start + found),
        _ => None,
    };
    let (Some(missing), Some(path)) = (missing, paths.first()) else { return Ok(()) };
    let of = first.count.map_or(String::new(), |count| format!("{OF}{count:0w$}", w = first.width));
    let missing = format!("{before}{missing:0width$}{of}{after}", width = first.width);
    let problem = format!("`{missing}` is missing among the {found} files that stand beside it");
    let allowed = "files whose numbers begin at 0 or 1 and leave none out";
    Err(Diagnostic::new(problem).file(path.parent().unwrap_or(path)).allowed(allowed).into())
}

fn unpacked(name: &str) -> &str {
    name.strip_suffix(GZIP).unwrap_or(name)
}

/// Which of the files one is, by its name: `3`, or `00003-of-00008`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    at: u64,
    count: Option<u64>,
    width: usize,
}

impl Number {
    fn of(text: &str) -> Option<Self> {
        let (at, count) = match text.split_once(OF) {
            Some((at, count)) => (at, Some(number(count)?)),
            None => (text, None),
        };
        Some(Self { at: number(at)?, count, width: at.len() })
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(pattern: &str, names: &[&str]) -> Option<String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| Path::new("c").join(name)).collect();
        let problem = complete(pattern, "fi", &paths).err()?.problem;
        Some(problem.split('`').nth(1).unwrap().to_owned())
    }

    #[test]
    fn numbers_begin_at_0_or_1_and_leave_none_out() {
        let docs = |names: &[&str]| missing("c/docs-*.jsonl", names);
        assert_eq!(docs(&["docs-0.jsonl", "docs-1.jsonl.gz"]), None);
        assert_eq!(docs(&["docs-1.jsonl"]), None);
        assert_eq!(docs(&["docs-0.jsonl", "docs-2.jsonl"]).unwrap(), "docs-1.jsonl");
        assert_eq!(docs(&["docs-02.jsonl"]).unwrap(), "docs-01.jsonl");
        assert_eq!(docs(&["docs-a.jsonl", "docs-2.jsonl"]), None);
    }

    #[test]
    fn files_that_tell_their_count_are_as_many() {
        let of = |names: &[&str]| missing("c/{lang}-*.gz", names);
        assert_eq!(of(&["fi-00000-of-00002.gz", "fi-00001-of-00002.gz"]), None);
        assert_eq!(of(&["fi-00001-of-00002.gz", "fi-00002-of-00002.gz"]), None);
        assert_eq!(of(&["fi-00001-of-00002.gz"]).unwrap(), "fi-00002-of-00002");
        assert_eq!(of(&["fi-00000-of-00002.gz"]).unwrap(), "fi-00001-of-00002");
    }
}
