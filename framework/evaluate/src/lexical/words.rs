//! Texts to words, alike for every language.
//!
//! A stemmer or a list of stop words for some languages and none for others would favour those, and a baseline by which
//! the bias of models is judged must have none of its own. So a word is what UAX #29 says, in lower case; and where a
//! script writes no spaces, every two neighbouring letters, as Lucene's `CJKAnalyzer` takes them.

use bm25::Tokenizer;
use unicode_segmentation::UnicodeSegmentation;

/// The words of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Words;

impl Tokenizer for Words {
    fn tokenize(&self, text: &str) -> Vec<String> {
        let (mut words, mut run, mut end) = (Vec::new(), Vec::new(), 0);
        for (start, segment) in text.split_word_bound_indices() {
            let Some(letter) = segment.chars().find(|letter| letter.is_alphanumeric()) else {
                continue;
            };
            if start != end || !writes_no_spaces(letter) {
                pairs(&mut run, &mut words);
            }
            match writes_no_spaces(letter) {
                true => run.push(segment),
                false => words.push(segment.to_lowercase()),
            }
            end = start + segment.len();
        }
        pairs(&mut run, &mut words);
        words
    }
}

/// Every two neighbours of a run of letters; a letter without one stands alone.
fn pairs(run: &mut Vec<&str>, words: &mut Vec<String>) {
    match run.as_slice() {
        [letter] => words.push((*letter).to_owned()),
        letters => words.extend(letters.windows(2).map(<[&str]>::concat)),
    }
    run.clear();
}

/// Whether a letter is of a script without spaces between words, of which UAX #29 finds none either: Thai, Lao,
/// Myanmar, Khmer, Hiragana, Han. Katakana it keeps together.
fn writes_no_spaces(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{309f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words.tokenize(text)
    }

    #[test]
    fn words_are_in_lower_case_and_without_punctuation() {
        assert_eq!(words("The CAN'T-do, 3.14 (Straße)!"), ["the", "can't", "do", "3.14", "straße"]);
        assert_eq!(words("ΠΟΛΗ Дом हिन्दी عربى"), ["πολη", "дом", "हिन्दी", "عربى"]);
        assert!(words(" … — \u{feff}").is_empty());
    }

    #[test]
    fn where_no_spaces_are_written_every_two_neighbours_are_a_word() {
        assert_eq!(words("東京都 民"), ["東京", "京都", "民"]);
        assert_eq!(words("大学のBM25検索"), ["大学", "学の", "bm25", "検索"]);
        assert_eq!(words("カタカナ"), ["カタカナ"]);
        // A letter keeps its marks.
        assert_eq!(words("กี่คน"), ["กี่ค", "คน"]);
    }
}
