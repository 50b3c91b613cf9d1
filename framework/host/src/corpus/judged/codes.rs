//! Two-letter codes for the names by which published collections call their languages.
//!
//! Whether a language was trained on is told by its code, so data sets have to agree on it, and their file names do
//! not: Mr. TyDi writes `arabic`, NeuCLIR `zho`. The pairs are of ISO 639-1 with its names in English and with ISO
//! 639-3, of the languages of the collections that are read; any other code stays as it is.

const NAMES: [(&str, &str, &str); 30] = [
    ("ar", "ara", "arabic"),
    ("bn", "ben", "bengali"),
    ("cs", "ces", "czech"),
    ("de", "deu", "german"),
    ("el", "ell", "greek"),
    ("en", "eng", "english"),
    ("es", "spa", "spanish"),
    ("fa", "fas", "persian"),
    ("fi", "fin", "finnish"),
    ("fr", "fra", "french"),
    ("hi", "hin", "hindi"),
    ("id", "ind", "indonesian"),
    ("it", "ita", "italian"),
    ("ja", "jpn", "japanese"),
    ("ko", "kor", "korean"),
    ("nl", "nld", "dutch"),
    ("pl", "pol", "polish"),
    ("pt", "por", "portuguese"),
    ("ro", "ron", "romanian"),
    ("ru", "rus", "russian"),
    ("so", "som", "somali"),
    ("sv", "swe", "swedish"),
    ("sw", "swa", "swahili"),
    ("ta", "tam", "tamil"),
    ("te", "tel", "telugu"),
    ("th", "tha", "thai"),
    ("tr", "tur", "turkish"),
    ("vi", "vie", "vietnamese"),
    ("yo", "yor", "yoruba"),
    ("zh", "zho", "chinese"),
];

/// The code of the language that a collection calls `name`.
pub(super) fn code_of(name: &str) -> &str {
    let found = NAMES.iter().find(|(_, long, english)| [*long, *english].contains(&name));
    found.map_or(name, |(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_long_codes_are_read_as_short_ones() {
        assert_eq!(["arabic", "zho", "en", "zh-cn"].map(code_of), ["ar", "zh", "en", "zh-cn"]);
    }

    #[test]
    fn every_name_means_one_language() {
        let all: Vec<&str> = NAMES.iter().flat_map(|(a, b, c)| [*a, *b, *c]).collect();
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
    }
}
