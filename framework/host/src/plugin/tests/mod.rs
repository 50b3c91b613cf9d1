//! The host against tables written by hand: plugins that break the contract, each in its own way.

mod instances;
mod metric;
mod objective;
mod sampler;
mod tables;

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use triglot_abi as abi;

use super::library::Functions;
use super::{CallError, Component, Kind, Services};

fn component(kind: Kind, functions: Functions) -> Arc<Component> {
    Arc::new(Component {
        kind,
        library: "raw".into(),
        id: "table".into(),
        version: "1".into(),
        abi_minor: 0,
        summary: String::new(),
        schema: Value::Bool(true),
        needs: Vec::new(),
        path: "raw".into(),
        functions,
    })
}

fn services() -> Services {
    Services::new(1, Arc::new(AtomicBool::new(false)))
}

/// The text of a failure, after its component.
fn text<T>(result: Result<T, CallError>) -> String {
    let error = result.err().map(|error| error.to_string()).unwrap_or_default();
    error.strip_prefix("plugin raw/table: ").unwrap_or(&error).to_owned()
}

/// An instance that is a number on the heap.
unsafe extern "C" fn create(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments and place.
    unsafe { *instance = Box::into_raw(Box::new((*args).seed)).cast() };
    abi::STATUS_OK
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    // SAFETY: made by `create`.
    drop(unsafe { Box::from_raw(instance.cast::<u64>()) });
}
