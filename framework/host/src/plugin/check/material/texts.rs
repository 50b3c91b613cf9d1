//! Texts for augmenters and backends.

use triglot_abi as abi;

/// A text with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its language.
    pub language: String,
    /// Its role.
    pub role: u8,
    /// Its key.
    pub key: u64,
}

impl Text {
    /// A text; its role and key follow from its number.
    pub fn new(number: usize, language: &str, text: impl Into<String>) -> Self {
        let role = if number.is_multiple_of(2) { abi::ROLE_QUERY } else { abi::ROLE_PASSAGE };
        let key = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { text: text.into(), language: language.into(), role, key }
    }
}

const SENTENCES: &[(&str, &str)] = &[
    ("en", "Which river flows through the capital?"),
    ("en", "The river flows through the capital from east to west."),
    ("de", "Welcher Fluss fließt durch die Hauptstadt?"),
    ("de", "Der Fluss fließt von Osten nach Westen durch die Hauptstadt."),
    ("fi", "Mikä joki virtaa pääkaupungin läpi?"),
    ("fi", "Joki virtaa pääkaupungin läpi idästä länteen."),
    ("ru", "Какая река протекает через столицу?"),
    ("ar", "أي نهر يمر عبر العاصمة؟"),
    ("hi", "राजधानी से होकर कौन सी नदी बहती है?"),
    ("zh", "哪条河流经首都?"),
    ("th", "แม่น้ำสายใดไหลผ่านเมืองหลวง"),
    ("el", "Ποιος ποταμός διασχίζει την πρωτεύουσα;"),
];

/// A few sentences in several languages, several times with other numbers: enough to learn a vocabulary from.
pub(super) fn sentences() -> Vec<Text> {
    let round = |round: usize| {
        SENTENCES.iter().map(move |(language, text)| (language, format!("{text} {round}")))
    };
    let all = (0..8).flat_map(round).enumerate();
    all.map(|(number, (language, text))| Text::new(number, language, text)).collect()
}

/// Texts as they come: in many scripts, empty, of blanks, with NUL and control characters, emoji of several code
/// points, marks that combine, one word without end, and a very long text.
pub(super) fn many_scripts() -> Vec<Text> {
    let odd = [
        ("en", String::new()),
        ("en", " \t\u{a0}\u{3000}\n".into()),
        ("en", "a\0b\u{1}\u{7f}".into()),
        ("und", "👩‍👩‍👧‍👦 🇫🇮 👍🏽".into()),
        ("vi", "e\u{302}\u{301}\u{323} \u{feff}\u{200b}\u{202e}".into()),
        ("und", "\u{fffd}\u{10ffff}\u{e000}".into()),
        ("en", "donaudampfschiff".repeat(200)),
        ("en", "word and word ".repeat(2000)),
    ];
    let sentences = SENTENCES.iter().map(|(language, text)| (*language, (*text).to_owned()));
    let all = sentences.chain(odd).enumerate();
    all.map(|(number, (language, text))| Text::new(number, language, text)).collect()
}
