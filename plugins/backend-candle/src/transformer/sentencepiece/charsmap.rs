//! Rules of normalisation, as SentencePiece compiles them: the bytes of a trie after their number, then what the rules
//! put in, each up to a zero.
//!
//! Whoever looks into such a trie trusts it, and a number out of place would be met in the middle of a text. So each
//! step that can be taken is held against the bounds beforehand.

/// What a byte can change of a place in the trie.
const BYTE: usize = 0xFF;

/// Why no text may be normalised by these rules, if so.
pub(super) fn check(charsmap: &[u8]) -> Result<(), String> {
    let Some((size, rest)) = charsmap.split_first_chunk() else {
        return match charsmap {
            [] => Ok(()),
            _ => Err(format!("found {} bytes, allowed are none or more than 4", charsmap.len())),
        };
    };
    let size = u32::from_le_bytes(*size) as usize;
    let Some((trie, texts)) =
        rest.split_at_checked(size).filter(|_| size > 0 && size.is_multiple_of(4))
    else {
        return Err(format!(
            "found a trie of {size} bytes, allowed are multiples of 4, up to the {} that follow",
            rest.len()
        ));
    };
    let texts = std::str::from_utf8(texts).map_err(|error| format!("not in UTF-8: {error}"))?;
    let units: Vec<u32> = trie
        .chunks_exact(4)
        .map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]))
        .collect();
    for (place, unit) in units.iter().enumerate().filter(|(_, unit)| !is_value(**unit)) {
        let below = place ^ offset(*unit);
        if below | BYTE >= units.len() {
            return Err(format!(
                "unit {place} leads to {}, allowed is less than {}",
                below | BYTE,
                units.len()
            ));
        }
        let text = (units[below] & !VALUE) as usize;
        if has_leaf(*unit) && !texts.is_char_boundary(text) {
            return Err(format!("unit {below} means the text at {text}, where none begins"));
        }
    }
    Ok(())
}

/// The bit that a unit with a value has in place of a label.
const VALUE: u32 = 1 << 31;

fn is_value(unit: u32) -> bool {
    unit & VALUE != 0
}

fn has_leaf(unit: u32) -> bool {
    unit >> 8 & 1 == 1
}

/// How far the units below lie; by this their places differ, bit by bit.
fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6)
}
