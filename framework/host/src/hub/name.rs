//! The names of models on the hub, as a manifest writes them: `hf:owner/name@revision`.

use std::fmt;

use crate::error::Diagnostic;

/// What begins a name and no path.
const SCHEME: &str = "hf:";
/// The revision of a name that tells none.
const MAIN: &str = "main";
/// The longest name of a repository that the hub gives, owner included.
const LONGEST: usize = 96;
/// The form of a name, for people.
const FORM: &str = "hf:owner/name@revision, the revision a branch, a tag or a commit; hf:owner/name is that at main";

/// A model on the hub.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HubName {
    /// `owner/name`.
    pub repository: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl HubName {
    /// Whether a text means a model on the hub; if not, it is a path.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Reads a name.
    ///
    /// # Errors
    /// If the text has another form, with the form.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let wrong = |why: &str| {
            let problem = format!("`{text}` names no model of the hub: {why}");
            Box::new(Diagnostic::new(problem).allowed(FORM))
        };
        let name = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with hf:"))?;
        let (repository, revision) = name.split_once('@').unwrap_or((name, MAIN));
        let parts: Vec<&str> = repository.split('/').collect();
        match parts.as_slice() {
            ["", ..] => return Err(wrong("after hf: comes the owner, without a slash")),
            [_, _] => {}
            [_] => return Err(wrong("it has no owner")),
            _ => return Err(wrong("owner and name are parted by one slash")),
        }
        if repository.len() > LONGEST {
            return Err(wrong("owner and name have more than 96 characters"));
        }
        let doubled = ["--", ".."].iter().any(|pair| repository.contains(pair));
        if doubled || repository.ends_with(".git") || !parts.iter().all(|part| is_part(part)) {
            return Err(wrong(
                "owner and name are of letters, digits, `-`, `_` and `.`, with neither `-` nor `.` at either end or twice \
                 in a row, and without `.git`",
            ));
        }
        if !is_revision(revision) {
            return Err(wrong("what follows `@` can be no branch, tag or commit"));
        }
        Ok(Self { repository: repository.to_owned(), revision: revision.to_owned() })
    }

    /// The same model at a commit.
    #[must_use]
    pub fn at(&self, commit: &str) -> Self {
        Self { repository: self.repository.clone(), revision: commit.to_owned() }
    }

    /// The commit, where the revision is one and nothing that may move.
    pub fn commit(&self) -> Option<&str> {
        Some(self.revision.as_str()).filter(|revision| is_commit(revision))
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}@{}", self.repository, self.revision)
    }
}

fn is_part(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let end = |byte: Option<&u8>| byte.is_some_and(|byte| !b"-.".contains(byte));
    part.bytes().all(inner) && end(part.as_bytes().first()) && end(part.as_bytes().last())
}

/// A revision becomes a part of an address, and a file below `refs`: none may lead out of there.
fn is_revision(revision: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\?*[~^:@".contains(&byte);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    revision.bytes().all(plain)
        && !revision.starts_with('-')
        && !revision.contains("..")
        && revision.split('/').all(part)
}

/// Whether a text is the full hash of a commit.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_owner_name_and_revision() {
        for (text, repository, revision) in [
            ("hf:FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-base", "main"),
            ("hf:intfloat/e5_small.v2@refs/pr/3", "intfloat/e5_small.v2", "refs/pr/3"),
            ("hf:a/b@v1.0", "a/b", "v1.0"),
        ] {
            let name = HubName::parse(text).unwrap();
            assert_eq!((name.repository.as_str(), name.revision.as_str()), (repository, revision));
            assert_eq!(name.commit(), None);
        }
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let pinned = HubName::parse("hf:a/b").unwrap().at(commit);
        assert_eq!(pinned.to_string(), format!("hf:a/b@{commit}"));
        assert_eq!(pinned.commit(), Some(commit));
    }

    #[test]
    fn a_text_of_another_form_is_refused_with_the_form() {
        for text in [
            "hf:",
            "hf:bert",
            "hf:/a/b",
            "hf://a/b",
            "hf:a/b/c",
            "hf:a/b@",
            "hf:a/b@-x",
            "hf:a/b@..",
            "hf:a/b@x/../y",
            "hf:a/b@/x",
            "hf:a/b@x y",
            "hf:../b",
            "hf:a/..",
            "hf:a/b--c",
            "hf:a/.b",
            "hf:a/b.git",
            "hf:a/b@.x",
            "hf:a/b@x@y",
            "hf:ä/b",
            "e5-small",
        ] {
            let error = HubName::parse(text).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("hf:owner/name@revision"), "{error}");
        }
        assert!(HubName::parse(&format!("hf:a/{}", "b".repeat(95))).is_err());
        assert!(HubName::is_meant("hf:x") && !HubName::is_meant("models/hf:x"));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(text in "hf:[a-z.-]{1,5}/[a-z.-]{1,5}@[a-z./-]{1,9}") {
            if let Ok(name) = HubName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
                prop_assert!(!name.repository.contains("..") && !name.revision.contains(".."));
            }
        }
    }
}
