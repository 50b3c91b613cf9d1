//! The plan: a manifest whose every plugin is found, whose every option is checked, whose every path is absolute.
//!
//! Making a plan opens no data. Everything that can be wrong with the manifest alone is said here, all at once, with
//! the place in the file. Whether the paths lead anywhere is asked when something is to be read ([`Plan::check_paths`]),
//! and a model of the hub is downloaded when it is to be used ([`Plan::fetch`]).

mod hub;
mod paths;
mod validation;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Diagnostic, Error, Result};
use crate::hub::Snapshot;
use crate::manifest::types::{self, Options};
use crate::manifest::{Manifest, MixShares};
use crate::plugin::{CallError, Component, Kind, Registry, check_options};

pub use hub::FromHub;
pub(crate) use paths::resolve_against as resolve_paths;
pub use paths::{Folders, PathOption};
pub use validation::{BestPlan, LossPlan, ValidationPlan, column_name};

/// Where data and model files lie, unless their paths are absolute. Files that an option of a plugin leads to are
/// model files where the plugin is a backend, and data otherwise.
#[derive(Debug, Clone, Default)]
pub struct Locations {
    /// `--data-dir` or `TRIGLOT_DATA_DIR`; the manifest's folder, where left out.
    pub data: Option<PathBuf>,
    /// `--model-dir` or `TRIGLOT_MODEL_DIR`; the manifest's folder, where left out.
    pub models: Option<PathBuf>,
}

/// A component with the options that it will be created with.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The component.
    pub component: Arc<Component>,
    /// Its options, paths resolved.
    pub options: Options,
    /// Where the manifest chooses it.
    pub address: String,
}

/// An objective and its weight in the sum.
#[derive(Debug, Clone)]
pub struct Weighted {
    /// The objective.
    pub chosen: Chosen,
    /// The name under which it is recorded.
    pub name: String,
    /// Its weight.
    pub weight: types::Weight,
}

/// A member of a stage's mix.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its sampler.
    pub sampler: Chosen,
    /// Its own objectives, where it has any.
    pub objectives: Option<Vec<Weighted>>,
}

/// A stage, resolved.
#[derive(Debug, Clone)]
pub struct StagePlan {
    /// What the manifest says.
    pub stage: types::Stage,
    /// The samplers.
    pub mix: Vec<Member>,
    /// How often each is drawn.
    pub shares: MixShares,
    /// The objectives of members without their own.
    pub objectives: Vec<Weighted>,
    /// The augmenters.
    pub augmenters: Vec<Chosen>,
    /// What is measured while it trains.
    pub validation: ValidationPlan,
}

/// A data set to measure on, resolved.
#[derive(Debug, Clone)]
pub struct EvaluationPlan {
    /// What the manifest says.
    pub evaluation: types::Evaluation,
    /// The metrics, in the manifest's order.
    pub metrics: Vec<Chosen>,
}

/// A manifest, resolved.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The manifest.
    pub manifest: Manifest,
    /// The backend.
    pub model: Chosen,
    /// The backend of the teacher, where there is one.
    pub teacher: Option<Chosen>,
    /// The stages.
    pub stages: Vec<StagePlan>,
    /// The data sets to measure on.
    pub evaluations: Vec<EvaluationPlan>,
    /// The folder that data paths are resolved against.
    pub data_dir: PathBuf,
    /// The folders that the paths among options are resolved against.
    pub folders: Folders,
    /// The models of the hub that are at hand, by the addresses of the options that name them.
    fetched: BTreeMap<String, Snapshot>,
}

impl Plan {
    /// Resolves a manifest.
    ///
    /// # Errors
    /// Every plugin that is not found and every option that its component refuses, as diagnostics.
    pub fn new(manifest: Manifest, registry: &Registry, locations: &Locations) -> Result<Self> {
        let folders = Folders::new(locations, &manifest);
        let data_dir = locations.data.clone().unwrap_or_else(|| manifest.folder.clone());
        let mut resolver =
            Resolver { manifest: &manifest, registry, folders: &folders, wrong: Vec::new() };
        let experiment = &manifest.experiment;
        let model = &experiment.model;
        let model = resolver.choose(Kind::Backend, &model.component, &model.options, "model");
        let teacher = experiment.teacher.as_ref().map(|teacher| {
            resolver.choose(Kind::Backend, &teacher.component, &teacher.options, "teacher")
        });
        let stages = experiment.train.iter().flat_map(|train| &train.stage).enumerate();
        let stages: Vec<Option<StagePlan>> =
            stages.map(|(i, stage)| resolver.stage(stage, &format!("train.stage.{i}"))).collect();
        let evaluations = experiment.evaluate.iter().enumerate();
        let evaluations: Vec<EvaluationPlan> = evaluations
            .map(|(i, evaluation)| EvaluationPlan {
                evaluation: evaluation.clone(),
                metrics: resolver.metrics(evaluation, i),
            })
            .collect();
        let mut wrong = std::mem::take(&mut resolver.wrong);
        let stages: Option<Vec<StagePlan>> = stages.into_iter().collect();
        match (model, stages, wrong.len()) {
            (Some(model), Some(stages), 0) => {
                let (teacher, fetched) = (teacher.flatten(), BTreeMap::new());
                Ok(Self {
                    manifest,
                    model,
                    teacher,
                    stages,
                    evaluations,
                    data_dir,
                    folders,
                    fetched,
                })
            }
            (.., 1) => Err(wrong.remove(0).into()),
            _ => Err(Error::Inputs(wrong)),
        }
    }

    /// The error of a component that refused to be made: the manifest's fault, if the component says so.
    ///
    /// A component that begins its message with an option and a colon means that option.
    pub fn refused(&self, chosen: &Chosen, error: CallError) -> Error {
        if !error.is_invalid() {
            return error.into();
        }
        let named = error.message.split_once(": ");
        let named = named.filter(|(option, _)| chosen.options.contains_key(*option));
        // A metric is a text in a list, every other component a table with the key `use`.
        let (place, message) = match (chosen.component.kind, named) {
            (Kind::Metric, _) => (chosen.address.clone(), error.message.as_str()),
            (_, Some((option, message))) => {
                (format!("{}.options.{option}", chosen.address), message)
            }
            (_, None) => (format!("{}.use", chosen.address), error.message.as_str()),
        };
        let problem = format!("{} refuses: {message}", error.component);
        self.manifest.diagnostic(&place, problem).into()
    }

    /// Every choice of a component, in the order of the manifest.
    pub fn chosen(&self) -> Vec<&Chosen> {
        let mut all: Vec<&Chosen> = std::iter::once(&self.model).chain(&self.teacher).collect();
        for stage in &self.stages {
            all.extend(stage.mix.iter().map(|member| &member.sampler));
            let own = stage.mix.iter().filter_map(|member| member.objectives.as_ref()).flatten();
            all.extend(stage.objectives.iter().chain(own).map(|weighted| &weighted.chosen));
            all.extend(&stage.augmenters);
        }
        all.extend(self.evaluations.iter().flat_map(|evaluation| &evaluation.metrics));
        all
    }

    /// Whether an objective asks for what a teacher makes of the texts.
    pub fn needs_teacher(&self) -> bool {
        let chosen = self.chosen().into_iter();
        chosen.flat_map(|chosen| &chosen.component.needs).any(|need| is_taught(need))
    }

    /// Every component of the plan, each once, in the order of the manifest.
    pub fn components(&self) -> Vec<&Arc<Component>> {
        let mut seen = std::collections::BTreeSet::new();
        let all = self.chosen().into_iter().map(|chosen| &chosen.component);
        all.filter(|component| seen.insert((component.kind, component.name()))).collect()
    }
}

/// The further matrices that a host brings to objectives: what a teacher makes of the queries and of the passages.
pub const TAUGHT: [&str; 2] = ["teacher.query", "teacher.passage"];

fn is_taught(need: &str) -> bool {
    TAUGHT.contains(&need)
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    registry: &'a Registry,
    folders: &'a Folders,
    wrong: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn choose(
        &mut self,
        kind: Kind,
        name: &str,
        options: &Options,
        address: &str,
    ) -> Option<Chosen> {
        match self.registry.find(kind, name) {
            Ok(component) => self.check(component, options.clone(), address, "options"),
            Err(diagnostic) => {
                self.place(diagnostic, &format!("{address}.use"));
                None
            }
        }
    }

    /// Checks options that stand under `key` of `address`.
    fn check(
        &mut self,
        component: &Arc<Component>,
        mut options: Options,
        address: &str,
        key: &str,
    ) -> Option<Chosen> {
        let mut mistakes = check_options(component, &options);
        let empty = paths::empty(&component.schema, &options).map(|option| {
            let problem = "the path is empty, that of a file or folder is wanted";
            (vec![option.to_owned()], Diagnostic::new(problem))
        });
        mistakes.extend(empty);
        mistakes.extend(hub::malformed(component, &options));
        let sound = mistakes.is_empty();
        for (segments, mistake) in mistakes {
            let mut at = match key {
                "" => address.to_owned(),
                key => format!("{address}.{key}"),
            };
            for segment in segments {
                at = format!("{at}.{}", toml_edit::Key::new(segment));
            }
            self.place(mistake, &at);
        }
        paths::resolve(component.kind, &component.schema, &mut options, self.folders);
        sound.then(|| Chosen {
            component: Arc::clone(component),
            options,
            address: address.to_owned(),
        })
    }

    fn place(&mut self, diagnostic: Diagnostic, address: &str) {
        let placed = self.manifest.diagnostic(address, diagnostic.problem.clone());
        self.wrong.push(Diagnostic {
            allowed: diagnostic.allowed,
            nearest: diagnostic.nearest,
            ..placed
        });
    }

    fn objectives(
        &mut self,
        objectives: &[types::Objective],
        address: &str,
    ) -> Option<Vec<Weighted>> {
        let mut all = Vec::new();
        for (i, objective) in objectives.iter().enumerate() {
            let at = format!("{address}.objective.{i}");
            let chosen =
                self.choose(Kind::Objective, &objective.component, &objective.options, &at);
            if let Some(chosen) = &chosen {
                self.needs(chosen);
            }
            let (name, weight) = (objective.called().to_owned(), objective.weight);
            all.push(chosen.map(|chosen| Weighted { chosen, name, weight }));
        }
        all.into_iter().collect()
    }

    /// Whether there is what an objective needs beside the embeddings.
    fn needs(&mut self, chosen: &Chosen) {
        let (name, needs) = (chosen.component.name(), &chosen.component.needs);
        let at = format!("{}.use", chosen.address);
        if let Some(unknown) = needs.iter().find(|need| !is_taught(need)) {
            let problem = format!("{name} needs the matrix `{unknown}`, which nothing here makes");
            self.place(Diagnostic::new(problem).allowed(TAUGHT.join(", ")), &at);
        } else if !needs.is_empty() && self.manifest.experiment.teacher.is_none() {
            let problem =
                format!("{name} learns from a teacher, and the manifest has no `[teacher]`");
            let allowed = "a table `[teacher]` with `use` and `options`, as `[model]` has them";
            self.place(Diagnostic::new(problem).allowed(allowed), &at);
        }
    }

    fn stage(&mut self, stage: &types::Stage, address: &str) -> Option<StagePlan> {
        let objectives = self.objectives(&stage.objective, address);
        let mut mix = Vec::new();
        for (i, member) in stage.mix.iter().enumerate() {
            let at = format!("{address}.mix.{i}");
            let sampler = self.choose(Kind::Sampler, &member.component, &member.options, &at);
            let own = member.objective.as_ref().map(|own| self.objectives(own, &at));
            mix.push(match (sampler, own) {
                (None, _) | (_, Some(None)) => None,
                (Some(sampler), own) => {
                    let objectives = own.flatten();
                    Some(Member { name: member.name.clone(), sampler, objectives })
                }
            });
        }
        let mut augmenters = Vec::new();
        for (i, augmenter) in stage.augment.iter().enumerate() {
            let at = format!("{address}.augment.{i}");
            augmenters.push(self.choose(
                Kind::Augmenter,
                &augmenter.component,
                &augmenter.options,
                &at,
            ));
        }
        let validation = self.validation(stage, address);
        Some(StagePlan {
            stage: stage.clone(),
            validation,
            shares: MixShares::of(stage),
            mix: mix.into_iter().collect::<Option<_>>()?,
            objectives: objectives?,
            augmenters: augmenters.into_iter().collect::<Option<_>>()?,
        })
    }

    fn metrics(&mut self, evaluation: &types::Evaluation, index: usize) -> Vec<Chosen> {
        let mut all = Vec::new();
        for (i, written) in evaluation.metrics.iter().enumerate() {
            let at = format!("evaluate.{index}.metrics.{i}");
            match self.registry.metric(written) {
                Ok((component, options)) => all.extend(self.check(component, options, &at, "")),
                Err(diagnostic) => self.place(diagnostic, &at),
            }
        }
        all
    }
}
