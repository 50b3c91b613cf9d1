//! Pairs by language: a table of queries' languages by passages', shaded on a terminal.
//!
//! Eleven languages fit a terminal of 80 columns. Where they do not fit, the largest pairs say more than a wall of
//! numbers, and the sums of rows and columns say whether a language is missing.

use std::collections::BTreeMap;

use triglot_host::preview::PairCount;

/// What a table has to fit.
const COLUMNS: usize = 80;
/// How many pairs are listed where the table does not fit.
const LISTED: usize = 20;

/// How cells are shaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// Not at all: for a pipe.
    Plain,
    /// By a block behind each number.
    Blocks,
    /// By the colour behind each number.
    Colours,
}

impl Shade {
    /// What fits an output.
    pub fn of((terminal, colours): (bool, bool)) -> Self {
        match (terminal, colours) {
            (false, _) => Self::Plain,
            (true, false) => Self::Blocks,
            (true, true) => Self::Colours,
        }
    }

    /// A cell of so many columns; `level` is 0 for nothing to 4 for most.
    fn cell(self, text: &str, width: usize, level: usize) -> String {
        const BLOCKS: [char; 5] = [' ', '░', '▒', '▓', '█'];
        /// Greys of the 256 colours, under white letters.
        const GREYS: [u8; 5] = [0, 236, 239, 242, 245];
        match (self, level) {
            (Self::Plain, _) => format!("{text:>width$}"),
            (Self::Blocks, _) => format!("{text:>0$}{1}", width - 1, BLOCKS[level.min(4)]),
            (Self::Colours, 0) => format!("{text:>width$}"),
            (Self::Colours, _) => {
                let grey = GREYS[level.min(4)];
                let text = format!("{text:>0$}", width - 1);
                format!(" \x1b[38;5;15;48;5;{grey}m{text}\x1b[0m")
            }
        }
    }
}

/// Draws the pairs of languages: queries down, passages across.
pub fn heat(pairs: &[PairCount], shade: Shade) -> String {
    let sums = Sums::of(pairs);
    let thousands = || Some(table(pairs, &sums, shade, 1000)? + "in thousands\n");
    table(pairs, &sums, shade, 1).or_else(thousands).unwrap_or_else(|| list(pairs, &sums))
}

/// Pairs by the language of their query, and by that of their passage.
struct Sums<'a> {
    languages: BTreeMap<&'a str, (u64, u64)>,
    all: u64,
}

impl<'a> Sums<'a> {
    fn of(pairs: &'a [PairCount]) -> Self {
        let mut sums = Self { languages: BTreeMap::new(), all: 0 };
        for PairCount { query, passage, pairs } in pairs {
            sums.languages.entry(query).or_default().0 += pairs;
            sums.languages.entry(passage).or_default().1 += pairs;
            sums.all += pairs;
        }
        sums
    }
}

/// The table in units of so many pairs, if it fits.
fn table(pairs: &[PairCount], sums: &Sums<'_>, shade: Shade, unit: u64) -> Option<String> {
    const ALL: &str = "all";
    let number = |count: u64| (count + unit / 2) / unit;
    let digits = |count: u64| number(count).to_string().len();
    let length = |code: &str| code.chars().count();
    let names = sums.languages.keys().map(|code| length(code)).max().unwrap_or(0).max(ALL.len());
    let gap = if shade == Shade::Blocks { 2 } else { 1 };
    let across = sums.languages.iter();
    let across: Vec<(&str, usize)> = across
        .map(|(code, (_, passages))| (*code, length(code).max(digits(*passages)) + gap))
        .collect();
    let most = pairs.iter().map(|pair| pair.pairs).max().unwrap_or(0);
    let last = digits(sums.all).max(ALL.len()) + 2;
    if names + across.iter().map(|(_, width)| width).sum::<usize>() + last > COLUMNS {
        return None;
    }
    let mut cells: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for pair in pairs {
        cells.insert((&pair.query, &pair.passage), pair.pairs);
    }
    let mut text = " ".repeat(names);
    across.iter().for_each(|(code, width)| text += &shade.cell(code, *width, 0));
    text += &format!("{ALL:>last$}\n");
    for query in sums.languages.keys() {
        text += &format!("{query:names$}");
        for (passage, width) in &across {
            text += &match cells.get(&(*query, *passage)) {
                Some(count) => shade.cell(&number(*count).to_string(), *width, level(*count, most)),
                None => shade.cell("·", *width, 0),
            };
        }
        text += &format!("{:>last$}\n", number(sums.languages[query].0));
    }
    text += &format!("{ALL:names$}");
    for ((_, passages), (_, width)) in sums.languages.values().zip(&across) {
        text += &shade.cell(&number(*passages).to_string(), *width, 0);
    }
    text += &format!("{:>last$}\n", number(sums.all));
    Some(text)
}

/// 1 to 4, for a count of at most `most`.
fn level(count: u64, most: u64) -> usize {
    (4 * count).div_ceil(most.max(1)) as usize
}

/// The largest pairs, and every language with its sums.
fn list(pairs: &[PairCount], sums: &Sums<'_>) -> String {
    let mut largest: Vec<&PairCount> = pairs.iter().collect();
    // A stable sort: equal counts stay in the order of the codes.
    largest.sort_by_key(|pair| std::cmp::Reverse(pair.pairs));
    let mut text = format!(
        "{} pairs of languages, {} pairs; the largest, a query's language first:\n",
        pairs.len(),
        sums.all
    );
    let named = largest.iter().take(LISTED);
    text += &columns(named.map(|p| format!("{}-{} {}", p.query, p.passage, p.pairs)).collect());
    text += &format!("{} languages, queries/passages:\n", sums.languages.len());
    let named = sums.languages.iter();
    text += &columns(named.map(|(code, (q, p))| format!("{code} {q}/{p}")).collect());
    text
}

/// Words in columns, as many as there is room for.
fn columns(words: Vec<String>) -> String {
    let width = words.iter().map(|word| word.chars().count()).max().unwrap_or(0) + 2;
    let a_line = ((COLUMNS - 2) / width).max(1);
    let lines = words.chunks(a_line).map(|words| {
        let line: String = words.iter().map(|word| format!("{word:width$}")).collect();
        format!("  {}\n", line.trim_end())
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(languages: usize, count: impl Fn(usize, usize) -> u64) -> Vec<PairCount> {
        let all = (0..languages).flat_map(|q| (0..languages).map(move |p| (q, p)));
        let code = |language: usize| {
            format!(
                "{}{}",
                (b'a' + language as u8 / 26) as char,
                (b'a' + language as u8 % 26) as char
            )
        };
        let pairs =
            all.map(|(q, p)| PairCount { query: code(q), passage: code(p), pairs: count(q, p) });
        pairs.filter(|pair| pair.pairs > 0).collect()
    }

    #[test]
    fn a_table_sums_up_rows_and_columns() {
        let drawn =
            heat(&pairs(3, |q, p| if p > q { (10 * q + p) as u64 } else { 0 }), Shade::Plain);
        let expected = "    aa ab ac  all
aa   ·  1  2    3
ab   ·  · 12   12
ac   ·  ·  ·    0
all  0  1 14   15
";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn eleven_languages_fit_a_terminal_and_112_are_listed_in_less_than_a_screen_and_a_half() {
        for languages in [5, 11, 112] {
            for shade in [Shade::Plain, Shade::Blocks] {
                let drawn = heat(&pairs(languages, |q, p| (q * p) as u64 % 1000 + 500), shade);
                assert_eq!(drawn.starts_with("  "), languages < 112, "{drawn}");
                assert!(drawn.lines().all(|line| line.chars().count() <= COLUMNS), "{drawn}");
                assert!(drawn.lines().count() < 36, "{drawn}");
            }
        }
    }

    #[test]
    fn large_numbers_are_shown_in_thousands_before_the_table_is_given_up() {
        let drawn = heat(&pairs(11, |_, _| 123_456), Shade::Plain);
        assert!(drawn.contains("123") && drawn.ends_with("in thousands\n"), "{drawn}");
    }

    #[test]
    fn the_largest_pair_comes_first_in_a_list() {
        let drawn = heat(&pairs(112, |q, p| if (q, p) == (3, 4) { 900 } else { 1 }), Shade::Plain);
        assert!(drawn.contains("first:\n  ad-ae 900"), "{drawn}");
    }

    #[test]
    fn shades_grow_with_the_count_and_only_a_terminal_sees_them() {
        let drawn = pairs(2, |q, p| [[1, 2], [3, 4]][q][p]);
        assert!(heat(&drawn, Shade::Plain).is_ascii());
        let blocks = heat(&drawn, Shade::Blocks);
        assert!(
            blocks.contains("1░") && blocks.contains("2▒") && blocks.contains("4█"),
            "{blocks}"
        );
        let coloured = heat(&drawn, Shade::Colours);
        assert!(coloured.contains("48;5;236m") && coloured.contains("48;5;245m"), "{coloured}");
    }
}
