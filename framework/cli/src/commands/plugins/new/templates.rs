//! The crates that authors begin with: real files under `templates/`, with a few words left open.

use triglot_host::plugin::Kind;

/// A file of a template: its path in the crate, and its text with words like `{{name}}` open.
pub type File = (&'static str, &'static str);

/// What every kind begins with.
const COMMON: &[File] = &[
    ("Cargo.toml", include_str!("../../../../templates/common/Cargo.template.toml")),
    ("README.md", include_str!("../../../../templates/common/README.md")),
    (".gitignore", include_str!("../../../../templates/common/gitignore")),
];

/// The template of a kind.
pub struct Template {
    /// The id of its component.
    pub component: &'static str,
    /// What its experiment does, for the README.
    pub purpose: &'static str,
    files: &'static [File],
}

macro_rules! files {
    ($kind:literal: $($name:literal),+) => {
        &[
            $((
                concat!("src/", $name),
                include_str!(concat!("../../../../templates/", $kind, "/", $name)),
            ),)+
            ("experiment.toml", include_str!(concat!("../../../../templates/", $kind, "/experiment.toml"))),
        ]
    };
}

impl Template {
    /// The one of this kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Sampler => Self {
                component: "directed",
                purpose: "trains with it",
                files: files!("sampler": "lib.rs", "tests.rs"),
            },
            Kind::Augmenter => Self {
                component: "drop-words",
                purpose: "trains with it",
                files: files!("augmenter": "lib.rs", "tests.rs"),
            },
            Kind::Backend => Self {
                component: "trigrams",
                purpose: "trains it",
                files: files!("backend": "lib.rs", "table.rs", "trigrams.rs", "state.rs", "tests.rs"),
            },
            Kind::Objective => Self {
                component: "triplet",
                purpose: "trains with it",
                files: files!("objective": "lib.rs", "tests.rs"),
            },
            Kind::Metric => Self {
                component: "success",
                purpose: "measures with it",
                files: files!("metric": "lib.rs", "tests.rs"),
            },
        }
    }

    /// Its files, those of every kind first.
    pub fn files(&self) -> impl Iterator<Item = &'static File> + use<> {
        COMMON.iter().chain(self.files)
    }
}

/// Fills in the open words, as (word, text).
pub fn filled(text: &str, words: &[(&str, &str)]) -> String {
    let filled = words.iter().fold(text.to_owned(), |text, (word, value)| {
        text.replace(&format!("{{{{{word}}}}}"), value)
    });
    debug_assert!(!filled.contains("{{"), "a word is left open in {filled}");
    filled
}
