//! The backend table.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;

use triglot_abi::{self as abi, Sized32};

use super::{call, raw, variables};
use crate::backend::{Backend, Mode, Step, TextStream};
use crate::error::{Error, Result};
use crate::views::{Matrix, MatrixMut, Texts};

struct Table<T>(PhantomData<T>);

impl<T: Backend> Table<T> {
    const TABLE: &'static abi::Backend = &abi::Backend {
        struct_size: abi::Backend::SIZE,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(call::destroy::<T>),
        get_extension: Some(variables::get_extension::<T>),
        prepare: Some(prepare::<T>),
        info: Some(info::<T>),
        fingerprint: Some(fingerprint::<T>),
        encode: Some(encode::<T>),
        backward: Some(backward::<T>),
        step: Some(step::<T>),
        save: Some(save::<T>),
        load: Some(load::<T>),
        export_model: Some(export::<T>),
        prefetch: Some(prefetch::<T>),
        reset_optimizer: Some(reset_optimizer::<T>),
    };
}

pub(crate) fn table<T: Backend>() -> &'static abi::Backend {
    Table::<T>::TABLE
}

unsafe extern "C" fn create<T: Backend>(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { call::create::<T, _>(args, instance, error, T::create) }
}

unsafe extern "C" fn prepare<T: Backend>(
    instance: *mut c_void,
    texts: *const abi::TextSource,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            if texts.is_null() {
                return backend.prepare(None);
            }
            let source = raw::read(texts, "the text source")?;
            let mut stream = TextStream::from_raw(&source);
            let prepared = backend.prepare(Some(&mut stream));
            stream.failure().and(prepared)
        })
    }
}

unsafe extern "C" fn info<T: Backend>(
    instance: *mut c_void,
    out: *mut abi::BackendInfo,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            let mut mine = raw::read(out.cast_const(), "`info`")?;
            let info = backend.info()?;
            mine.trainable = info.trainable.into();
            mine.dim = info.dim;
            mine.parameters = info.parameters;
            mine.write_back(out);
            Ok(())
        })
    }
}

unsafe extern "C" fn fingerprint<T: Backend>(
    instance: *mut c_void,
    out: *const abi::TextSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            let sink = raw::read(out, "the text sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the text sink has no `put`"))?;
            let fingerprint = backend.fingerprint()?;
            raw::check(put(sink.context, abi::Str::new(&fingerprint)), "the host's text sink")
        })
    }
}

unsafe extern "C" fn encode<T: Backend>(
    instance: *mut c_void,
    mode: u32,
    texts: *const abi::Texts,
    out: abi::MatrixMut,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            let mode = match mode {
                abi::MODE_INFERENCE => Mode::Inference,
                abi::MODE_TRAINING => Mode::Training,
                abi::MODE_TAPE => Mode::Tape,
                other => return Err(Error::unsupported(&format!("encode mode {other}"))),
            };
            let texts = Texts::from_raw(&raw::read(texts, "the texts")?)?;
            let mut out = MatrixMut::from_raw(out, "embeddings")?;
            let dim = backend.info()?.dim;
            if (out.rows(), out.cols()) != (texts.len(), dim) {
                return Err(Error::invalid(format!(
                    "embeddings of {} x {} for {} texts of {dim} dimensions",
                    out.rows(),
                    out.cols(),
                    texts.len()
                )));
            }
            backend.encode(mode, &texts, &mut out)
        })
    }
}

unsafe extern "C" fn backward<T: Backend>(
    instance: *mut c_void,
    gradients: abi::Matrix,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            backend.backward(Matrix::from_raw(gradients, "gradients")?)
        })
    }
}

unsafe extern "C" fn step<T: Backend>(
    instance: *mut c_void,
    args: *const abi::StepArgs,
    report: *mut abi::StepReport,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            let args = raw::read(args, "the step's arguments")?;
            let clips = args.clip > 0.0 && args.clip.is_finite();
            let mut mine = raw::read(report.cast_const(), "the step's report")?;
            let done = backend.step(Step {
                learning_rate: args.learning_rate,
                weight_decay: args.weight_decay,
                clip: clips.then_some(args.clip),
            })?;
            mine.gradient_norm = done.gradient_norm;
            mine.tokens = done.tokens;
            mine.write_back(report);
            Ok(())
        })
    }
}

/// Runs `body` on an instance and a folder.
///
/// # Safety
/// The contract of `save`, `load` and `export`.
unsafe fn on_folder<T: Backend>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
    body: impl FnOnce(&mut T, &Path) -> Result<()>,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            body(backend, Path::new(raw::str(folder, "the folder's path")?))
        })
    }
}

unsafe extern "C" fn save<T: Backend>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { on_folder::<T>(instance, folder, error, T::save) }
}

unsafe extern "C" fn load<T: Backend>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { on_folder::<T>(instance, folder, error, T::load) }
}

unsafe extern "C" fn export<T: Backend>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { on_folder::<T>(instance, folder, error, T::export) }
}

unsafe extern "C" fn prefetch<T: Backend>(
    instance: *mut c_void,
    texts: *const abi::Texts,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            backend.prefetch(&Texts::from_raw(&raw::read(texts, "the texts")?)?)
        })
    }
}

unsafe extern "C" fn reset_optimizer<T: Backend>(
    instance: *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { call::on::<T>(instance, error, T::reset_optimizer) }
}
