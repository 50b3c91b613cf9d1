//! The case of a word, given to its translation.
//!
//! A text in capitals stays one, and a sentence begins with a capital. A word in small letters, or in a case of its
//! own (`iPhone`), says nothing: its translation stands as the dictionary writes it, which for a German noun is with a
//! capital. So do translations into scripts without case.

/// The case of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Two or more letters, all of them capitals.
    Upper,
    /// A capital, then small letters if anything.
    Title,
    /// Anything else.
    AsWritten,
}

impl Case {
    /// The case of `word`.
    pub fn of(word: &str) -> Self {
        let mut cased = word.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
        if !cased.next().is_some_and(char::is_uppercase) {
            return Self::AsWritten;
        }
        let (rest, capitals) =
            cased.fold((0, 0), |(n, up), c| (n + 1, up + usize::from(c.is_uppercase())));
        match (rest, capitals) {
            (_, 0) => Self::Title,
            (rest, capitals) if rest == capitals => Self::Upper,
            _ => Self::AsWritten,
        }
    }

    /// Appends `translation`, a word or several of `language`, in this case.
    pub fn write(self, translation: &str, language: &str, out: &mut String) {
        match self {
            Self::Upper => translation.chars().for_each(|c| push_upper(c, language, out)),
            Self::Title => {
                let mut letters = translation.chars();
                let first = letters.next();
                first.into_iter().for_each(|c| push_upper(c, language, out));
                out.push_str(letters.as_str());
            }
            Self::AsWritten => out.push_str(translation),
        }
    }
}

/// Appends the capital of a letter; Turkish and Azerbaijani put a dot on that of i (Unicode, SpecialCasing.txt).
fn push_upper(letter: char, language: &str, out: &mut String) {
    match (letter, language.split('-').next()) {
        ('i', Some("tr" | "az")) => out.push('İ'),
        _ => out.extend(letter.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cased(word: &str, translation: &str, language: &str) -> String {
        let mut out = String::new();
        Case::of(word).write(translation, language, &mut out);
        out
    }

    #[test]
    fn a_translation_takes_the_case_of_the_word_and_else_keeps_its_own() {
        for (word, translation, expected) in [
            ("dog", "perro", "perro"),
            ("Dog", "perro", "Perro"),
            ("DOG", "perro", "PERRO"),
            ("dog", "Hund", "Hund"),
            ("I", "yo", "Yo"),
            ("iPhone", "teléfono", "teléfono"),
            ("O'Neill", "o", "o"),
            ("STREET", "Straße", "STRASSE"),
            ("New", "öffentlich rechtlich", "Öffentlich rechtlich"),
            ("B2", "б2", "Б2"),
            ("ΣΊΣΥΦΟΣ", "sisyphus", "SISYPHUS"),
            ("DOG", "狗", "狗"),
            ("DOG", "كلب", "كلب"),
            ("狗", "dog", "dog"),
            ("1996", "mil", "mil"),
            ("Dog", "", ""),
        ] {
            assert_eq!(cased(word, translation, "xx"), expected, "{word} -> {translation}");
        }
    }

    #[test]
    fn turkish_capitals_keep_their_dot() {
        assert_eq!(cased("WORK", "iş", "tr"), "İŞ");
        assert_eq!(cased("Work", "iş", "tr-TR"), "İş");
        assert_eq!(cased("WARM", "ılık", "tr"), "ILIK");
        assert_eq!(cased("Work", "iş", "de"), "Iş");
    }
}
