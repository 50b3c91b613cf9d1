//! One raw call: the error buffer, the status, and what becomes of them.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use triglot_abi as abi;

use super::guarded::Guarded;
use super::library::{Component, Kind};
use super::ongoing;
use super::raw::Taken;
use super::services::{Connection, Services};
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
    /// Which of the things that crossed is wrong, where the host knows.
    pub item: Option<Item>,
}

/// One of the things that crossed the border in a call, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A text.
    Text(usize),
    /// A query of a batch.
    Query(usize),
    /// A passage of a batch.
    Passage(usize),
}

impl CallError {
    pub(super) fn new(
        component: &Component,
        doing: &'static str,
        status: abi::Status,
        message: impl Into<String>,
    ) -> Self {
        Self { component: component.name(), doing, status, message: message.into(), item: None }
    }

    /// Says which item is wrong.
    pub(super) fn about(mut self, item: Item) -> Self {
        self.item = Some(item);
        self
    }

    /// The component is of another kind than its caller took it for.
    pub(super) fn wrong_kind(component: &Component, wanted: Kind) -> Self {
        let (found, wanted) = (component.kind.with_article(), wanted.with_article());
        let message = format!("it is {found}, not {wanted}");
        Self::new(component, "create an instance", abi::STATUS_UNSUPPORTED, message)
    }

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
            abi::STATUS_CANCELLED => Self::interrupted(),
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Longest error text that the host takes, in bytes.
const ERROR_CAPACITY: usize = 4096;

/// An instance, with what every call on it needs. What it was made over lives for `'c`.
pub(super) struct Handle<'c> {
    component: Arc<Component>,
    instance: *mut c_void,
    destroy: abi::Destroy,
    poisoned: bool,
    /// The services of this instance, which end with it.
    connection: Connection,
    /// Named here, where the instance is dropped, so that `'c` cannot end before that.
    _made_over: PhantomData<&'c ()>,
}

// SAFETY: the contract lets an instance be called from any thread, never two at once; `&mut self` sees to the latter.
unsafe impl Send for Handle<'_> {}

/// A function about a folder: save, load, export.
pub(super) type OnFolder =
    unsafe extern "C" fn(*mut c_void, abi::Str, *mut abi::ErrorBuffer) -> abi::Status;

/// What every kind's create is called with.
pub(super) struct Making<'a> {
    pub(super) component: &'a Arc<Component>,
    pub(super) options: &'a Options,
    pub(super) seed: u64,
    pub(super) services: &'a Services,
}

impl<'c> Handle<'c> {
    /// Makes an instance of a kind whose create takes the common arguments alone.
    pub(super) fn create(
        making: Making<'_>,
        create: abi::Create,
        destroy: abi::Destroy,
    ) -> Result<Self, CallError> {
        // SAFETY: the arguments are those of the contract, by that of `create_with`.
        Self::create_with(making, create, destroy, |create, args, instance, error| unsafe {
            create(args, instance, error)
        })
    }

    /// Makes an instance with `call`, which passes the arguments, the place for the instance and the error buffer on
    /// to `create`; they live through the call.
    pub(super) fn create_with<F>(
        making: Making<'_>,
        create: Option<F>,
        destroy: abi::Destroy,
        call: impl FnOnce(
            F,
            *const abi::CreateArgs,
            *mut *mut c_void,
            *mut abi::ErrorBuffer,
        ) -> abi::Status,
    ) -> Result<Self, CallError> {
        const DOING: &str = "create an instance";
        let Making { component, options, seed, services } = making;
        let options = serde_json::Value::Object(options.clone()).to_string();
        let connection = services.connect(component);
        let args = abi::CreateArgs {
            struct_size: <abi::CreateArgs as abi::Sized32>::SIZE,
            reserved: 0,
            host: connection.raw(),
            options: abi::Str::new(&options),
            seed,
        };
        let mut place = Guarded::one(std::ptr::null_mut());
        let out = place.as_mut_ptr();
        raw_call(component, services, DOING, create, |create, error| {
            call(create, &raw const args, out, error)
        })?;
        let breach = place.breach("the place for the instance");
        let none = || place.value().is_null().then(|| "it said OK and gave none".to_owned());
        if let Some(problem) = breach.or_else(none) {
            return Err(CallError::new(component, DOING, abi::STATUS_FAILED, problem));
        }
        Ok(Self {
            component: Arc::clone(component),
            instance: place.value(),
            destroy,
            poisoned: false,
            connection,
            _made_over: PhantomData,
        })
    }

    /// Its component, `library/component`.
    pub(super) fn name(&self) -> String {
        self.component.name()
    }

    /// Notes that the component is called for something else than its instance, until what is returned is dropped.
    pub(super) fn begin(&self, doing: &'static str) -> ongoing::Ongoing {
        ongoing::begin(&self.component, doing)
    }

    /// Runs one call on the instance: `call` passes it and the error buffer on to `function`.
    pub(super) fn call<F>(
        &mut self,
        doing: &'static str,
        function: Option<F>,
        call: impl FnOnce(F, *mut c_void, *mut abi::ErrorBuffer) -> abi::Status,
    ) -> Result<(), CallError> {
        if self.poisoned {
            return Err(self.error(doing, abi::STATUS_PANICKED, "an earlier call panicked"));
        }
        let (instance, services) = (self.instance, self.connection.services());
        let result = raw_call(&self.component, services, doing, function, |f, error| {
            call(f, instance, error)
        });
        self.poisoned = result.as_ref().is_err_and(|error| error.status == abi::STATUS_PANICKED);
        result
    }

    /// Runs a call that is about a folder.
    pub(super) fn on_folder(
        &mut self,
        doing: &'static str,
        function: Option<OnFolder>,
        folder: &Path,
    ) -> Result<(), CallError> {
        let Some(text) = folder.to_str() else {
            let problem = format!("the path {} is not UTF-8", folder.display());
            return Err(self.error(doing, abi::STATUS_INVALID, problem));
        };
        // SAFETY: the path lives through the call.
        self.call(doing, function, |f, instance, error| unsafe {
            f(instance, abi::Str::new(text), error)
        })
    }

    /// The result of a call in which the plugin may have written where it should not. Such a breach stands above what
    /// the call returned, for the memory that it spoilt may have been anybody's.
    pub(super) fn judge(
        &self,
        doing: &'static str,
        result: Result<(), CallError>,
        breaches: impl IntoIterator<Item = Option<String>>,
    ) -> Result<(), CallError> {
        match breaches.into_iter().flatten().next() {
            Some(breach) => Err(self.broken(doing, breach)),
            None => result,
        }
    }

    /// What a call put into a sink. A mistake there stands above what the plugin made of being told.
    pub(super) fn taken<T>(
        &self,
        doing: &'static str,
        result: Result<(), CallError>,
        taken: Taken<T>,
    ) -> Result<Vec<T>, CallError> {
        let items = taken.finish().map_err(|mistake| self.broken(doing, mistake))?;
        result.map(|()| items)
    }

    /// An error that the host itself raises against this component.
    pub(super) fn error(
        &self,
        doing: &'static str,
        status: abi::Status,
        message: impl Into<String>,
    ) -> CallError {
        CallError::new(&self.component, doing, status, message)
    }

    /// A failure: the plugin broke its contract.
    pub(super) fn broken(&self, doing: &'static str, message: impl Into<String>) -> CallError {
        self.error(doing, abi::STATUS_FAILED, message)
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            let _call = ongoing::begin(&self.component, "destroy an instance");
            // SAFETY: the instance came from this component's create and is not used again.
            unsafe { destroy(self.instance) };
        }
    }
}

fn raw_call<F>(
    component: &Component,
    services: &Services,
    doing: &'static str,
    function: Option<F>,
    call: impl FnOnce(F, *mut abi::ErrorBuffer) -> abi::Status,
) -> Result<(), CallError> {
    let mut text = Guarded::filled(0u8, ERROR_CAPACITY);
    let data = text.as_mut_ptr().cast::<c_char>();
    let mut buffer = abi::ErrorBuffer { data, capacity: ERROR_CAPACITY, len: 0 };
    let status = match function {
        Some(function) => {
            let ongoing = ongoing::begin(component, doing);
            let call = || call(function, &raw mut buffer);
            services.memory().attribute(ongoing.component(), call)
        }
        None => abi::STATUS_UNSUPPORTED,
    };
    if let Some(breach) = text.breach("the error text") {
        return Err(CallError::new(component, doing, abi::STATUS_FAILED, breach));
    }
    if status == abi::STATUS_OK {
        return Ok(());
    }
    let written = buffer.len.min(ERROR_CAPACITY);
    let message = String::from_utf8_lossy(&text.values()[..written]).trim().to_owned();
    let message = match (message.is_empty(), status) {
        (false, _) => message,
        (true, abi::STATUS_CANCELLED) => "cancelled".into(),
        (true, abi::STATUS_UNSUPPORTED) => "not supported".into(),
        (true, other) => format!("status {other}, without a word"),
    };
    Err(CallError::new(component, doing, status, message))
}
