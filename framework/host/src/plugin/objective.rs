//! Objectives: embeddings and lists in, loss and gradients out.

use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Item, Making};
use super::guarded::Guarded;
use super::lent::Lent;
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, csr, matrix, number_name, utf8};
use super::services::Services;
use super::watch::SAVING;
use crate::lists::Lists;
use crate::manifest::types::Options;

/// What the host wants of an objective.
const DOING: &str = "compute the loss";

/// An objective.
pub struct Objective {
    handle: Handle<'static>,
    functions: Arc<abi::Objective>,
    /// The group of one that has parameters of its own.
    parameters: Option<abi::Parameters>,
}

/// A further matrix of a batch, a row for each text of one role.
#[derive(Debug, Clone, Copy)]
pub struct FurtherMatrix<'a> {
    /// What it is.
    pub name: &'a str,
    /// Its numbers, row by row.
    pub values: &'a [f32],
    /// Length of a row.
    pub dim: usize,
}

/// A batch of embeddings and what is right among them.
#[derive(Debug, Clone, Copy)]
pub struct ObjectiveBatch<'a> {
    /// Whether the loss is trained on.
    pub training: bool,
    /// Step of the run.
    pub step: u64,
    /// Length of an embedding.
    pub dim: usize,
    /// Query embeddings [queries × dim].
    pub queries: &'a [f32],
    /// Passage embeddings [passages × dim].
    pub passages: &'a [f32],
    /// Language of each query.
    pub query_language: &'a [u32],
    /// Language of each passage.
    pub passage_language: &'a [u32],
    /// Example of each query.
    pub query_example: &'a [u32],
    /// Example of each passage.
    pub passage_example: &'a [u32],
    /// For each query the passages that are right.
    pub positives: &'a Lists,
    /// For each query the passages that are neither right nor wrong.
    pub ignored: &'a Lists,
    /// For each query the passages that are hard negatives of its own; no rows where nobody says.
    pub hard_negatives: &'a Lists,
    /// Further matrices, for objectives that know their names.
    pub extra: &'a [FurtherMatrix<'a>],
}

impl ObjectiveBatch<'_> {
    /// All of it as it is now.
    fn lent(&self) -> Lent {
        let mut lent = Lent::default()
            .and("the embeddings of queries", self.queries)
            .and("the embeddings of passages", self.passages)
            .and("the languages of queries", self.query_language)
            .and("the languages of passages", self.passage_language)
            .and("the examples of queries", self.query_example)
            .and("the examples of passages", self.passage_example)
            .and("the lists of right passages", self.positives.offsets())
            .and("the right passages", self.positives.items())
            .and("the lists of ignored passages", self.ignored.offsets())
            .and("the ignored passages", self.ignored.items())
            .and("the lists of hard negatives", self.hard_negatives.offsets())
            .and("the hard negatives", self.hard_negatives.items());
        self.extra.iter().for_each(|matrix| lent.add("a further matrix", matrix.values));
        lent
    }

    /// Whether everything has as many entries as a plugin will read, or write into gradients of these sizes.
    fn check(&self, gradients: Option<(usize, usize)>) -> Result<(), String> {
        let rows = |values: &[f32]| {
            values.len().checked_div(self.dim).filter(|rows| rows * self.dim == values.len())
        };
        let (Some(q), Some(p)) = (rows(self.queries), rows(self.passages)) else {
            return Err(format!("the embeddings are no rows of {} numbers", self.dim));
        };
        let columns = [self.query_language.len(), self.query_example.len()] == [q; 2]
            && [self.passage_language.len(), self.passage_example.len()] == [p; 2];
        let known = |lists: &Lists| lists.items().iter().all(|passage| (*passage as usize) < p);
        let negatives = Some(self.hard_negatives).filter(|lists| lists.rows() > 0);
        let mut lists = [self.positives, self.ignored].into_iter().chain(negatives);
        let lists = lists.all(|lists| lists.rows() == q && known(lists));
        let gradients =
            gradients.is_none_or(|sizes| sizes == (self.queries.len(), self.passages.len()));
        let whole = |matrix: &FurtherMatrix<'_>| {
            matrix.dim > 0 && matrix.values.len().is_multiple_of(matrix.dim)
        };
        let extra = self.extra.iter().all(whole);
        match columns && lists && gradients && extra {
            true => Ok(()),
            false => Err(format!("the batch does not fit its {q} queries and {p} passages")),
        }
    }
}

/// What an objective said of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectiveOutcome {
    /// The loss, a mean over queries.
    pub loss: f64,
    /// Named numbers.
    pub scalars: Vec<(String, f64)>,
}

impl Objective {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn create(
        component: &Arc<Component>,
        options: &Options,
        seed: u64,
        services: &Services,
    ) -> Result<Self, CallError> {
        let Functions::Objective(functions) = &component.functions else {
            return Err(CallError::wrong_kind(component, Kind::Objective));
        };
        let making = Making { component, options, seed, services };
        let handle = Handle::create(making, functions.create, functions.destroy)?;
        let mut made = Self { handle, functions: Arc::clone(functions), parameters: None };
        // SAFETY: an objective's, whose group this is.
        let group = unsafe { made.handle.group::<abi::Parameters>(functions.get_extension) };
        made.parameters = match group {
            Some(group) if made.count_parameters(&group)? > 0 => Some(group),
            _ => None,
        };
        Ok(made)
    }

    fn count_parameters(&mut self, group: &abi::Parameters) -> Result<u64, CallError> {
        const DOING: &str = "count its parameters";
        let mut count = Guarded::one(0u64);
        let place = count.as_mut_ptr();
        // SAFETY: the place lives through the call.
        let result = self
            .handle
            .call(DOING, group.count, |f, instance, error| unsafe { f(instance, place, error) });
        match self.handle.judge(DOING, result, [count.breach("the number of parameters")]) {
            Err(error) if error.is_unsupported() => Ok(0),
            result => result.map(|()| count.value()),
        }
    }

    /// Whether it has parameters of its own, to step, save and load.
    pub fn has_parameters(&self) -> bool {
        self.parameters.is_some()
    }

    /// Moves its parameters by `scale` times the gradient that the last evaluation for training left.
    ///
    /// # Errors
    /// If the plugin fails, or has no parameters.
    pub fn step(&mut self, learning_rate: f64, scale: f64) -> Result<(), CallError> {
        const DOING: &str = "move its parameters";
        let args = abi::ParameterStep {
            struct_size: abi::ParameterStep::SIZE,
            reserved: 0,
            learning_rate,
            scale,
        };
        let step = self.parameters.as_ref().and_then(|group| group.step);
        // SAFETY: the arguments live through the call.
        let result = self
            .handle
            .call(DOING, step, |f, instance, error| unsafe { f(instance, &raw const args, error) });
        match result {
            // A checkpoint is saved after a cancelled call: half of a step would stand in it.
            Err(error) if error.status == abi::STATUS_CANCELLED => {
                Err(self.handle.broken(DOING, "it gave up after the backend had taken its step"))
            }
            result => result,
        }
    }

    /// Saves its parameters into an empty folder.
    ///
    /// # Errors
    /// If the plugin fails, or has no parameters.
    pub fn save(&mut self, folder: &Path) -> Result<(), CallError> {
        let save = self.parameters.as_ref().and_then(|group| group.save);
        self.handle.on_folder(SAVING, save, folder)
    }

    /// Loads what [`Objective::save`] wrote.
    ///
    /// # Errors
    /// If the plugin fails, or has no parameters.
    pub fn load(&mut self, folder: &Path) -> Result<(), CallError> {
        let load = self.parameters.as_ref().and_then(|group| group.load);
        self.handle.on_folder("load its parameters", load, folder)
    }

    /// Computes the loss, and the gradients if `gradients` are given (queries and passages, shaped as those of the
    /// batch; overwritten).
    ///
    /// # Errors
    /// If the plugin fails, or loss or gradients are not finite.
    pub fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        gradients: Option<(&mut [f32], &mut [f32])>,
    ) -> Result<ObjectiveOutcome, CallError> {
        let dim = batch.dim;
        let sizes = gradients.as_ref().map(|(queries, passages)| (queries.len(), passages.len()));
        let sound = batch.check(sizes);
        sound.map_err(|problem| self.handle.error(DOING, abi::STATUS_INVALID, problem))?;
        let lent = batch.lent();
        let extra = batch.extra.iter().map(|further| abi::NamedMatrix {
            name: abi::Str::new(further.name),
            matrix: matrix(further.values, further.dim),
        });
        let extra: Vec<abi::NamedMatrix> = extra.collect();
        let raw = abi::ObjectiveBatch {
            struct_size: abi::ObjectiveBatch::SIZE,
            training: batch.training.into(),
            reserved: [0; 3],
            step: batch.step,
            queries: matrix(batch.queries, dim),
            passages: matrix(batch.passages, dim),
            query_language: batch.query_language.as_ptr(),
            passage_language: batch.passage_language.as_ptr(),
            query_example: batch.query_example.as_ptr(),
            passage_example: batch.passage_example.as_ptr(),
            positives: csr(batch.positives),
            ignored: csr(batch.ignored),
            extra: extra.as_ptr(),
            extra_count: extra.len(),
            hard_negatives: csr(batch.hard_negatives),
        };
        let unwanted =
            abi::MatrixMut { data: std::ptr::null_mut(), rows: 0, cols: dim, stride: dim };
        // What is not written is no number, and is found as such.
        let place = |len| Guarded::filled(f32::NAN, len);
        let mut places = sizes.map(|(queries, passages)| (place(queries), place(passages)));
        let (query_gradients, passage_gradients) = match &mut places {
            Some((queries, passages)) => (queries.matrix(dim), passages.matrix(dim)),
            None => (unwanted, unwanted),
        };
        let mut taken = Taken::new();
        let sink = abi::ScalarSink {
            struct_size: abi::ScalarSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take_scalar),
        };
        let mut output = Guarded::one(abi::ObjectiveOutput {
            struct_size: abi::ObjectiveOutput::SIZE,
            reserved: 0,
            loss: f64::NAN,
            query_gradients,
            passage_gradients,
            scalars: &raw const sink,
        });
        let out = output.as_mut_ptr();
        // SAFETY: batch and output, and all they point to, live through the call; `check` found all columns whole.
        let result =
            self.handle.call(DOING, self.functions.evaluate, |f, instance, error| unsafe {
                f(instance, &raw const raw, out, error)
            });
        let written = places.as_ref().and_then(|(queries, passages)| {
            let breach = queries.breach("the gradients of queries");
            breach.or_else(|| passages.breach("the gradients of passages"))
        });
        // SAFETY: the batch is still there.
        let breaches = [written, output.breach("the output"), unsafe { lent.breach() }];
        let result = self.handle.judge(DOING, result, breaches);
        let scalars = self.handle.taken(DOING, result, taken)?;
        let loss = output.value().loss;
        if !loss.is_finite() {
            return Err(self.handle.broken(DOING, format!("the loss is {loss}")));
        }
        if let Some(((queries, passages), places)) = gradients.zip(places) {
            self.take(places.0, queries, dim, "query", Item::Query)?;
            self.take(places.1, passages, dim, "passage", Item::Passage)?;
        }
        Ok(ObjectiveOutcome { loss, scalars })
    }

    /// Takes gradients over, if all are finite.
    fn take(
        &self,
        from: Guarded<f32>,
        into: &mut [f32],
        dim: usize,
        what: &str,
        item: fn(usize) -> Item,
    ) -> Result<(), CallError> {
        into.copy_from_slice(from.values());
        let Some(at) = into.iter().position(|value| !value.is_finite()) else { return Ok(()) };
        let problem = format!("the gradient of {what} {} is not finite", at / dim);
        Err(self.handle.broken(DOING, problem).about(item(at / dim)))
    }
}

pub(super) unsafe extern "C" fn take_scalar(
    context: *mut c_void,
    name: abi::Str,
    value: f64,
) -> abi::Status {
    // SAFETY: `context` is that of the running call's sink, and the plugin lends the name for the call.
    unsafe { Taken::put(context, |_| Ok((number_name(utf8(name))?, value))) }
}
