//! The optional group of objectives that have parameters of their own.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;

use triglot_abi::{self as abi, Sized32};

use super::{call, raw};
use crate::objective::Objective;

struct Table<T>(PhantomData<T>);

impl<T: Objective> Table<T> {
    const TABLE: &'static abi::Parameters = &abi::Parameters {
        struct_size: abi::Parameters::SIZE,
        reserved: 0,
        count: Some(count::<T>),
        step: Some(step::<T>),
        save: Some(save::<T>),
        load: Some(load::<T>),
    };
}

/// The groups of an objective.
///
/// # Safety
/// `name` is as the contract says.
pub(super) unsafe extern "C" fn get_extension<T: Objective>(name: abi::Str) -> *const c_void {
    // SAFETY: by contract.
    match unsafe { raw::is_named(name, abi::EXTENSION_PARAMETERS) } {
        true => std::ptr::from_ref(Table::<T>::TABLE).cast(),
        false => std::ptr::null(),
    }
}

unsafe extern "C" fn count<T: Objective>(
    instance: *mut c_void,
    parameters: *mut u64,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |objective| {
            let out = raw::place(parameters, "`parameters`")?;
            out.write(objective.parameters());
            Ok(())
        })
    }
}

unsafe extern "C" fn step<T: Objective>(
    instance: *mut c_void,
    args: *const abi::ParameterStep,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |objective| {
            let args = raw::read(args, "the step's arguments")?;
            objective.step(args.learning_rate, args.scale)
        })
    }
}

unsafe extern "C" fn save<T: Objective>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |objective| {
            objective.save(Path::new(raw::str(folder, "the folder's path")?))
        })
    }
}

unsafe extern "C" fn load<T: Objective>(
    instance: *mut c_void,
    folder: abi::Str,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |objective| {
            objective.load(Path::new(raw::str(folder, "the folder's path")?))
        })
    }
}
