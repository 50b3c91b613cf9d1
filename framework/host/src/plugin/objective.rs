//! Objectives: embeddings and lists in, loss and gradients out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle};
use super::library::{Component, Functions};
use super::lists::Lists;
use super::services::{Services, utf8};
use crate::manifest::types::Options;

/// An objective.
pub struct Objective {
    handle: Handle,
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
            unreachable!("the registry found an objective");
        };
        let (create, destroy) = (functions.create, functions.destroy);
        let handle = Handle::create(
            component,
            options,
            seed,
            services,
            destroy,
            |args, instance, error| {
                match create {
                    // SAFETY: the arguments live through the call.
                    Some(create) => unsafe { create(args, instance, error) },
                    None => abi::STATUS_UNSUPPORTED,
                }
            },
        )?;
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
        let matrix = |values: &[f32]| abi::Matrix {
            data: values.as_ptr(),
            rows: values.len() / dim,
            cols: dim,
            stride: dim,
        };
        let raw = abi::ObjectiveBatch {
            struct_size: abi::ObjectiveBatch::SIZE,
            training: batch.training.into(),
            reserved: [0; 3],
            step: batch.step,
            queries: matrix(batch.queries),
            passages: matrix(batch.passages),
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
        let out = |values: &mut [f32]| abi::MatrixMut {
            data: values.as_mut_ptr(),
            rows: values.len() / dim,
            cols: dim,
            stride: dim,
        };
        let (mut query_gradients, mut passage_gradients) = gradients.unzip();
        let mut scalars: Vec<(String, f64)> = Vec::new();
        let sink = abi::ScalarSink {
            struct_size: abi::ScalarSink::SIZE,
            reserved: 0,
            context: (&raw mut scalars).cast::<c_void>(),
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
        let f = self.functions.evaluate;
        self.handle.call(DOING, |instance, error| match f {
            // SAFETY: batch and output, and all they point to, live through the call.
            Some(f) => unsafe { f(instance, &raw const raw, &raw mut output, error) },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        if !output.loss.is_finite() {
            return Err(self.handle.broken(DOING, format!("the loss is {}", output.loss)));
        }
        let written = [("query", query_gradients), ("passage", passage_gradients)];
        for (what, gradients) in written {
            let gradients = gradients.unwrap_or_default();
            if let Some(at) = gradients.iter().position(|value| !value.is_finite()) {
                let problem = format!("the gradient of {what} {} is not finite", at / dim);
                return Err(self.handle.broken(DOING, problem));
            }
        }
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

unsafe extern "C" fn take_scalar(context: *mut c_void, name: abi::Str, value: f64) -> abi::Status {
    // SAFETY: `context` is the `scalars` of the running call, which nothing else uses meanwhile.
    let scalars = unsafe { &mut *context.cast::<Vec<(String, f64)>>() };
    // SAFETY: the plugin lends the name for the call.
    let name = unsafe { utf8(name) };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    match name.filter(|name| !name.is_empty() && name.chars().all(allowed)) {
        Some(name) => scalars.push((name, value)),
        None => return abi::STATUS_INVALID,
    }
    abi::STATUS_OK
}
