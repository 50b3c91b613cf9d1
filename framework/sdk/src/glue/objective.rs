//! The objective table.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::{call, parameters, raw};
use crate::error::{Error, Result};
use crate::objective::{Objective, ObjectiveBatch, ObjectiveOutput};
use crate::views::{Matrix, MatrixMut};

struct Table<T>(PhantomData<T>);

impl<T: Objective> Table<T> {
    const TABLE: &'static abi::Objective = &abi::Objective {
        struct_size: abi::Objective::SIZE,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(call::destroy::<T>),
        get_extension: Some(parameters::get_extension::<T>),
        evaluate: Some(evaluate::<T>),
    };
}

pub(crate) fn table<T: Objective>() -> &'static abi::Objective {
    Table::<T>::TABLE
}

unsafe extern "C" fn create<T: Objective>(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { call::create::<T, _>(args, instance, error, T::create) }
}

unsafe extern "C" fn evaluate<T: Objective>(
    instance: *mut c_void,
    batch: *const abi::ObjectiveBatch,
    output: *mut abi::ObjectiveOutput,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |objective| {
            let batch = ObjectiveBatch::from_raw(&raw::read(batch, "the batch")?)?;
            let mut mine = raw::read(output.cast_const(), "the output")?;
            let mut out = ObjectiveOutput {
                query_gradients: wanted(mine.query_gradients, batch.queries, "query_gradients")?,
                passage_gradients: wanted(
                    mine.passage_gradients,
                    batch.passages,
                    "passage_gradients",
                )?,
                scalars: Vec::new(),
            };
            mine.loss = objective.evaluate(&batch, &mut out)?;
            mine.write_back(output);
            if mine.scalars.is_null() {
                return Ok(());
            }
            let sink = raw::read(mine.scalars, "the scalar sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the scalar sink has no `put`"))?;
            for (name, value) in &out.scalars {
                let status = put(sink.context, abi::Str::new(name), *value);
                raw::check(status, "the host's scalar sink")?;
            }
            Ok(())
        })
    }
}

/// # Safety
/// As for [`MatrixMut::from_raw`].
unsafe fn wanted<'a>(
    raw: abi::MatrixMut,
    of: Matrix<'_>,
    what: &str,
) -> Result<Option<MatrixMut<'a>>> {
    if raw.data.is_null() {
        return Ok(None);
    }
    if (raw.rows, raw.cols) != (of.rows(), of.cols()) {
        return Err(Error::invalid(format!(
            "{what} of {} x {} for embeddings of {} x {}",
            raw.rows,
            raw.cols,
            of.rows(),
            of.cols()
        )));
    }
    // SAFETY: by contract.
    unsafe { MatrixMut::from_raw(raw, what) }.map(Some)
}
