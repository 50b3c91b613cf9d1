//! By what a file of the hub is known: the ETag, which is a hash of its bytes.
//!
//! Of a large file (git LFS, Xet) it is the SHA-256; of a small one the name that git gives the blob, the SHA-1 of a
//! header and the bytes (git, Documentation/gitformat-pack: object names). Neither is a secret or a signature here: they
//! tell a broken transfer from a whole one.

use std::fmt;
use std::io::{self, Read};

use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// Bytes that are read at once.
const PART: usize = 1 << 18;

/// The ETag of a file, which is also the name of its blob in the cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Etag(String);

/// What a hash is the hash of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sha256,
    GitBlob,
}

impl Etag {
    /// Reads the header of a response: in quotes, perhaps marked as weak.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        let header = header.strip_prefix("W/").unwrap_or(header).trim_matches('"');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let sound = !header.is_empty() && header.len() <= 128 && header.bytes().all(plain);
        sound.then(|| Self(header.to_owned()))
    }

    /// The tag, safe as the name of a file.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn kind(&self) -> Option<Kind> {
        let hexadecimal = self.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match self.0.len() {
            64 if hexadecimal => Some(Kind::Sha256),
            40 if hexadecimal => Some(Kind::GitBlob),
            _ => None,
        }
    }

    /// Compares `bytes` bytes with the tag. One that is no hash says nothing, and passes.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(super) fn check(&self, mut reader: impl Read, bytes: u64) -> io::Result<Option<Mismatch>> {
        let Some(kind) = self.kind() else { return Ok(None) };
        let (algorithm, name): (&'static Algorithm, _) = match kind {
            Kind::Sha256 => (&SHA256, "SHA-256"),
            Kind::GitBlob => (&SHA1_FOR_LEGACY_USE_ONLY, "git blob"),
        };
        let mut context = Context::new(algorithm);
        if kind == Kind::GitBlob {
            context.update(format!("blob {bytes}\0").as_bytes());
        }
        let mut part = vec![0; PART];
        loop {
            let read = match reader.read(&mut part) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            context.update(part.get(..read).unwrap_or_default());
        }
        let digest = context.finish();
        let found: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let expected = self.0.clone();
        Ok((found != expected).then_some(Mismatch { name, expected, found }))
    }
}

/// Bytes that are not what the hub says they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    name: &'static str,
    expected: String,
    found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, expected, found } = self;
        write!(f, "its {name} hash is to be {expected}, and is {found}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Of sha256sum, and of git hash-object.
    const SHA: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const BLOB: &str = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f";

    fn check(etag: &str, bytes: &[u8]) -> Option<Mismatch> {
        Etag::parse(etag).unwrap().check(bytes, bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_large_file_is_known_by_its_sha_and_a_small_one_by_its_name_in_git() {
        assert_eq!(check(&format!("\"{SHA}\""), b"abc"), None);
        assert_eq!(check(&format!("W/\"{BLOB}\""), b"abc"), None);
        for etag in [SHA, BLOB] {
            let mismatch = check(etag, b"abd").unwrap().to_string();
            assert!(mismatch.contains(etag), "{mismatch}");
        }
        assert_eq!(check("an-etag-of-another-kind", b"abc"), None);
    }

    #[test]
    fn a_tag_that_could_lead_out_of_the_cache_is_none() {
        for header in ["", "\"\"", "../x", "a/b", "a\\b", "..", "a b"] {
            assert_eq!(Etag::parse(header), None, "{header}");
        }
    }
}
