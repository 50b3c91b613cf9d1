//! One question to a plugin.

use std::path::Path;
use std::time::Duration;

use super::answer::Outcome;
use super::lab::Lab;
use crate::plugin::Kind;

/// How long a case may take unless it says otherwise.
const USUAL_LIMIT: Duration = Duration::from_secs(10);

/// The case without which a library is asked no other.
pub(super) const LOADS: &str = "library-loads";

/// One question to a plugin.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name, in kebab case, to select it by.
    pub name: &'static str,
    /// What has to hold, in one line.
    pub about: &'static str,
    /// What it is asked of.
    pub scope: Scope,
    /// How long the answer may take; a component that takes longer hangs.
    pub limit: Duration,
    pub(super) question: Question,
}

/// What a case is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The library as a whole, once.
    Library,
    /// Every component.
    Every,
    /// Every component of a kind.
    Of(Kind),
    /// Every component of these kinds.
    Among(&'static [Kind]),
}

impl Scope {
    /// Whether a component of this kind is asked.
    pub fn holds(self, kind: Kind) -> bool {
        match self {
            Self::Library => false,
            Self::Every => true,
            Self::Of(one) => one == kind,
            Self::Among(several) => several.contains(&kind),
        }
    }

    /// The scope in a word or two.
    pub fn phrase(self) -> String {
        match self {
            Self::Library => "library".to_owned(),
            Self::Every => "every kind".to_owned(),
            Self::Of(kind) => kind.as_str().to_owned(),
            Self::Among(kinds) => {
                kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// How an answer is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Library(fn(&Path) -> Outcome),
    Component(fn(&Lab) -> Outcome),
}

impl Case {
    /// A question to the library.
    pub(super) const fn library(
        name: &'static str,
        about: &'static str,
        ask: fn(&Path) -> Outcome,
    ) -> Self {
        let question = Question::Library(ask);
        Self { name, about, scope: Scope::Library, limit: USUAL_LIMIT, question }
    }

    /// A question to every component.
    pub(super) const fn every(
        name: &'static str,
        about: &'static str,
        ask: fn(&Lab) -> Outcome,
    ) -> Self {
        let question = Question::Component(ask);
        Self { name, about, scope: Scope::Every, limit: USUAL_LIMIT, question }
    }

    /// A question to every component of a kind.
    pub(super) const fn of(
        kind: Kind,
        name: &'static str,
        about: &'static str,
        ask: fn(&Lab) -> Outcome,
    ) -> Self {
        Self { scope: Scope::Of(kind), ..Self::every(name, about, ask) }
    }

    /// A question to every component of some kinds.
    pub(super) const fn among(
        kinds: &'static [Kind],
        name: &'static str,
        about: &'static str,
        ask: fn(&Lab) -> Outcome,
    ) -> Self {
        Self { scope: Scope::Among(kinds), ..Self::every(name, about, ask) }
    }

    /// The same with another time limit.
    pub(super) const fn within(self, seconds: u64) -> Self {
        Self { limit: Duration::from_secs(seconds), ..self }
    }
}
