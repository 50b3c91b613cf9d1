//! Every raw call passes through here: panics are caught, errors written into the caller's buffer, instances guarded.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use triglot_abi as abi;

use super::raw;
use crate::Component;
use crate::error::{Error, Result};
use crate::host::{Context, Host};

/// An instance as the host holds it.
pub(crate) struct Instance<T> {
    pub(crate) value: T,
    poisoned: bool,
}

/// Runs `body`; its error, or its panic, goes into `error` and becomes the status.
///
/// # Safety
/// `error` is null or as the contract says.
pub(crate) unsafe fn guarded(
    error: *mut abi::ErrorBuffer,
    body: impl FnOnce() -> Result<()>,
) -> abi::Status {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return abi::STATUS_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => Error {
            status: abi::STATUS_PANICKED,
            message: describe(&*panic),
        },
    };
    // SAFETY: by contract.
    unsafe { write_error(error, &failure.message) };
    failure.status
}

/// Runs `body` on an instance, and poisons that if `body` panics.
///
/// # Safety
/// `instance` came from [`create`] with the same `T`, no other call is running on it; `error` as for [`guarded`].
pub(crate) unsafe fn on<T: Component>(
    instance: *mut c_void,
    error: *mut abi::ErrorBuffer,
    body: impl FnOnce(&mut T) -> Result<()>,
) -> abi::Status {
    // SAFETY: by contract.
    let Some(instance) = (unsafe { instance.cast::<Instance<T>>().as_mut() }) else {
        // SAFETY: by contract.
        return unsafe { guarded(error, || Err(Error::invalid("the instance is null"))) };
    };
    if instance.poisoned {
        let message = "an earlier call panicked; this instance may only be destroyed";
        let failure = Error {
            status: abi::STATUS_PANICKED,
            message: message.into(),
        };
        // SAFETY: by contract.
        return unsafe { guarded(error, || Err(failure)) };
    }
    // SAFETY: by contract.
    let status = unsafe { guarded(error, || body(&mut instance.value)) };
    instance.poisoned = status == abi::STATUS_PANICKED;
    status
}

/// Makes an instance with `make` and hands it to the caller.
///
/// # Safety
/// The pointers are as the contract says of a create.
pub(crate) unsafe fn create<C: Component, T>(
    args: *const abi::CreateArgs,
    out: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
    make: impl FnOnce(C::Options, &Context) -> Result<T>,
) -> abi::Status {
    let body = || {
        if out.is_null() {
            return Err(Error::invalid("there is nowhere to put the instance"));
        }
        // SAFETY: by contract.
        let (args, options) = unsafe {
            let args = raw::read(args, "the arguments")?;
            (args.host, (raw::str(args.options, "options")?, args.seed))
        };
        let (options, seed) = options;
        let options = if options.is_empty() { "{}" } else { options };
        let options: C::Options = serde_json::from_str(options)
            .map_err(|source| Error::invalid(format!("options: {source}")))?;
        // SAFETY: the services outlive the instance by contract.
        let host = unsafe { Host::from_raw(args, C::ID) };
        let value = make(options, &Context { host, seed })?;
        let instance = Box::into_raw(Box::new(Instance {
            value,
            poisoned: false,
        }));
        // SAFETY: `out` is not null, and writable by contract.
        unsafe { out.write(instance.cast()) };
        Ok(())
    };
    // SAFETY: by contract.
    unsafe { guarded(error, body) }
}

/// # Safety
/// `instance` is null or came from [`create`] with the same `T`, and is not used again.
pub(crate) unsafe extern "C" fn destroy<T>(instance: *mut c_void) {
    if !instance.is_null() {
        let drop = AssertUnwindSafe(|| {
            // SAFETY: by contract.
            drop(unsafe { Box::from_raw(instance.cast::<Instance<T>>()) });
        });
        // A panic while dropping has nowhere to go: destroy returns nothing.
        let _ = catch_unwind(drop);
    }
}

/// The SDK offers no optional group yet.
///
/// # Safety
/// Safe for any argument; unsafe only by its type.
pub(crate) unsafe extern "C" fn no_extension(_name: abi::Str) -> *const c_void {
    std::ptr::null()
}

fn describe(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("panicked: {text}")
}

/// # Safety
/// `buffer` is null or as the contract says.
unsafe fn write_error(buffer: *mut abi::ErrorBuffer, message: &str) {
    // SAFETY: by contract.
    let Some(buffer) = (unsafe { buffer.as_mut() }) else {
        return;
    };
    buffer.len = 0;
    if buffer.data.is_null() {
        return;
    }
    let len = message.floor_char_boundary(buffer.capacity);
    // SAFETY: `len` is at most the capacity, which is writable by contract.
    unsafe { std::ptr::copy_nonoverlapping(message.as_ptr().cast(), buffer.data, len) };
    buffer.len = len;
}
