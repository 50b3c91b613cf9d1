//! Objectives: embeddings and lists in, loss and gradients out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Item, Making};
use super::library::{Component, Functions, Kind};
use super::lists::Lists;
use super::raw::{Taken, matrix, matrix_mut, utf8};
use super::services::Services;
use crate::manifest::types::Options;

/// An objective.
pub struct Objective {
    handle: Handle<'static>,
    functions: Arc<abi::Objective>,
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
}

impl ObjectiveBatch<'_> {
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
        let lists = [self.positives, self.ignored];
        let lists = lists.into_iter().all(|lists| lists.rows() == q && known(lists));
        let gradients =
            gradients.is_none_or(|sizes| sizes == (self.queries.len(), self.passages.len()));
        match columns && lists && gradients {
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
        Ok(Self { handle, functions: Arc::clone(functions) })
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
        const DOING: &str = "compute the loss";
        let dim = batch.dim;
        let (mut query_gradients, mut passage_gradients) = gradients.unzip();
        let sizes = (query_gradients.as_ref().map(|g| g.len()))
            .zip(passage_gradients.as_ref().map(|g| g.len()));
        let sound = batch.check(sizes);
        sound.map_err(|problem| self.handle.error(DOING, abi::STATUS_INVALID, problem))?;
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
            extra: std::ptr::null(),
            extra_count: 0,
        };
        let unwanted =
            abi::MatrixMut { data: std::ptr::null_mut(), rows: 0, cols: dim, stride: dim };
        let out = |values: &mut [f32]| matrix_mut(values, dim);
        let mut taken = Taken::new();
        let sink = abi::ScalarSink {
            struct_size: abi::ScalarSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take_scalar),
        };
        let mut output = abi::ObjectiveOutput {
            struct_size: abi::ObjectiveOutput::SIZE,
            reserved: 0,
            loss: f64::NAN,
            query_gradients: query_gradients.as_deref_mut().map_or(unwanted, out),
            passage_gradients: passage_gradients.as_deref_mut().map_or(unwanted, out),
            scalars: &raw const sink,
        };
        // SAFETY: batch and output, and all they point to, live through the call; `check` found all columns whole.
        let result =
            self.handle.call(DOING, self.functions.evaluate, |f, instance, error| unsafe {
                f(instance, &raw const raw, &raw mut output, error)
            });
        let scalars = self.handle.taken(DOING, result, taken)?;
        if !output.loss.is_finite() {
            return Err(self.handle.broken(DOING, format!("the loss is {}", output.loss)));
        }
        let finite = |gradients: Option<&mut [f32]>, what: &str, item: fn(usize) -> Item| {
            let gradients = gradients.unwrap_or_default();
            let Some(at) = gradients.iter().position(|value| !value.is_finite()) else {
                return Ok(());
            };
            let problem = format!("the gradient of {what} {} is not finite", at / dim);
            Err(self.handle.broken(DOING, problem).about(item(at / dim)))
        };
        finite(query_gradients, "query", Item::Query)?;
        finite(passage_gradients, "passage", Item::Passage)?;
        Ok(ObjectiveOutcome { loss: output.loss, scalars })
    }
}

fn csr(lists: &Lists) -> abi::Csr {
    abi::Csr {
        offsets: lists.offsets().as_ptr(),
        items: lists.items().as_ptr(),
        rows: lists.rows(),
    }
}

pub(super) unsafe extern "C" fn take_scalar(
    context: *mut c_void,
    name: abi::Str,
    value: f64,
) -> abi::Status {
    // SAFETY: `context` is that of the running call's sink, and the plugin lends the name for the call.
    unsafe { Taken::put(context, |_| Ok((scalar_name(utf8(name))?, value))) }
}

fn scalar_name(name: Option<String>) -> Result<String, String> {
    let name = name.ok_or("the name of a number is not UTF-8")?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    match !name.is_empty() && name.chars().all(allowed) {
        true => Ok(name),
        false => Err(format!("a number is named {name:?}, allowed is [a-z0-9._-]+")),
    }
}
