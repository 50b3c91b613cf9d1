//! The augmenter: which words are replaced, and by what.

use triglot_sdk::{Augmenter, Component, Context, Error, Host, Random, Result, Text, Texts};
use unicode_segmentation::UnicodeSegmentation;

use crate::casing::Case;
use crate::files;
use crate::lexicon::{Lexicon, Lines, Malformed};
use crate::options::{Mode, Options};

/// Keys of the draws: of a text's language, and of a word.
const LANGUAGE: u64 = u64::from_le_bytes(*b"switch/l");
const WORD: u64 = u64::from_le_bytes(*b"switch/w");

/// Replaces words of training texts by translations out of bilingual dictionaries (Litschko et al. 2023, arXiv
/// 2305.05295, section 3).
///
/// The law, for a text in the language `source` and of a role in `texts`, L languages in `files`, and the words of the
/// text by UAX #29, counted from 0:
///
/// * Each word has a target language, uniform over the L, drawn for the text (`bilingual`) or for the word
///   (`multilingual`). A word is known if the dictionary of its target language has it.
/// * Each known word is replaced with probability `p`, independently of the others, by one of its translations, each
///   with the same probability, in the case of the word. A word that is not known stays, as do all characters between
///   words.
/// * Draws follow from the text's key and the word's number alone. So the words that are replaced at one `p` are among
///   those at a larger one.
///
/// Other texts stay as they are.
pub struct Dictionary {
    options: Options,
    targets: Vec<Target>,
}

/// A language to translate into.
struct Target {
    language: String,
    lexicon: Lexicon,
}

/// What is drawn for a word.
struct Draw<'a> {
    target: &'a Target,
    /// Whether the word is replaced if it is known.
    replaced: bool,
    random: Random,
}

impl Component for Dictionary {
    type Options = Options;
    const ID: &'static str = "dictionary";
    const SUMMARY: &'static str =
        "Code-switching: words replaced out of bilingual dictionaries (Litschko et al. 2023)";
}

impl Augmenter for Dictionary {
    fn create(options: Options, context: &Context) -> Result<Self> {
        options.check()?;
        let mut targets = Vec::new();
        for files::Dictionary { language, place, bytes } in files::read(&options)? {
            if context.host.cancelled() {
                return Err(Error::cancelled());
            }
            let parsed = Lexicon::parse(&bytes).map_err(|Malformed { line, problem }| {
                Error::invalid(format!("dictionaries: {place}, line {line}: {problem}"))
            });
            let (lexicon, lines) = parsed?;
            tell(&context.host, &language, &lexicon, lines);
            if lexicon.words() == 0 {
                let problem = "no line translates a single word into something else";
                return Err(Error::invalid(format!("dictionaries: {place}: {problem}")));
            }
            targets.push(Target { language, lexicon });
        }
        Ok(Self { options, targets })
    }

    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        if !self.switches(text) {
            out.push_str(text.text);
            return Ok(());
        }
        let shared = self.shared(text);
        let mut number = 0;
        for segment in text.text.split_word_bounds() {
            if !is_word(segment) {
                out.push_str(segment);
                continue;
            }
            let mut draw = self.draw(text, number, shared);
            match draw.translation(segment) {
                Some(target) => Case::of(segment).write(target, &draw.target.language, out),
                None => out.push_str(segment),
            }
            number += 1;
        }
        Ok(())
    }

    /// Of the texts that may be switched: how many there are (`texts`) and become others (`switched`), their words
    /// (`tokens`), those that are known (`known`) and those that are replaced (`replaced`).
    fn counts(&self, texts: &Texts<'_>) -> Vec<(String, u64)> {
        let (mut count, mut switched) = (0, 0);
        let (mut tokens, mut known, mut replaced) = (0, 0, 0);
        for text in texts.iter().filter(|text| self.switches(*text)) {
            let (shared, before) = (self.shared(text), replaced);
            for (number, word) in (0..).zip(text.text.unicode_words()) {
                let draw = self.draw(text, number, shared);
                let is_known = draw.target.lexicon.find(word).is_some();
                tokens += 1;
                known += u64::from(is_known);
                replaced += u64::from(is_known && draw.replaced);
            }
            count += 1;
            switched += u64::from(replaced > before);
        }
        let named = [
            ("texts", count),
            ("switched", switched),
            ("tokens", tokens),
            ("known", known),
            ("replaced", replaced),
        ];
        named.map(|(name, count)| (name.to_owned(), count)).into()
    }
}

impl Dictionary {
    /// Whether any word of the text may be replaced.
    fn switches(&self, text: Text<'_>) -> bool {
        text.language == self.options.source && self.options.texts.contains(text.role)
    }

    /// The target language of all words of a text, where they share one.
    fn shared(&self, text: Text<'_>) -> Option<&Target> {
        match self.options.mode {
            Mode::Bilingual => Some(self.target(&mut Random::new(&[text.key, LANGUAGE]))),
            Mode::Multilingual => None,
        }
    }

    fn target(&self, random: &mut Random) -> &Target {
        &self.targets[random.below(self.targets.len() as u64) as usize]
    }

    /// The draw of word `number`.
    fn draw<'a>(&'a self, text: Text<'_>, number: u64, shared: Option<&'a Target>) -> Draw<'a> {
        let mut random = Random::new(&[text.key, WORD, number]);
        let replaced = random.unit() < self.options.p;
        let target = shared.unwrap_or_else(|| self.target(&mut random));
        Draw { target, replaced, random }
    }
}

impl<'a> Draw<'a> {
    /// What the word becomes, if it is replaced.
    fn translation(&mut self, word: &str) -> Option<&'a str> {
        let lexicon = &self.target.lexicon;
        let found = self.replaced.then(|| lexicon.find(word)).flatten()?;
        let drawn = self.random.below(lexicon.len(&found) as u64);
        lexicon.target(&found, drawn as usize)
    }
}

/// Whether a segment between two word boundaries is a word: it has a letter or a digit.
fn is_word(segment: &str) -> bool {
    segment.chars().any(char::is_alphanumeric)
}

/// Says what became of a dictionary's lines.
fn tell(host: &Host, language: &str, lexicon: &Lexicon, lines: Lines) {
    let Lines { kept, not_a_word, equal, page_name, repeated } = lines;
    host.info(format_args!(
        "{language}: {kept} translations of {} words; left out: {not_a_word} of no single word, {equal} equal to it, \
         {page_name} names of pages, {repeated} repeated",
        lexicon.words(),
    ));
}
