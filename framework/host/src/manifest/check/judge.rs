//! The judge gathers mistakes, and knows the forms that several tables share.

use std::collections::BTreeSet;

use super::super::address::{self, Place};
use super::super::tree::Tree;
use crate::error::Diagnostic;

/// Why a text is no name.
pub(super) const NOT_A_NAME: &str =
    "a name is lower-case letters, digits, `-`, `_` and `.`, and begins with a letter or digit";

/// Whether a text is a name: `[a-z0-9][a-z0-9._-]*`.
pub(super) fn is_name(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().next().is_some_and(alphanumeric)
        && text.bytes().all(|byte| alphanumeric(byte) || b"-_.".contains(&byte))
}

/// Whether a text is `library/component`.
pub(super) fn is_component(text: &str) -> bool {
    text.split_once('/').is_some_and(|(library, component)| is_name(library) && is_name(component))
}

/// Numbers that a key takes, and how they are called.
pub(super) struct Range {
    holds: fn(f64) -> bool,
    words: &'static str,
}

impl Range {
    pub(super) const ABOVE_ZERO: Self =
        Self { holds: |value| value > 0.0 && value.is_finite(), words: "above 0" };
    pub(super) const FROM_ZERO: Self =
        Self { holds: |value| value >= 0.0 && value.is_finite(), words: "from 0 on" };
    /// A limit beyond which numbers do not matter and sums might overflow.
    pub(super) const ABOVE_ZERO_TO_THOUSAND: Self =
        Self { holds: |value| value > 0.0 && value <= 1000.0, words: "above 0, at most 1000," };
    pub(super) const FRACTION: Self =
        Self { holds: |value| (0.0..=1.0).contains(&value), words: "in [0, 1]" };
    pub(super) const FRACTION_BELOW_ONE: Self =
        Self { holds: |value| (0.0..1.0).contains(&value), words: "in [0, 1)" };
}

/// Gathers what is wrong.
pub(super) struct Judge<'a> {
    tree: &'a Tree,
    /// What was wrong so far.
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Judge<'a> {
    /// A judge who has found nothing yet.
    pub(super) fn over(tree: &'a Tree) -> Self {
        Self { tree, found: Vec::new() }
    }

    /// Reports a problem.
    pub(super) fn wrong(&mut self, at: &Place, problem: impl Into<String>) {
        self.found.push(self.tree.diagnostic(at, problem));
    }

    /// Reports a problem with a name that is none of the known ones.
    pub(super) fn unknown(&mut self, at: &Place, problem: String, name: &str, known: &[&str]) {
        let diagnostic = self.tree.diagnostic(at, problem).nearest(name, known.iter().copied());
        self.found.push(diagnostic.allowed(known.join(", ")));
    }

    /// Reports a count, if there is one, that is too small.
    pub(super) fn at_least(&mut self, least: u64, count: impl Into<Option<u64>>, at: &Place) {
        if let Some(count) = count.into().filter(|count| *count < least) {
            self.wrong(at, format!("found {count}, at least {least} is wanted"));
        }
    }

    /// Reports a count that is too large.
    pub(super) fn at_most(&mut self, most: u64, count: u64, at: &Place) {
        if count > most {
            self.wrong(at, format!("found {count}, at most {most} is allowed"));
        }
    }

    /// Reports a number, if there is one, that is out of range; whether there was nothing to report.
    pub(super) fn number(
        &mut self,
        value: impl Into<Option<f64>>,
        range: &Range,
        at: &Place,
    ) -> bool {
        let outside = value.into().filter(|value| !(range.holds)(*value));
        if let Some(value) = outside {
            self.wrong(at, format!("found {value}, a number {} is wanted", range.words));
        }
        outside.is_none()
    }

    /// Reports the `use` of `owner`, if it has not the form of a component.
    pub(super) fn component(&mut self, component: &str, owner: &Place) {
        if !is_component(component) {
            let problem = format!("found {component:?}, the form is `library/component`");
            self.wrong(&owner.key("use"), problem);
        }
    }

    /// Reports a list without entries.
    pub(super) fn not_empty<T>(&mut self, entries: &[T], what: &str, at: &Place) {
        if entries.is_empty() {
            self.wrong(at, format!("the list is empty, at least one {what} is wanted"));
        }
    }

    /// Reports every entry that an earlier one equals.
    pub(super) fn unique<T: PartialEq>(&mut self, entries: &[T], at: &Place) {
        for (index, entry) in entries.iter().enumerate() {
            if entries.iter().take(index).any(|earlier| earlier == entry) {
                self.wrong(&at.index(index), "this entry stands in the list twice");
            }
        }
    }

    /// Reports names by which the entries of a list could not be addressed.
    pub(super) fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>, at: &Place) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            let at = at.index(index).key("name");
            if !is_name(name) {
                self.wrong(&at, NOT_A_NAME);
            } else if address::is_index(name) {
                self.wrong(&at, "a name of digits alone would be mistaken for an index");
            } else if !seen.insert(name) {
                self.wrong(&at, format!("the name `{name}` is taken by an earlier entry"));
            }
        }
    }
}
