//! Pairs of training to look at, a text a line.

use triglot_host::preview::{Example, Text};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line that goes into a pipe.
const COLUMNS: usize = 100;

/// The examples, each text cut to the width.
pub fn examples(examples: &[Example], width: Option<usize>) -> String {
    let width = width.unwrap_or(COLUMNS);
    let mut text = String::new();
    for example in examples {
        let Example { step, member, id, data_set, query, passage, hard_negatives } = example;
        text += &cut(&format!("  step {step}, {member}: {id} of {data_set}"), width);
        text += &lines("query", query, width);
        text += &lines("passage", passage, width);
        hard_negatives.iter().for_each(|negative| text += &lines("negative", negative, width));
    }
    text
}

/// A text, and what the augmenters make of it.
fn lines(what: &str, text: &Text, width: usize) -> String {
    let line = |what: &str, words: &str| {
        cut(&format!("    {what:9} {:4} {}", text.language, one_line(words)), width)
    };
    let augmented = text.augmented.iter().map(|augmented| line("augmented", augmented));
    std::iter::once(line(what, &text.text)).chain(augmented).collect()
}

/// The words of a text, with nothing between them but spaces: data may hold anything, a terminal obeys some of it.
fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of at most so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return format!("{text}\n");
    }
    let mut columns = 0;
    let end = text.char_indices().find(|(_, c)| {
        columns += c.width().unwrap_or(0);
        columns > width.saturating_sub(1)
    });
    let end = end.map_or(text.len(), |(end, _)| end);
    format!("{}…\n", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(language: &str, text: &str, augmented: Option<&str>) -> Text {
        let augmented = augmented.map(str::to_owned);
        Text { language: language.into(), text: text.into(), augmented }
    }

    #[test]
    fn a_pair_is_shown_with_its_negatives_and_what_augmenters_change_cut_to_the_width() {
        let shown = examples(
            &[Example {
                step: 3,
                member: "mono".into(),
                id: "w-1".into(),
                data_set: "facts".into(),
                query: text("en", "Is it\nwet?", Some("Is it nass?")),
                passage: text("zh", "水是湿的水是湿的水是湿的", None),
                hard_negatives: vec![text("de", "Sand\x1b[2J ist trocken, Wasser ist nass", None)],
            }],
            Some(40),
        );
        let expected = "  step 3, mono: w-1 of facts
    query     en   Is it wet?
    augmented en   Is it nass?
    passage   zh   水是湿的水是湿的水是…
    negative  de   Sand [2J ist trocken…
";
        assert_eq!(shown, expected);
    }
}
