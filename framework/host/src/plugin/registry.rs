//! All components that were found, by kind and name.

use std::path::PathBuf;
use std::sync::Arc;

use super::discover::SearchPath;
use super::library::{self, Component, Kind};
use crate::error::{Diagnostic, Error, Result};
use crate::manifest::types::Options;

/// The components of all libraries found.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    components: Vec<Arc<Component>>,
}

/// What was found on a search path, with what cannot be used of it.
#[derive(Debug, Default)]
pub struct Survey {
    /// What can be used.
    pub registry: Registry,
    /// The files that cannot be opened as plugins, and why.
    pub unopened: Vec<Diagnostic>,
    /// The files whose library is not seen, since the file after it has one of the same name.
    pub hidden: Vec<(PathBuf, PathBuf)>,
}

impl Survey {
    /// Opens every library on the search path that can be opened.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn of(path: &SearchPath) -> Result<Self> {
        let mut survey = Self::default();
        let components = &mut survey.registry.components;
        for file in path.libraries()? {
            let opened = match library::open(&file) {
                Ok(opened) => opened,
                Err(Error::Input(problem)) => {
                    survey.unopened.push(*problem);
                    continue;
                }
                Err(other) => return Err(other),
            };
            let shadow = opened
                .first()
                .and_then(|first| components.iter().find(|other| other.library == first.library));
            match shadow {
                Some(shadow) => survey.hidden.push((file, shadow.path.clone())),
                None => components.extend(opened),
            }
        }
        components.sort_by(|a, b| (a.kind, &a.library, &a.id).cmp(&(b.kind, &b.library, &b.id)));
        Ok(survey)
    }
}

impl Registry {
    /// Opens every library on the search path.
    ///
    /// # Errors
    /// If a folder cannot be read, or a file in it is not a plugin of this host's major version.
    pub fn open(path: &SearchPath) -> Result<Self> {
        let Survey { registry, mut unopened, hidden } = Survey::of(path)?;
        for (file, by) in hidden {
            tracing::info!("{} is hidden by {}", file.display(), by.display());
        }
        match unopened.len() {
            0 => Ok(registry),
            1 => Err(unopened.remove(0).into()),
            _ => Err(Error::Inputs(unopened)),
        }
    }

    /// All components, by kind and name.
    pub fn components(&self) -> &[Arc<Component>] {
        &self.components
    }

    /// The component of this kind and `library/component` name.
    ///
    /// # Errors
    /// A diagnostic that says whether library or component is missing, with the nearest name and those there are.
    #[expect(clippy::result_large_err, reason = "made once, for a person to read")]
    pub fn find(&self, kind: Kind, name: &str) -> Result<&Arc<Component>, Diagnostic> {
        if let Some(found) = self.components.iter().find(|c| c.kind == kind && c.name() == name) {
            return Ok(found);
        }
        let names = self.names(kind);
        let library = name.split('/').next().unwrap_or_default();
        let problem = match self.components.iter().find(|c| c.name() == name) {
            Some(other) => {
                format!(
                    "`{name}` is {}, {} is wanted",
                    other.kind.with_article(),
                    kind.with_article()
                )
            }
            None if self.components.iter().any(|c| c.library == library) => {
                format!("plugin library `{library}` has no {} named `{name}`", kind.as_str())
            }
            None => format!("there is no plugin library `{library}`, wanted for `{name}`"),
        };
        Err(Diagnostic::new(problem)
            .nearest(name, names.iter().map(String::as_str))
            .allowed(list(&names)))
    }

    /// The metric that a manifest writes as `[library/]id[(option=value)][@k]`, with its options.
    ///
    /// # Errors
    /// A diagnostic if there is no such metric, or several libraries offer it.
    #[expect(clippy::result_large_err, reason = "made once, for a person to read")]
    pub fn metric(&self, written: &str) -> Result<(&Arc<Component>, Options), Diagnostic> {
        let (name, cut) = match written.rsplit_once('@') {
            Some((name, cut)) => (name, Some(cut)),
            None => (written, None),
        };
        let (name, mut options) = given(name)?;
        if let Some(cut) = cut {
            let k: u32 = cut.parse().ok().filter(|k| *k > 0).ok_or_else(|| {
                Diagnostic::new(format!("metric `{written}`: `{cut}` is no cut-off"))
                    .allowed("a whole number from 1 on, as in `ndcg@10`")
            })?;
            options.insert("k".into(), k.into());
        }
        if name.contains('/') {
            return self.find(Kind::Metric, name).map(|component| (component, options));
        }
        let metrics = || self.components.iter().filter(|c| c.kind == Kind::Metric);
        let mut offers = metrics().filter(|c| c.id == name);
        match (offers.next(), offers.next()) {
            (Some(one), None) => Ok((one, options)),
            (Some(one), Some(other)) => Err(Diagnostic::new(format!(
                "metric `{name}` is offered by `{}` and `{}`",
                one.name(),
                other.name()
            ))
            .allowed(format!("`{}@k` or `{}@k` in full", one.name(), other.name()))),
            (None, _) => {
                let ids: Vec<String> = metrics().map(|c| c.id.clone()).collect();
                Err(Diagnostic::new(format!("there is no metric `{name}`"))
                    .nearest(name, ids.iter().map(String::as_str))
                    .allowed(list(&ids)))
            }
        }
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        self.components.iter().filter(|c| c.kind == kind).map(|c| c.name()).collect()
    }
}

/// The name of a metric, and what stands in brackets behind it: `p` of `rbp(p=0.5)`.
#[expect(clippy::result_large_err, reason = "made once, for a person to read")]
fn given(name: &str) -> Result<(&str, Options), Diagnostic> {
    let Some((name, given)) = name.strip_suffix(')').and_then(|rest| rest.split_once('(')) else {
        return Ok((name, Options::new()));
    };
    let option = |pair: &str| {
        let (option, value) = pair.split_once('=')?;
        let value = value.trim();
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Some((option.trim().to_owned(), value))
    };
    let options: Option<Options> = given.split(',').map(option).collect();
    match options {
        Some(options) => Ok((name, options)),
        None => {
            Err(Diagnostic::new(format!("metric `{name}`: `{given}` is no option with a value"))
                .allowed("options as in `rbp(p=0.5)`"))
        }
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none was found: see `triglot plugins list`".into(),
        names => names.join(", "),
    }
}
