//! The optional group of a backend that shows its variables.

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use super::instance::Instance;
use super::manners::Struct;
use crate::plugin::raw::{Taken, utf8};

/// A trainable variable, as a backend shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub values: Vec<f32>,
    /// Norm of the gradient held for it.
    pub gradient_norm: f64,
}

/// All variables of an instance; `None` if the backend does not show them.
pub(super) fn visit(
    instance: &Instance,
    get_extension: abi::GetExtension,
) -> Result<Option<Vec<Variable>>, Trouble> {
    // SAFETY: a backend's, whose group this is.
    let group = unsafe { instance.group::<abi::Variables>(get_extension) };
    let Some(visit) = group.and_then(|group| group.visit) else { return Ok(None) };
    let mut taken = Taken::new();
    let sink = abi::VariableSink {
        struct_size: abi::VariableSink::SIZE,
        reserved: 0,
        context: taken.context(),
        put: Some(take),
    };
    let sink = Struct::to_read("VariableSink", sink, instance.manners());
    // SAFETY: the sink and what it points to live through the call.
    let made = instance.call("visit", Some(visit), |f, instance, error| unsafe {
        f(instance, sink.pointer(), error)
    });
    sink.check()?;
    match super::taken("visit", made, taken) {
        Ok(variables) => Ok(Some(variables)),
        Err(Trouble::Refused(refusal)) if refusal.is_unsupported() => Ok(None),
        Err(other) => Err(other),
    }
}

unsafe extern "C" fn take(context: *mut c_void, variable: *const abi::Variable) -> abi::Status {
    let one = |earlier: &[Variable]| {
        // SAFETY: the plugin lends the variable, and what it points to, for the call.
        let (variable, name, values) = unsafe {
            let variable = abi::Variable::read(variable);
            let variable = variable.ok_or("a variable is null or too short")?;
            let name = utf8(variable.name).ok_or("the name of a variable is not UTF-8")?;
            let values = abi::slice(variable.values, variable.count);
            (variable, name, values.ok_or("the numbers of a variable are null or misaligned")?)
        };
        if values.is_empty() {
            return Err(format!("the variable `{name}` has no numbers"));
        }
        if earlier.iter().any(|other| other.name == name) {
            return Err(format!("two variables are named `{name}`"));
        }
        let gradient_norm = variable.gradient_norm;
        Ok(Variable { name, values: values.to_vec(), gradient_norm })
    };
    // SAFETY: `context` is that of the running call's sink.
    unsafe { Taken::put(context, one) }
}
