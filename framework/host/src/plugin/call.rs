//! One raw call: the error buffer, the status, and what becomes of them.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use triglot_abi as abi;

use super::library::Component;
use super::services::Services;
use crate::error::Error;
use crate::manifest::types::Options;

/// A call into a plugin that did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin {component}: cannot {doing}: {message}")]
pub struct CallError {
    /// `library/component`.
    pub component: String,
    /// What the host wanted.
    pub doing: &'static str,
    /// The status that the call returned.
    pub status: abi::Status,
    /// The text that the plugin wrote.
    pub message: String,
}

impl CallError {
    /// Whether the plugin said that an option or argument is wrong.
    pub fn is_invalid(&self) -> bool {
        self.status == abi::STATUS_INVALID
    }

    /// Whether the plugin does not offer the function.
    pub fn is_unsupported(&self) -> bool {
        self.status == abi::STATUS_UNSUPPORTED
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error.status {
            abi::STATUS_CANCELLED => Self::Interrupted,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Longest error text that the host takes, in bytes.
const ERROR_CAPACITY: usize = 4096;

/// An instance, with what every call on it needs.
pub(super) struct Handle {
    component: Arc<Component>,
    instance: *mut c_void,
    destroy: abi::Destroy,
    poisoned: bool,
    /// The services must outlive the instance.
    _services: Services,
}

// SAFETY: the contract lets an instance be called from any thread, never two at once; `&mut self` sees to the latter.
unsafe impl Send for Handle {}

impl Handle {
    /// Makes an instance with `create`, which is called with the arguments, the place for the instance and an error buffer.
    pub(super) fn create(
        component: &Arc<Component>,
        options: &Options,
        seed: u64,
        services: &Services,
        destroy: abi::Destroy,
        create: impl FnOnce(
            *const abi::CreateArgs,
            *mut *mut c_void,
            *mut abi::ErrorBuffer,
        ) -> abi::Status,
    ) -> Result<Self, CallError> {
        let options = serde_json::Value::Object(options.clone()).to_string();
        let args = abi::CreateArgs {
            struct_size: <abi::CreateArgs as abi::Sized32>::SIZE,
            reserved: 0,
            host: services.raw(),
            options: abi::Str::new(&options),
            seed,
        };
        let mut instance = std::ptr::null_mut();
        raw_call(component, "create an instance", |error| {
            create(&raw const args, &raw mut instance, error)
        })?;
        if instance.is_null() {
            return Err(CallError {
                component: component.name(),
                doing: "create an instance",
                status: abi::STATUS_FAILED,
                message: "it said OK and gave none".into(),
            });
        }
        Ok(Self {
            component: Arc::clone(component),
            instance,
            destroy,
            poisoned: false,
            _services: services.clone(),
        })
    }

    /// Runs one call on the instance.
    pub(super) fn call(
        &mut self,
        doing: &'static str,
        call: impl FnOnce(*mut c_void, *mut abi::ErrorBuffer) -> abi::Status,
    ) -> Result<(), CallError> {
        if self.poisoned {
            return Err(self.error(doing, abi::STATUS_PANICKED, "an earlier call panicked"));
        }
        let instance = self.instance;
        let result = raw_call(&self.component, doing, |error| call(instance, error));
        self.poisoned = result.as_ref().is_err_and(|error| error.status == abi::STATUS_PANICKED);
        result
    }

    /// An error that the host itself raises against this component.
    pub(super) fn error(
        &self,
        doing: &'static str,
        status: abi::Status,
        message: impl Into<String>,
    ) -> CallError {
        CallError { component: self.component.name(), doing, status, message: message.into() }
    }

    /// A failure: the plugin broke its contract.
    pub(super) fn broken(&self, doing: &'static str, message: impl Into<String>) -> CallError {
        self.error(doing, abi::STATUS_FAILED, message)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the instance came from this component's create and is not used again.
            unsafe { destroy(self.instance) };
        }
    }
}

fn raw_call(
    component: &Component,
    doing: &'static str,
    call: impl FnOnce(*mut abi::ErrorBuffer) -> abi::Status,
) -> Result<(), CallError> {
    let mut text = [0u8; ERROR_CAPACITY];
    let mut buffer = abi::ErrorBuffer {
        data: text.as_mut_ptr().cast::<c_char>(),
        capacity: ERROR_CAPACITY,
        len: 0,
    };
    let status = call(&raw mut buffer);
    if status == abi::STATUS_OK {
        return Ok(());
    }
    let written = buffer.len.min(ERROR_CAPACITY);
    let message = String::from_utf8_lossy(&text[..written]).trim().to_owned();
    let message = match (message.is_empty(), status) {
        (false, _) => message,
        (true, abi::STATUS_CANCELLED) => "cancelled".into(),
        (true, abi::STATUS_UNSUPPORTED) => "not supported".into(),
        (true, other) => format!("status {other}, without a word"),
    };
    Err(CallError { component: component.name(), doing, status, message })
}
