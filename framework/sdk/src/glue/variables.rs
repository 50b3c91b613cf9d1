//! The optional group that shows a backend's variables.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::{call, raw};
use crate::backend::{Backend, Variable};
use crate::error::Error;

struct Table<T>(PhantomData<T>);

impl<T: Backend> Table<T> {
    const TABLE: &'static abi::Variables =
        &abi::Variables { struct_size: abi::Variables::SIZE, reserved: 0, visit: Some(visit::<T>) };
}

/// The groups of a backend.
///
/// # Safety
/// `name` is as the contract says.
pub(super) unsafe extern "C" fn get_extension<T: Backend>(name: abi::Str) -> *const c_void {
    // SAFETY: by contract.
    match unsafe { raw::is_named(name, abi::EXTENSION_VARIABLES) } {
        true => std::ptr::from_ref(Table::<T>::TABLE).cast(),
        false => std::ptr::null(),
    }
}

unsafe extern "C" fn visit<T: Backend>(
    instance: *mut c_void,
    out: *const abi::VariableSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |backend| {
            let sink = raw::read(out, "the variable sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the variable sink has no `put`"))?;
            backend.variables(&mut |variable: Variable<'_>| {
                let raw = abi::Variable {
                    struct_size: abi::Variable::SIZE,
                    reserved: 0,
                    name: abi::Str::new(variable.name),
                    values: variable.values.as_ptr(),
                    count: variable.values.len(),
                    gradient_norm: variable.gradient_norm,
                };
                raw::check(put(sink.context, &raw const raw), "the host's variable sink")
            })
        })
    }
}
