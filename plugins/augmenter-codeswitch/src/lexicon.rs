//! A bilingual dictionary in memory: made from lines, looked up by word.
//!
//! Dictionaries that were scraped or induced hold more than translations of words. What is kept, of each line
//! `source<TAB>target`, white space around both sides and a byte order mark left out:
//!
//! * Sources of one word by UAX #29. Texts are replaced word by word, so an entry of several words (`New Jersey`,
//!   `pitch-black`) could never be found. Targets may have several words.
//! * Targets that differ from their source: a word that becomes itself is not switched.
//! * No target that is only a page's name: Wiktionary calls pages whose title MediaWiki cannot hold
//!   `Unsupported titles/…`.
//! * Each pair of source and target once, in an order that does not depend on that of the file.
//!
//! Empty lines are passed over. Any other line is a mistake, since a file that is taken for what it is not would
//! change training without a word.
//!
//! All strings lie in one, at four bytes each beyond their own: what the nine dictionaries of WECHSEL hold, 361,000
//! lines, takes 6 MB.

use std::cmp::Ordering;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// How the name of a page of Wiktionary begins whose title is not its name.
const PAGE_NAME: &str = "Unsupported titles/";

/// The dictionary of one target language.
#[derive(Debug)]
pub struct Lexicon {
    /// Every source, followed by its targets.
    text: String,
    /// Where each string of `text` ends.
    ends: Vec<u32>,
    /// The number of each source among the strings, by [`order`]; then the number of strings.
    sources: Vec<u32>,
}

/// What became of the lines of a dictionary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    /// Translations kept.
    pub kept: usize,
    /// Left out: the source has several words, or none.
    pub not_a_word: usize,
    /// Left out: source and target are the same.
    pub equal: usize,
    /// Left out: the target is the name of a page.
    pub page_name: usize,
    /// Left out: the line stands there twice.
    pub repeated: usize,
}

/// A line that is no entry: its number, counted from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Which line.
    pub line: usize,
    /// What was found.
    pub problem: String,
}

/// What a look-up found: the sources with these numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found(Range<usize>);

impl Lexicon {
    /// Reads the lines of a dictionary, of less than 4 GiB.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Lines), Malformed> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut lines = Lines::default();
        let mut pairs = Vec::new();
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let pair = pair(line).map_err(|problem| Malformed { line: number, problem })?;
            let Some((source, target)) = pair else { continue };
            if !is_word(source) {
                lines.not_a_word += 1;
            } else if source == target {
                lines.equal += 1;
            } else if target.starts_with(PAGE_NAME) {
                lines.page_name += 1;
            } else {
                pairs.push((source, target));
            }
        }
        pairs.sort_unstable_by(|a, b| order(a.0, b.0).then_with(|| a.1.cmp(b.1)));
        let all = pairs.len();
        pairs.dedup();
        lines.kept = pairs.len();
        lines.repeated = all - pairs.len();
        Ok((Self::of_sorted(&pairs), lines))
    }

    fn of_sorted(pairs: &[(&str, &str)]) -> Self {
        let mut lexicon = Self { text: String::new(), ends: Vec::new(), sources: Vec::new() };
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            let source = same.iter().take(1).map(|(source, _)| *source);
            lexicon.sources.push(lexicon.ends.len() as u32);
            for string in source.chain(same.iter().map(|(_, target)| *target)) {
                lexicon.text.push_str(string);
                lexicon.ends.push(lexicon.text.len() as u32);
            }
        }
        lexicon.sources.push(lexicon.ends.len() as u32);
        lexicon.text.shrink_to_fit();
        lexicon.ends.shrink_to_fit();
        lexicon.sources.shrink_to_fit();
        lexicon
    }

    /// Number of different sources.
    pub fn words(&self) -> usize {
        self.sources.len() - 1
    }

    /// Memory that it takes.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 4 * (self.ends.capacity() + self.sources.capacity())
    }

    /// Looks a word up: as it is written if the dictionary has it so (`Polish`), else whatever the case.
    pub fn find(&self, word: &str) -> Option<Found> {
        let first = self.first(|source| lowered(source, word) == Ordering::Less);
        let end = self.first(|source| lowered(source, word) != Ordering::Greater);
        let exact = (first..end).find(|source| self.source(*source) == word);
        let found = exact.map_or(first..end, |exact| exact..exact + 1);
        (!found.is_empty()).then_some(Found(found))
    }

    /// How many translations were found; at least one.
    pub fn len(&self, found: &Found) -> usize {
        found.0.clone().map(|source| self.targets(source).len()).sum()
    }

    /// Translation number `i` of those that were found; `None` if there are no more.
    pub fn target(&self, found: &Found, i: usize) -> Option<&str> {
        let mut targets = found.0.clone().flat_map(|source| self.targets(source));
        targets.nth(i).map(|string| self.string(string))
    }

    /// The first source for which `before` no longer holds.
    fn first(&self, before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.words());
        while low < high {
            let middle = usize::midpoint(low, high);
            match before(self.source(middle)) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    fn source(&self, source: usize) -> &str {
        self.string(self.sources[source] as usize)
    }

    fn targets(&self, source: usize) -> Range<usize> {
        self.sources[source] as usize + 1..self.sources[source + 1] as usize
    }

    fn string(&self, string: usize) -> &str {
        let start = string.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[string] as usize]
    }
}

/// The two sides of a line; `None` where it is empty.
fn pair(line: &[u8]) -> Result<Option<(&str, &str)>, String> {
    let line = str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    if line.trim().is_empty() {
        return Ok(None);
    }
    let sides: Vec<&str> = line.split('\t').map(str::trim).collect();
    match sides[..] {
        [source, target] if !source.is_empty() && !target.is_empty() => Ok(Some((source, target))),
        [_, _] => Err(format!("one side is empty in {line:?}")),
        _ => Err(format!("found {} tabs in {line:?}, allowed is one", sides.len() - 1)),
    }
}

/// Whether a text is one word, all of it.
fn is_word(text: &str) -> bool {
    text.unicode_words().next() == Some(text)
}

/// The order of sources: those that differ in case only stand together.
fn order(a: &str, b: &str) -> Ordering {
    lowered(a, b).then_with(|| a.cmp(b))
}

/// Compares two words in small letters.
fn lowered(a: &str, b: &str) -> Ordering {
    let small = |c: char| c.to_lowercase();
    a.chars().flat_map(small).cmp(b.chars().flat_map(small))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(lines: &str) -> Lexicon {
        Lexicon::parse(lines.as_bytes()).unwrap().0
    }

    fn targets<'a>(lexicon: &'a Lexicon, word: &str) -> Vec<&'a str> {
        let Some(found) = lexicon.find(word) else { return Vec::new() };
        (0..lexicon.len(&found)).map(|i| lexicon.target(&found, i).unwrap()).collect()
    }

    #[test]
    fn a_word_is_found_as_it_is_written_and_else_in_any_case() {
        let lexicon = lexicon(
            "polish\tpolieren\nPolish\tpolnisch\ndog\tHund\ndog\tKöter\nMarch\tMärz\nα\ta\n",
        );
        assert_eq!(lexicon.words(), 5);
        for (word, found) in [
            ("polish", vec!["polieren"]),
            ("Polish", vec!["polnisch"]),
            ("POLISH", vec!["polnisch", "polieren"]),
            ("Dog", vec!["Hund", "Köter"]),
            ("march", vec!["März"]),
            ("Α", vec!["a"]),
            ("do", vec![]),
            ("dogs", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(targets(&lexicon, word), found, "{word}");
        }
    }

    #[test]
    fn what_no_word_of_a_text_can_become_is_left_out_and_counted() {
        let text = "\u{feff}dog\tHund\r\n\n  \t \nNew Jersey\tNew Jersey\npitch-black\tstockfinster\n\
            &#64830;\tx\nhah\thah\norder\tUnsupported titles/о slash dot\n dog \t Hund \ngive\tbó tay\nhand\tHand";
        let (lexicon, lines) = Lexicon::parse(text.as_bytes()).unwrap();
        let expected = Lines { kept: 3, not_a_word: 3, equal: 1, page_name: 1, repeated: 1 };
        assert_eq!(lines, expected);
        assert_eq!(targets(&lexicon, "dog"), ["Hund"]);
        assert_eq!(targets(&lexicon, "give"), ["bó tay"]);
        assert_eq!(targets(&lexicon, "hand"), ["Hand"]);
        assert!(lexicon.find("hah").is_none() && lexicon.find("order").is_none());
    }

    #[test]
    fn a_line_that_is_no_entry_is_named_by_its_number() {
        for (text, line, problem) in [
            ("a\tb\nc d", 2, "found 0 tabs in \"c d\", allowed is one"),
            ("a\tb\tc\n", 1, "found 2 tabs in \"a\\tb\\tc\", allowed is one"),
            ("\n\n\tb\n", 3, "one side is empty in \"\\tb\""),
            ("a\t \n", 1, "one side is empty in \"a\\t \""),
        ] {
            let expected = Malformed { line, problem: problem.into() };
            assert_eq!(Lexicon::parse(text.as_bytes()).err(), Some(expected));
        }
        let bytes = Lexicon::parse(b"a\tb\nc\t\xff\n").err().unwrap();
        assert_eq!((bytes.line, bytes.problem.as_str()), (2, "not UTF-8"));
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter() {
        let there = lexicon("a\tz\na\ty\nA\tx\nb\tw\n");
        let back = lexicon("b\tw\nA\tx\na\ty\na\tz\n");
        for word in ["a", "A", "b"] {
            assert_eq!(targets(&there, word), targets(&back, word));
        }
    }

    #[test]
    fn an_empty_file_knows_no_word() {
        assert!(lexicon("").find("a").is_none());
    }
}
