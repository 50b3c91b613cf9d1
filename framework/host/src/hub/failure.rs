//! Why a model of the hub is not at hand.

/// Why a model of the hub is not at hand; the texts are made to follow the key of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The user mends it: another name, a token, another setting.
    #[error("{problem}")]
    Refused {
        /// What is wrong.
        problem: String,
        /// What to do, or what there is.
        allowed: Option<String>,
    },
    /// The hub, the network or the disk fails.
    #[error("{0}")]
    Failed(String),
    /// The user asked to stop.
    #[error("interrupted: what is downloaded so far is kept, and the next time goes on from there")]
    Interrupted,
}

impl HubError {
    /// The user's to mend.
    pub(super) fn refused(problem: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self::Refused { problem: problem.into(), allowed: Some(allowed.into()) }
    }

    /// A failure at a file or folder of the cache.
    pub(super) fn io(doing: &str, path: &std::path::Path, source: &std::io::Error) -> Self {
        Self::Failed(format!("cannot {doing} {}: {source}", path.display()))
    }
}
