//! The child's side: one question, asked in this process.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::answer::Verdict;
use super::case::Question;
use super::lab::Lab;
use super::{cases, system};
use crate::error::{Diagnostic, Error, Result};
use crate::manifest::types::Options;
use crate::plugin::library::{self, Component};
use crate::plugin::{Kind, leave};

/// What a child process is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The library's file.
    pub file: PathBuf,
    /// What to do with it.
    pub task: Task,
    /// The file for the answer, in JSON: standard output is also the library's.
    pub answer: PathBuf,
}

/// What to do with a library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Say what components it holds.
    Describe,
    /// Ask a case.
    Case {
        /// The name of the case.
        case: String,
        /// The component's kind and id; none for the library as a whole.
        component: Option<(Kind, String)>,
        /// The options to make instances with, where the user gave some.
        options: Option<Options>,
    },
}

/// A component that a library holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// Its kind.
    pub kind: Kind,
    /// Name of its library.
    pub library: String,
    /// Its own name.
    pub id: String,
    /// Version of its library.
    pub version: String,
    /// JSON Schema of its options.
    pub schema: serde_json::Value,
}

impl Described {
    fn of(component: &Component) -> Self {
        Self {
            kind: component.kind,
            library: component.library.clone(),
            id: component.id.clone(),
            version: component.version.clone(),
            schema: component.schema.clone(),
        }
    }

    /// `library/component`, as a manifest writes it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.library, self.id)
    }

    /// Whether this is one of its names: `component` or `library/component`.
    pub fn is_named(&self, name: &str) -> bool {
        name == self.id || name == self.name()
    }
}

/// Does what a child process is asked, and writes the answer into the file that the request names.
///
/// To be called in a process of its own, which the library may end.
///
/// # Errors
/// If the library cannot be opened, where that is not itself the question, or there is no such case or component;
/// and if the answer cannot be written.
pub fn serve(request: &Request) -> Result<()> {
    system::settle();
    leave::let_exit();
    let answer = match &request.task {
        Task::Describe => {
            let components = library::open(&request.file)?;
            let described: Vec<_> = components.iter().map(|c| Described::of(c)).collect();
            serde_json::to_string(&described)
        }
        Task::Case { case, component, options } => {
            let verdict = ask(request, case, component.as_ref(), options.clone())?;
            serde_json::to_string(&verdict)
        }
    };
    let answer = answer.map_err(|error| Error::failed(error.to_string()))?;
    std::fs::write(&request.answer, answer).map_err(|error| {
        let file = request.answer.display();
        Error::failed(format!("the answer cannot be written to {file}: {error}"))
    })
}

fn ask(
    request: &Request,
    name: &str,
    component: Option<&(Kind, String)>,
    options: Option<Options>,
) -> Result<Verdict> {
    let case = cases::all().find(|case| case.name == name);
    let case = case.ok_or_else(|| Diagnostic::new(format!("there is no case `{name}`")))?;
    let outcome = match (case.question, component) {
        (Question::Library(ask), _) => ask(&request.file),
        (Question::Component(ask), Some((kind, id))) => {
            let components = library::open(&request.file)?;
            let found = components.iter().find(|c| c.kind == *kind && c.id == *id);
            let found = found.ok_or_else(|| {
                Diagnostic::new(format!("it holds no {} `{id}`", kind.as_str())).file(&request.file)
            })?;
            let lab = Lab::new(Arc::clone(found), options);
            match ask(&lab) {
                // Whatever was asked, nothing may be amiss in the end.
                Ok(verdict) => lab.check_hosts().map(|()| verdict),
                trouble => trouble,
            }
        }
        (Question::Component(_), None) => {
            return Err(
                Diagnostic::new(format!("the case `{name}` is asked of a component")).into()
            );
        }
    };
    Ok(outcome.into())
}
