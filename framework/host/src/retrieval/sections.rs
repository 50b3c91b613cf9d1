//! Long passages in windows, of which the best counts (Litschko et al. 2021, arXiv 2112.11031).
//!
//! An encoder reads only so many tokens, and one vector says little of a long text. Windows are counted in words, which
//! every script has in some form and no backend needs to be asked for: by UAX #29, which without a dictionary takes
//! scripts that do not part words about a character at a time. The windows of a passage are slices of it that together
//! hold all of it; a passage of no more words than a window is its own only one, to the byte.

use unicode_segmentation::UnicodeSegmentation;

use crate::manifest::types::Sections;

/// The windows of many passages.
pub(super) struct Windows<'a> {
    /// Their texts.
    pub(super) texts: Vec<&'a str>,
    /// Where those of each passage begin, and the last end.
    pub(super) starts: Vec<usize>,
}

impl<'a> Windows<'a> {
    /// Cuts passages.
    pub(super) fn of(passages: &'a [String], sections: Sections) -> Self {
        let size = usize::try_from(sections.words).unwrap_or(usize::MAX).max(1);
        let stride = usize::try_from(sections.stride.unwrap_or(sections.words)).unwrap_or(size);
        let mut windows = Self { texts: Vec::new(), starts: vec![0] };
        for passage in passages {
            cut(passage, size, stride.clamp(1, size), &mut windows.texts);
            windows.starts.push(windows.texts.len());
        }
        windows
    }

    /// Of which passage each window is.
    pub(super) fn passages(&self) -> impl Iterator<Item = usize> + '_ {
        let counts = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        counts.enumerate().flat_map(|(passage, count)| std::iter::repeat_n(passage, count))
    }
}

fn cut<'a>(text: &'a str, size: usize, stride: usize, into: &mut Vec<&'a str>) {
    let begins: Vec<usize> = text.unicode_word_indices().map(|(at, _)| at).collect();
    let mut first = 0;
    loop {
        // What stands before the first word belongs to the first window, and what follows a word to it.
        let start = if first == 0 { 0 } else { begins[first] };
        match begins.get(first.saturating_add(size)) {
            Some(&end) => into.push(&text[start..end]),
            None => return into.push(&text[start..]),
        }
        first += stride;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(text: &str, words: u64, stride: Option<u64>) -> Vec<String> {
        let texts = [text.to_owned()];
        let windows = Windows::of(&texts, Sections { words, stride });
        assert_eq!(windows.starts, [0, windows.texts.len()]);
        windows.texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn windows_overlap_by_what_the_stride_leaves() {
        let text = " One, two three; four five.";
        assert_eq!(windows(text, 2, None), [" One, two ", "three; four ", "five."]);
        assert_eq!(
            windows(text, 3, Some(1)),
            [" One, two three; ", "two three; four ", "three; four five."]
        );
    }

    #[test]
    fn scripts_without_spaces_are_cut_too() {
        assert_eq!(windows("\u{6771}\u{4eac}\u{90fd}", 2, None), ["\u{6771}\u{4eac}", "\u{90fd}"]);
        assert!(windows("\u{e20}\u{e32}\u{e29}\u{e32}\u{e44}\u{e17}\u{e22}", 2, None).len() > 1);
        assert_eq!(windows("\u{c5}r \u{0627}\u{0628} \u{0434}\u{0430}", 2, None).len(), 2);
    }

    proptest! {
        #[test]
        fn windows_hold_every_byte_in_order(text in "\\PC{0,60}", words in 1u64..9, stride in 1u64..9) {
            let stride = stride.min(words);
            let texts = [text.clone(), String::new(), text.clone()];
            let windows = Windows::of(&texts, Sections { words, stride: Some(stride) });
            prop_assert_eq!(windows.starts.len(), 4);
            prop_assert_eq!(windows.passages().count(), windows.texts.len());
            prop_assert_eq!(windows.texts[windows.starts[1]], "");
            let own = &windows.texts[..windows.starts[1]];
            let mut covered = 0;
            for window in own {
                let start = window.as_ptr() as usize - texts[0].as_ptr() as usize;
                prop_assert!(start <= covered);
                covered = covered.max(start + window.len());
            }
            prop_assert_eq!(covered, text.len());
            if text.unicode_words().count() as u64 <= words {
                prop_assert_eq!(own, [text.as_str()]);
            }
        }
    }
}
