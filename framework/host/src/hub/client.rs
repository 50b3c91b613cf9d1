//! What is asked of the hub: what a repository holds at a revision, what is known of a file, and its bytes.
//!
//! Redirections are followed here and not by the HTTP client. What the hub says of a file stands in its own answer, not
//! in that of the servers which it sends everybody on to, and the token is for the hub alone.

use std::io::Read;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{HeaderMap, Method, Response, Uri, header};
use ureq::{Agent, Body};

use super::checksum::Etag;
use super::failure::HubError;
use super::name::{HubName, is_commit};
use super::settings::HubSettings;

/// How long a connection, or an answer's beginning, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing may come in the midst of an answer.
const STALL: Duration = Duration::from_secs(30);
/// How often a request that the hub was too busy for is made.
const TRIES: u32 = 4;
/// The wait before the second time; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// How often one is sent on.
const REDIRECTIONS: usize = 10;
/// The longest listing that is read, in bytes.
const LISTING: u64 = 64 << 20;

/// A client of one hub.
pub(super) struct Client {
    agent: Agent,
    endpoint: String,
    token: Option<String>,
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
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(STALL))
            .user_agent(concat!("triglot/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Self { agent, endpoint: settings.endpoint.clone(), token: settings.token.clone() }
    }

    /// What the repository holds at the revision.
    pub(super) fn listing(&self, name: &HubName) -> Result<Listing, HubError> {
        let repository = &name.repository;
        let url = format!(
            "{}/api/models/{repository}/revision/{}",
            self.endpoint,
            quoted(&name.revision, false)
        );
        let response = self.patiently(Method::GET, &url)?;
        if !response.status().is_success() {
            return Err(self.refusal(name, None, &response));
        }
        let unreadable = |why: String| {
            HubError::Failed(format!("{} gives no listing of {name}: {why}", self.endpoint))
        };
        let model: Model = json(response).map_err(unreadable)?;
        if !is_commit(&model.sha) {
            return Err(unreadable(format!("`{}` is no commit", model.sha)));
        }
        let files = model.siblings.into_iter().map(|sibling| sibling.rfilename).collect();
        Ok(Listing { commit: model.sha, files })
    }

    /// What is known of a file.
    pub(super) fn facts(&self, name: &HubName, file: &str) -> Result<FileFacts, HubError> {
        let mut response = self.patiently(Method::HEAD, &self.file(name, file))?;
        // A repository that was renamed is elsewhere on the hub; the answer that tells of the file comes from there.
        for _ in 0..REDIRECTIONS {
            let told = response.headers().contains_key("x-linked-etag");
            let Some(next) = location(&response).filter(|_| !told) else { break };
            let next = self.absolute(&next);
            if !self.is_own(&next) {
                break;
            }
            response = self.patiently(Method::HEAD, &next)?;
        }
        let status = response.status();
        if !status.is_success() && !status.is_redirection() {
            return Err(self.refusal(name, Some(file), &response));
        }
        let headers = response.headers();
        let etag = text(headers, "x-linked-etag").or_else(|| text(headers, "etag"));
        let etag = etag.and_then(Etag::parse).ok_or_else(|| {
            HubError::Failed(format!("{} gives no ETag of {file} of {name}", self.endpoint))
        })?;
        let length = text(headers, "content-length").filter(|_| status.is_success());
        let bytes = text(headers, "x-linked-size").or(length);
        Ok(FileFacts { etag, bytes: bytes.and_then(|bytes| bytes.parse().ok()) })
    }

    /// The bytes of a file, from `from` on if the server gives parts. What fails here is worth another try.
    pub(super) fn bytes(&self, name: &HubName, file: &str, from: u64) -> Result<Bytes, HubError> {
        let mut url = self.file(name, file);
        for _ in 0..=REDIRECTIONS {
            let range = (from > 0).then(|| format!("bytes={from}-"));
            let response = self.request(Method::GET, &url, range.as_deref());
            let response = response.map_err(|error| self.unreachable(&url, &error))?;
            if let Some(next) = location(&response) {
                url = self.absolute(&next);
                continue;
            }
            let from = match response.status().as_u16() {
                206 => first_byte(response.headers()).filter(|first| *first == from),
                200 => Some(0),
                _ => return Err(self.refusal(name, Some(file), &response)),
            };
            let from = from.ok_or_else(|| {
                HubError::Failed(format!("{url} answers with other bytes than asked for"))
            })?;
            return Ok(Bytes { from, reader: Box::new(response.into_body().into_reader()) });
        }
        Err(HubError::Failed(format!("{file} of {name} is sent on more than {REDIRECTIONS} times")))
    }

    /// A request that is made again while the hub says that it is too busy.
    fn patiently(&self, method: Method, url: &str) -> Result<Response<Body>, HubError> {
        let mut url = url.to_owned();
        let mut sent_on = 0;
        let mut wait = FIRST_WAIT;
        let mut tries = 1;
        loop {
            let response = self.request(method.clone(), &url, None);
            let response = response.map_err(|error| self.unreachable(&url, &error))?;
            let status = response.status();
            let busy = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            if busy && tries < TRIES {
                std::thread::sleep(wait);
                (tries, wait) = (tries + 1, wait * 2);
                continue;
            }
            match location(&response) {
                Some(next) if method == Method::GET && sent_on < REDIRECTIONS => {
                    url = self.absolute(&next);
                    sent_on += 1;
                }
                _ => return Ok(response),
            }
        }
    }

    fn request(
        &self,
        method: Method,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut request = match method {
            Method::HEAD => self.agent.head(url),
            _ => self.agent.get(url),
        };
        if let Some(token) = self.token.as_ref().filter(|_| self.is_own(url)) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        // Compressed, a file has another length and other parts.
        request.header(header::ACCEPT_ENCODING, "identity").call()
    }

    /// The address of a file.
    fn file(&self, name: &HubName, file: &str) -> String {
        let (repository, revision) = (&name.repository, quoted(&name.revision, false));
        format!("{}/{repository}/resolve/{revision}/{}", self.endpoint, quoted(file, true))
    }

    /// An address of a redirection, which may leave out the host.
    fn absolute(&self, location: &str) -> String {
        match location.strip_prefix('/') {
            Some(path) if !path.starts_with('/') => match self.endpoint.parse::<Uri>() {
                Ok(endpoint) => format!(
                    "{}://{}{location}",
                    endpoint.scheme_str().unwrap_or("https"),
                    endpoint.authority().map_or("", |authority| authority.as_str())
                ),
                Err(_) => location.to_owned(),
            },
            _ => location.to_owned(),
        }
    }

    /// Whether an address is the hub's own: only there does the token go.
    fn is_own(&self, url: &str) -> bool {
        match (url.parse::<Uri>(), self.endpoint.parse::<Uri>()) {
            (Ok(url), Ok(endpoint)) => {
                url.scheme() == endpoint.scheme() && url.authority() == endpoint.authority()
            }
            _ => false,
        }
    }

    fn unreachable(&self, url: &str, error: &ureq::Error) -> HubError {
        let host = url.parse::<Uri>().ok().and_then(|url| Some(url.host()?.to_owned()));
        let host = host.unwrap_or_else(|| url.to_owned());
        HubError::Failed(format!("{host} cannot be reached: {error}"))
    }

    /// What an answer means that is none.
    fn refusal(&self, name: &HubName, file: Option<&str>, response: &Response<Body>) -> HubError {
        let status = response.status();
        let code = text(response.headers(), "x-error-code").unwrap_or_default();
        let (repository, revision) = (&name.repository, &name.revision);
        let hub = &self.endpoint;
        match (status.as_u16(), code) {
            (_, "RevisionNotFound") => {
                let problem = format!("{repository} has no revision `{revision}` on {hub}");
                HubError::Refused { problem, allowed: self.revisions(repository) }
            }
            (_, "GatedRepo") | (403, _) => HubError::refused(
                format!("{hub} does not give {repository} to everybody"),
                match self.token {
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
                match self.token {
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
        let url = format!("{}/api/models/{repository}/refs", self.endpoint);
        let response = self.request(Method::GET, &url, None).ok()?;
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

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Where a redirection leads.
fn location(response: &Response<Body>) -> Option<String> {
    let to = || text(response.headers(), "location").map(str::to_owned);
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then(to).flatten()
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

    fn client(endpoint: &str) -> Client {
        let settings = HubSettings { endpoint: endpoint.into(), ..HubSettings::of(|_| None) };
        Client::new(&settings)
    }

    #[test]
    fn the_token_goes_to_the_hub_and_to_nobody_else() {
        let client = client("https://hub:8443/mirror");
        assert!(client.is_own("https://hub:8443/a/b"));
        for other in
            ["http://hub:8443/a", "https://hub/a", "https://hub.evil:8443/a", "https://cdn"]
        {
            assert!(!client.is_own(other), "{other}");
        }
    }

    #[test]
    fn a_redirection_without_a_host_stays_on_the_hub() {
        let client = client("https://hub:8443/mirror");
        assert_eq!(client.absolute("/a/b?c"), "https://hub:8443/a/b?c");
        assert_eq!(client.absolute("https://cdn/x"), "https://cdn/x");
        assert_eq!(client.absolute("//evil/x"), "//evil/x");
    }

    #[test]
    fn what_stands_in_an_address_is_quoted() {
        assert_eq!(quoted("refs/pr/1", false), "refs%2Fpr%2F1");
        assert_eq!(quoted("2_Dense/ä b.json", true), "2_Dense/%C3%A4%20b.json");
    }
}
