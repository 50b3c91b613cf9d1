//! Errors of a component: a status and a text for a person.

use triglot_abi as abi;

/// What a component returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not work.
///
/// It does not implement [`std::error::Error`], so that every such error converts into it with `?`, as a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub(crate) status: abi::Status,
    pub(crate) message: String,
}

impl Error {
    /// An option or an argument is wrong; say what was found and what is allowed.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { status: abi::STATUS_INVALID, message: message.into() }
    }

    /// The work failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { status: abi::STATUS_FAILED, message: message.into() }
    }

    /// The host asked to stop ([`crate::Host::cancelled`]) and the component did.
    pub fn cancelled() -> Self {
        Self { status: abi::STATUS_CANCELLED, message: "cancelled".into() }
    }

    /// The component does not offer this.
    pub fn unsupported(what: &str) -> Self {
        Self { status: abi::STATUS_UNSUPPORTED, message: format!("{what} is not supported") }
    }

    /// What went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Puts what was being done before the message.
    #[must_use]
    pub fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(source: E) -> Self {
        Self::failed(source.to_string())
    }
}
