//! Every raw call passes through here: panics are caught, errors written into the caller's buffer, instances guarded.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use triglot_abi as abi;

use super::raw;
use crate::Component;
use crate::error::{Error, Result};
use crate::host::{Connection, Context};

/// An instance as the host holds it. The component is dropped before its line to the host is cut.
struct Instance<T> {
    value: T,
    poisoned: bool,
    _connection: Connection,
}

/// What came of running code that is not ours.
enum Outcome {
    Done,
    Failed(Error),
    Panicked(String),
}

/// Runs `body`, which may panic: nothing unwinds out of here.
fn run(body: impl FnOnce() -> Result<()>) -> Outcome {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Outcome::Done,
        Ok(Err(failure)) => Outcome::Failed(failure),
        Err(panic) => {
            let message = describe(&*panic);
            discard(panic);
            Outcome::Panicked(message)
        }
    }
}

/// Drops what a panic carried, which may itself panic: such a second load is leaked.
pub(crate) fn discard(panic: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(second);
    }
}

/// Turns an outcome into a status, with the text of a failure in the caller's buffer.
///
/// # Safety
/// `error` is null or as the contract says.
unsafe fn answer(outcome: Outcome, error: *mut abi::ErrorBuffer) -> abi::Status {
    let (status, message) = match outcome {
        Outcome::Done => return abi::STATUS_OK,
        Outcome::Failed(failure) => (failure.status, failure.message),
        Outcome::Panicked(message) => (abi::STATUS_PANICKED, message),
    };
    // SAFETY: by contract.
    unsafe { write_error(error, &message) };
    status
}

/// Runs `body` on an instance, and poisons that if `body` panics.
///
/// # Safety
/// `instance` is null or came from [`create`] with the same `T`, and no other call is running on it; `error` is null
/// or as the contract says.
pub(crate) unsafe fn on<T>(
    instance: *mut c_void,
    error: *mut abi::ErrorBuffer,
    body: impl FnOnce(&mut T) -> Result<()>,
) -> abi::Status {
    // SAFETY: by contract.
    let outcome = match unsafe { instance.cast::<Instance<T>>().as_mut() } {
        None => Outcome::Failed(Error::invalid("the instance is null")),
        Some(instance) if instance.poisoned => Outcome::Panicked(
            "an earlier call panicked; this instance may only be destroyed".into(),
        ),
        Some(instance) => {
            let outcome = run(|| body(&mut instance.value));
            instance.poisoned = matches!(outcome, Outcome::Panicked(_));
            outcome
        }
    };
    // SAFETY: by contract.
    unsafe { answer(outcome, error) }
}

/// Makes an instance of `C` with `make` and hands it to the caller; what is held need not be `C` itself.
///
/// # Safety
/// The pointers are as the contract says of a create.
pub(crate) unsafe fn create<C: Component, T>(
    args: *const abi::CreateArgs,
    out: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
    make: impl FnOnce(C::Options, &Context) -> Result<T>,
) -> abi::Status {
    let outcome = run(|| {
        let out = raw::place(out, "the place for the instance")?;
        // SAFETY: by contract.
        let args = unsafe { raw::read(args, "the arguments") }?;
        // SAFETY: by contract.
        let options = match unsafe { raw::str(args.options, "options") }? {
            "" => "{}",
            written => written,
        };
        let options: C::Options = serde_json::from_str(options)
            .map_err(|source| Error::invalid(format!("options: {source}")))?;
        // SAFETY: by contract the services outlive the instance, or else this call; the connection is dropped with
        // the one or in the other.
        let connection = unsafe { Connection::new(args.host, C::ID) };
        let value = make(options, &Context { host: connection.host(), seed: args.seed })?;
        let instance = Box::new(Instance { value, poisoned: false, _connection: connection });
        // SAFETY: there is a place, writable by contract.
        unsafe { out.write(Box::into_raw(instance).cast()) };
        Ok(())
    });
    // SAFETY: by contract.
    unsafe { answer(outcome, error) }
}

/// # Safety
/// `instance` is null or came from [`create`] with the same `T`, and is not used again.
pub(crate) unsafe extern "C" fn destroy<T>(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    // A panic while dropping has nowhere to go: destroy returns nothing.
    run(|| {
        // SAFETY: by contract.
        drop(unsafe { Box::from_raw(instance.cast::<Instance<T>>()) });
        Ok(())
    });
}

/// For kinds without an optional group.
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
    if buffer.is_null() || !buffer.is_aligned() {
        return;
    }
    // SAFETY: by contract.
    let buffer = unsafe { &mut *buffer };
    buffer.len = 0;
    if buffer.data.is_null() {
        return;
    }
    let len = message.floor_char_boundary(buffer.capacity);
    // SAFETY: `len` is at most the capacity, which is writable by contract.
    unsafe { std::ptr::copy_nonoverlapping(message.as_ptr().cast(), buffer.data, len) };
    buffer.len = len;
}
