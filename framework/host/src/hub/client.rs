//! What is asked of the hub: what a repository holds at a revision, what is known of a file, and its bytes.
//! How it is asked is the matter of [`super::requests`].

use std::io::Read;

use serde::Deserialize;
use ureq::Body;
use ureq::http::{HeaderMap, Method, Response};

use super::checksum::Etag;
use super::failure::HubError;
use super::name::{HubName, is_commit};
use super::requests::{REDIRECTIONS, Requests, location, text};
use super::settings::HubSettings;

/// The longest listing that is read, in bytes.
const LISTING: u64 = 64 << 20;

/// A client of one hub.
pub(super) struct Client {
    requests: Requests,
}

/// What a repository holds at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    /// The commit that the revision is.
    pub(super) commit: String,
    /// Its files.
    pub(super) files: Vec<String>,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileFacts {
    /// By what it is known.
    pub(super) etag: Etag,
    /// Its length, where the hub tells.
    pub(super) bytes: Option<u64>,
}

/// The bytes of a file from some position on.
pub(super) struct Bytes {
    /// Where they begin: where they were asked for, or at the beginning, if the server gives no parts.
    pub(super) from: u64,
    /// They.
    pub(super) reader: Box<dyn Read>,
}

/// An answer of the hub to a listing.
#[derive(Deserialize)]
struct Model {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// The branches and tags of a repository.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refs {
    branches: Vec<Ref>,
    tags: Vec<Ref>,
}

#[derive(Deserialize)]
struct Ref {
    name: String,
}

impl Client {
    pub(super) fn new(settings: &HubSettings) -> Self {
        Self { requests: Requests::new(settings) }
    }

    /// What the repository holds at the revision.
    pub(super) fn listing(
        &self,
        name: &HubName,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Listing, HubError> {
        let repository = &name.repository;
        let url = format!(
            "{}/api/models/{repository}/revision/{}",
            self.requests.endpoint(),
            quoted(&name.revision, false)
        );
        let response = self.requests.patiently(Method::GET, &url, stopped)?;
        if !response.status().is_success() {
            return Err(self.refusal(name, None, &response));
        }
        let unreadable = |why: String| {
            HubError::Failed(format!(
                "{} gives no listing of {name}: {why}",
                self.requests.endpoint()
            ))
        };
        let model: Model = json(response).map_err(unreadable)?;
        if !is_commit(&model.sha) {
            return Err(unreadable(format!("`{}` is no commit", model.sha)));
        }
        let files = model.siblings.into_iter().map(|sibling| sibling.rfilename).collect();
        Ok(Listing { commit: model.sha, files })
    }

    /// What is known of a file.
    pub(super) fn facts(
        &self,
        name: &HubName,
        file: &str,
        stopped: &dyn Fn() -> bool,
    ) -> Result<FileFacts, HubError> {
        let mut response =
            self.requests.patiently(Method::HEAD, &self.file(name, file), stopped)?;
        // A repository that was renamed is elsewhere on the hub; the answer that tells of the file comes from there.
        for _ in 0..REDIRECTIONS {
            let told = response.headers().contains_key("x-linked-etag");
            let Some(next) = location(&response).filter(|_| !told) else { break };
            let next = self.requests.absolute(&next);
            if !self.requests.is_own(&next) {
                break;
            }
            response = self.requests.patiently(Method::HEAD, &next, stopped)?;
        }
        let status = response.status();
        if !status.is_success() && !status.is_redirection() {
            return Err(self.refusal(name, Some(file), &response));
        }
        let headers = response.headers();
        let etag = text(headers, "x-linked-etag").or_else(|| text(headers, "etag"));
        let etag = etag.and_then(Etag::parse).ok_or_else(|| {
            HubError::Failed(format!(
                "{} gives no ETag of {file} of {name}",
                self.requests.endpoint()
            ))
        })?;
        let length = text(headers, "content-length").filter(|_| status.is_success());
        let bytes = text(headers, "x-linked-size").or(length);
        Ok(FileFacts { etag, bytes: bytes.and_then(|bytes| bytes.parse().ok()) })
    }

    /// The bytes of a file, from `from` on if the server gives parts and has any there; else from the beginning. What
    /// fails here is worth another try.
    pub(super) fn bytes(&self, name: &HubName, file: &str, from: u64) -> Result<Bytes, HubError> {
        let (mut url, mut from) = (self.file(name, file), from);
        // Once more for what is asked for again from the beginning.
        for _ in 0..REDIRECTIONS + 2 {
            let range = (from > 0).then(|| format!("bytes={from}-"));
            let response = self.requests.once(Method::GET, &url, range.as_deref());
            let response = response.map_err(|error| self.requests.unreachable(&url, &error))?;
            if let Some(next) = location(&response) {
                url = self.requests.absolute(&next);
                continue;
            }
            let from = match response.status().as_u16() {
                206 => first_byte(response.headers()).filter(|first| *first == from),
                200 => Some(0),
                416 if from > 0 => {
                    from = 0;
                    continue;
                }
                _ => return Err(self.refusal(name, Some(file), &response)),
            };
            let from = from.ok_or_else(|| {
                HubError::Failed(format!("{url} answers with other bytes than asked for"))
            })?;
            return Ok(Bytes { from, reader: Box::new(response.into_body().into_reader()) });
        }
        Err(HubError::Failed(format!("{file} of {name} is sent on more than {REDIRECTIONS} times")))
    }

    /// The address of a file.
    fn file(&self, name: &HubName, file: &str) -> String {
        let (repository, revision) = (&name.repository, quoted(&name.revision, false));
        format!(
            "{}/{repository}/resolve/{revision}/{}",
            self.requests.endpoint(),
            quoted(file, true)
        )
    }

    /// What an answer means that is none.
    fn refusal(&self, name: &HubName, file: Option<&str>, response: &Response<Body>) -> HubError {
        let status = response.status();
        let code = text(response.headers(), "x-error-code").unwrap_or_default();
        let (repository, revision) = (&name.repository, &name.revision);
        let hub = self.requests.endpoint();
        match (status.as_u16(), code) {
            (_, "RevisionNotFound") => {
                let problem = format!("{repository} has no revision `{revision}` on {hub}");
                HubError::Refused { problem, allowed: self.revisions(repository) }
            }
            (_, "GatedRepo") | (403, _) => HubError::refused(
                format!("{hub} does not give {repository} to everybody"),
                match self.requests.token() {
                    Some(_) => "the token of an account to which its owner has granted access",
                    None => {
                        "access, granted on its page, and the token of that account in HF_TOKEN"
                    }
                },
            ),
            (401 | 404, _) if file.is_none() => HubError::refused(
                format!(
                    "{hub} has no model `{repository}`, or only for others (status {})",
                    status.as_u16()
                ),
                match self.requests.token() {
                    Some(_) => {
                        "another name, or in HF_TOKEN the token of an account that may read it"
                    }
                    None => "another name; for a model that is not public, a token in HF_TOKEN",
                },
            ),
            _ => {
                let what = file.map_or_else(String::new, |file| format!("{file} of "));
                HubError::Failed(format!("{hub} does not give {what}{name}: status {status}"))
            }
        }
    }

    /// The branches and tags that there are, for people.
    fn revisions(&self, repository: &str) -> Option<String> {
        let url = format!("{}/api/models/{repository}/refs", self.requests.endpoint());
        let response = self.requests.once(Method::GET, &url, None).ok()?;
        let refs: Refs = json(response).ok()?;
        let names = refs.branches.into_iter().chain(refs.tags).map(|one| one.name);
        let names: Vec<String> = names.chain(["a commit".to_owned()]).collect();
        (names.len() > 1).then(|| names.join(", "))
    }
}

fn json<T: serde::de::DeserializeOwned>(response: Response<Body>) -> Result<T, String> {
    let mut text = String::new();
    let reader = response.into_body().into_reader().take(LISTING);
    { reader }.read_to_string(&mut text).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The first of `bytes 100-199/200`.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let range = text(headers, "content-range")?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.parse().ok()
}

/// A text as a part of an address (RFC 3986, section 2), with its slashes or without.
fn quoted(text: &str, slashes: bool) -> String {
    let quote = |byte: u8| match byte {
        b'/' if slashes => "/".to_owned(),
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(quote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_an_address_is_quoted() {
        assert_eq!(quoted("refs/pr/1", false), "refs%2Fpr%2F1");
        assert_eq!(quoted("2_Dense/ä b.json", true), "2_Dense/%C3%A4%20b.json");
    }
}
