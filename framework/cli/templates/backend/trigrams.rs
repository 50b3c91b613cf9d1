//! From a text to rows of the table.

use triglot_sdk::mix;

/// The rows of a text's trigrams, in lower case with a space on either side; none for a text without characters.
pub fn rows(text: &str, rows: usize) -> Vec<usize> {
    if text.is_empty() {
        return Vec::new();
    }
    let characters = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| u64::from(u32::from(c)));
    let space = u64::from(u32::from(' '));
    let padded: Vec<u64> = std::iter::once(space)
        .chain(characters)
        .chain(std::iter::once(space))
        .collect();
    padded
        .windows(3)
        .map(|trigram| (mix(trigram) % rows as u64) as usize)
        .collect()
}
