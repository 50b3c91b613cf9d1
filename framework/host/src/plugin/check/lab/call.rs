//! One call on a component, and what may come of it.

use std::fmt;
use std::sync::Arc;

use triglot_abi as abi;

use super::manners::{ErrorLent, ErrorRoom};
use crate::plugin::library::Component;
use crate::plugin::ongoing::{self, Ongoing};

/// Who is called: so that a crash is told with the function it happened in.
#[derive(Clone)]
pub struct Callee {
    component: Arc<Component>,
    /// Whether its calls are noted. Only one can be at a time, so those of several threads are not.
    noted: bool,
}

impl Callee {
    pub(super) fn new(component: Arc<Component>, noted: bool) -> Self {
        Self { component, noted }
    }

    /// Notes that a function is called, until what this gives is dropped.
    #[must_use]
    pub(super) fn begin(&self, function: &'static str) -> Option<Ongoing> {
        self.noted.then(|| ongoing::begin_function(&self.component, function))
    }
}

/// Why a case did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The component refused a call, which it may; whether it may this one, the case knows.
    Refused(Refusal),
    /// The component broke the contract.
    Violated(String),
    /// The case cannot be asked of this component.
    Skipped(String),
}

impl Trouble {
    /// The same, saying under what circumstances.
    #[must_use]
    pub fn when(self, circumstances: &str) -> Self {
        match self {
            Self::Violated(what) => Self::Violated(format!("{circumstances}: {what}")),
            other => other,
        }
    }
}

/// A call that returned something other than OK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The function.
    pub call: &'static str,
    /// What it returned.
    pub status: abi::Status,
    /// What it wrote.
    pub message: String,
}

impl Refusal {
    /// Whether an argument or option is said to be wrong.
    pub fn is_invalid(&self) -> bool {
        self.status == abi::STATUS_INVALID
    }

    /// Whether the call ended because the host asked.
    pub fn is_cancelled(&self) -> bool {
        self.status == abi::STATUS_CANCELLED
    }

    /// Whether the component does not offer the function.
    pub fn is_unsupported(&self) -> bool {
        self.status == abi::STATUS_UNSUPPORTED
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            abi::STATUS_INVALID => "INVALID",
            abi::STATUS_FAILED => "FAILED",
            abi::STATUS_CANCELLED => "CANCELLED",
            abi::STATUS_UNSUPPORTED => "UNSUPPORTED",
            _ => "no status of the contract",
        };
        let word = if self.message.is_empty() { "without a word" } else { &self.message };
        write!(f, "`{}` returned {status}: {word}", self.call)
    }
}

/// What a call may come to, for a case to which a refusal is an answer.
pub trait Refusable<T> {
    /// Takes a refusal out of the troubles.
    ///
    /// # Errors
    /// Any other trouble.
    fn or_refusal(self) -> Result<Result<T, Refusal>, Trouble>;
}

impl<T> Refusable<T> for Result<T, Trouble> {
    fn or_refusal(self) -> Result<Result<T, Refusal>, Trouble> {
        match self {
            Ok(value) => Ok(Ok(value)),
            Err(Trouble::Refused(refusal)) => Ok(Err(refusal)),
            Err(other) => Err(other),
        }
    }
}

/// Makes a call and looks at its status and its error buffer.
pub(super) fn make<F>(
    callee: &Callee,
    name: &'static str,
    room: ErrorRoom,
    function: Option<F>,
    call: impl FnOnce(F, *mut abi::ErrorBuffer) -> abi::Status,
) -> Result<(), Trouble> {
    let refused = |status, message| Trouble::Refused(Refusal { call: name, status, message });
    let Some(function) = function else {
        return Err(refused(abi::STATUS_UNSUPPORTED, "the function is null".into()));
    };
    let error = ErrorLent::new(room);
    let status = {
        let _call = callee.begin(name);
        call(function, error.pointer())
    };
    error.check()?;
    if status == abi::STATUS_OK {
        return Ok(());
    }
    let message = error.text(name)?;
    match status {
        abi::STATUS_PANICKED => {
            let word = if message.is_empty() { "it panicked" } else { &message };
            Err(Trouble::Violated(format!("`{name}` returned PANICKED: {word}")))
        }
        abi::STATUS_INVALID..=abi::STATUS_UNSUPPORTED => Err(refused(status, message)),
        unknown => {
            Err(Trouble::Violated(format!("`{name}` returned the unknown status {unknown}")))
        }
    }
}
