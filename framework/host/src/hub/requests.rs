//! How the hub is asked: with the token, with patience, and sent on to where it says.
//!
//! Redirections are followed here and not by the HTTP client. What the hub says of a file stands in its own answer, not
//! in that of the servers which it sends everybody on to, and the token is for the hub alone.

use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
use std::time::Duration;

use ureq::http::{HeaderMap, Method, Response, Uri, header};
use ureq::{Agent, Body};

use super::failure::HubError;
use super::settings::HubSettings;

/// How long a connection, or an answer's beginning, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing may come in the midst of an answer.
const STALL: Duration = Duration::from_secs(30);
/// How often a request is made that the hub was too busy for, or whose connection broke.
const TRIES: u32 = 4;
/// The wait before the second time; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait that the hub may ask for (RFC 9110, 10.2.3: Retry-After) and gets.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often it is asked, while it waits, whether the user asks to stop.
const GLANCE: Duration = Duration::from_millis(50);
/// How often one is sent on.
pub(super) const REDIRECTIONS: usize = 10;

/// Whoever asks one hub.
pub(super) struct Requests {
    agent: Agent,
    endpoint: String,
    token: Option<String>,
}

impl Requests {
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

    /// The address of the hub.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Who asks, if the hub is told.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request that is made again while the hub says that it is too busy, or the connection breaks.
    pub(super) fn patiently(
        &self,
        method: Method,
        url: &str,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Response<Body>, HubError> {
        let mut url = url.to_owned();
        let mut sent_on = 0;
        let mut wait = FIRST_WAIT;
        let mut tries = 1;
        loop {
            let answer = self.once(method.clone(), &url, None);
            let again = in_vain(&answer).map(|asked| asked.max(wait));
            if let Some(until) = again.filter(|until| tries < TRIES && *until <= LONGEST_WAIT) {
                pause(until, stopped)?;
                (tries, wait) = (tries + 1, wait * 2);
                continue;
            }
            let response = answer.map_err(|error| self.unreachable(&url, &error))?;
            match location(&response) {
                Some(next) if method == Method::GET && sent_on < REDIRECTIONS => {
                    url = self.absolute(&next);
                    sent_on += 1;
                }
                _ => return Ok(response),
            }
        }
    }

    /// One request.
    pub(super) fn once(
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

    /// An address of a redirection, which may leave out the host.
    pub(super) fn absolute(&self, location: &str) -> String {
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
    pub(super) fn is_own(&self, url: &str) -> bool {
        match (url.parse::<Uri>(), self.endpoint.parse::<Uri>()) {
            (Ok(url), Ok(endpoint)) => {
                url.scheme() == endpoint.scheme() && url.authority() == endpoint.authority()
            }
            _ => false,
        }
    }

    /// What it means that there was no answer.
    pub(super) fn unreachable(&self, url: &str, error: &ureq::Error) -> HubError {
        let host = url.parse::<Uri>().ok().and_then(|url| Some(url.host()?.to_owned()));
        let host = host.unwrap_or_else(|| url.to_owned());
        HubError::Failed(format!("{host} cannot be reached: {error}"))
    }
}

/// Waits, unless the user asks to stop.
fn pause(mut left: Duration, stopped: &dyn Fn() -> bool) -> Result<(), HubError> {
    while !left.is_zero() {
        if stopped() {
            return Err(HubError::Interrupted);
        }
        let part = left.min(GLANCE);
        std::thread::sleep(part);
        left -= part;
    }
    Ok(())
}

/// Whether a request is worth another try, and after how long at least.
fn in_vain(answer: &Result<Response<Body>, ureq::Error>) -> Option<Duration> {
    match answer {
        Ok(response) => {
            let status = response.status();
            let busy = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            let seconds = || text(response.headers(), "retry-after")?.trim().parse().ok();
            busy.then(|| seconds().map_or(Duration::ZERO, Duration::from_secs))
        }
        // One that was never made is not better for waiting.
        Err(ureq::Error::Io(error)) => {
            [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof]
                .contains(&error.kind())
                .then_some(Duration::ZERO)
        }
        Err(_) => None,
    }
}

/// A header.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Where a redirection leads.
pub(super) fn location(response: &Response<Body>) -> Option<String> {
    let to = || text(response.headers(), "location").map(str::to_owned);
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then(to).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(endpoint: &str) -> Requests {
        let settings = HubSettings { endpoint: endpoint.into(), ..HubSettings::of(|_| None) };
        Requests::new(&settings)
    }

    #[test]
    fn the_token_goes_to_the_hub_and_to_nobody_else() {
        let requests = requests("https://hub:8443/mirror");
        assert!(requests.is_own("https://hub:8443/a/b"));
        for other in
            ["http://hub:8443/a", "https://hub/a", "https://hub.evil:8443/a", "https://cdn"]
        {
            assert!(!requests.is_own(other), "{other}");
        }
    }

    #[test]
    fn a_redirection_without_a_host_stays_on_the_hub() {
        let requests = requests("https://hub:8443/mirror");
        assert_eq!(requests.absolute("/a/b?c"), "https://hub:8443/a/b?c");
        assert_eq!(requests.absolute("https://cdn/x"), "https://cdn/x");
        assert_eq!(requests.absolute("//evil/x"), "//evil/x");
    }
}
