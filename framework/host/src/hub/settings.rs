//! Where the hub is and where its models are kept: the variables that Python's client reads, with their meanings.

use std::path::{Path, PathBuf};

const ENDPOINT: &str = "https://huggingface.co";

/// How the hub is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubSettings {
    /// Where it is, without a slash at the end (`HF_ENDPOINT`).
    pub endpoint: String,
    /// Who asks (`HF_TOKEN`, else what Python's client saved at a login).
    pub token: Option<String>,
    /// The folder of the cache (`HF_HUB_CACHE`, else `hub` in `HF_HOME`); `None` where there is no home.
    pub cache: Option<PathBuf>,
    /// Whether it is never to be asked (`HF_HUB_OFFLINE`).
    pub offline: bool,
}

impl HubSettings {
    /// What the variables of the process say.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// What these variables say; one that is empty says nothing.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let user = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
        let path = |name: &str| variable(name).map(|path| from_user(&path, user.as_deref()));
        let caches = path("XDG_CACHE_HOME").or_else(|| Some(user.as_ref()?.join(".cache")));
        let home = path("HF_HOME").or_else(|| Some(caches?.join("huggingface")));
        let below = |name: &str| home.as_ref().map(|home| home.join(name));
        let is_true = |name: &str| {
            let value = variable(name).unwrap_or_default().to_uppercase();
            ["1", "ON", "YES", "TRUE"].contains(&value.as_str())
        };
        let cache = path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE"));
        let token = variable("HF_TOKEN").or_else(|| variable("HUGGING_FACE_HUB_TOKEN"));
        let saved =
            || std::fs::read_to_string(path("HF_TOKEN_PATH").or_else(|| below("token"))?).ok();
        let unasked = is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN");
        let token = (!unasked).then(|| token.or_else(saved)).flatten();
        let token = token.map(|token| token.trim().to_owned()).filter(|token| is_sendable(token));
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        Self {
            endpoint: endpoint.trim().trim_end_matches('/').to_owned(),
            token,
            cache: cache.or_else(|| below("hub")),
            offline: is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE"),
        }
    }
}

/// Whether a token can stand in the header of a request.
fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A path in which `~` may stand for the user's own folder.
fn from_user(path: &str, user: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), user) {
        (Some(""), Some(user)) => user.to_path_buf(),
        (Some(rest), Some(user)) if rest.starts_with('/') => {
            user.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> HubSettings {
        HubSettings::of(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn cache(variables: &[(&str, &str)]) -> Option<String> {
        Some(of(variables).cache?.display().to_string())
    }

    #[test]
    fn the_cache_lies_where_pythons_client_has_it() {
        let home = ("HOME", "/home/u");
        assert_eq!(cache(&[home]).unwrap(), "/home/u/.cache/huggingface/hub");
        assert_eq!(cache(&[home, ("XDG_CACHE_HOME", "/c")]).unwrap(), "/c/huggingface/hub");
        assert_eq!(cache(&[home, ("HF_HOME", "~/hf")]).unwrap(), "/home/u/hf/hub");
        let both = [home, ("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/cache")];
        assert_eq!(cache(&both).unwrap(), "/cache");
        assert_eq!(cache(&[home, ("HF_HOME", "")]).unwrap(), "/home/u/.cache/huggingface/hub");
        assert_eq!(cache(&[]), None);
    }

    #[test]
    fn a_token_is_the_variables_or_else_the_saved_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = ("HF_HOME", folder.path().to_str().unwrap());
        assert_eq!(of(&[home]).token, None);
        std::fs::write(folder.path().join("token"), "hf_saved\n").unwrap();
        assert_eq!(of(&[home]).token.unwrap(), "hf_saved");
        assert_eq!(of(&[home, ("HF_TOKEN", "hf_given")]).token.unwrap(), "hf_given");
        assert_eq!(of(&[home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).token, None);
        assert_eq!(of(&[("HF_TOKEN", "two\nlines")]).token, None);
    }

    #[test]
    fn the_endpoint_and_being_offline_are_the_variables() {
        let settings = of(&[]);
        assert_eq!((settings.endpoint.as_str(), settings.offline), (ENDPOINT, false));
        let settings = of(&[("HF_ENDPOINT", "http://mirror/ "), ("HF_HUB_OFFLINE", "yes")]);
        assert_eq!((settings.endpoint.as_str(), settings.offline), ("http://mirror", true));
    }
}
