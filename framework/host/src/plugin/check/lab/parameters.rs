//! The optional group of an objective with parameters of its own.

use std::path::Path;

use triglot_abi::{self as abi, Sized32};

use super::call::{Refusable, Trouble};
use super::instance::Instance;
use super::manners::Struct;
use super::memory::Memory;

/// The parameters of an objective.
pub struct Parameters<'a> {
    instance: &'a Instance,
    group: abi::Parameters,
}

impl<'a> Parameters<'a> {
    /// Those of an instance; `None` if it has none.
    pub(super) fn of(
        instance: &'a Instance,
        get_extension: abi::GetExtension,
    ) -> Result<Option<Self>, Trouble> {
        // SAFETY: an objective's, whose group this is.
        let group = unsafe { instance.group::<abi::Parameters>(get_extension) };
        let Some(group) = group else { return Ok(None) };
        let parameters = Self { instance, group };
        match parameters.count().or_refusal()? {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(parameters)),
            Err(refusal) if refusal.is_unsupported() => Ok(None),
            Err(refusal) => Err(Trouble::Refused(refusal)),
        }
    }

    /// How many trainable numbers there are.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn count(&self) -> Result<u64, Trouble> {
        let place = Memory::holding("the place for the number of parameters", &[0u64]);
        // SAFETY: the place lives through the call.
        let made = self.instance.call("count", self.group.count, |f, instance, error| unsafe {
            f(instance, place.pointer(), error)
        });
        place.check_margins()?;
        made?;
        Ok(place.values().first().copied().unwrap_or(0))
    }

    /// Moves them by `scale` times the gradient held.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn step(&self, learning_rate: f64, scale: f64) -> Result<(), Trouble> {
        let args = abi::ParameterStep {
            struct_size: abi::ParameterStep::SIZE,
            reserved: 0,
            learning_rate,
            scale,
        };
        let args = Struct::to_read("ParameterStep", args, self.instance.manners());
        // SAFETY: the arguments live through the call.
        let made = self.instance.call("step", self.group.step, |f, instance, error| unsafe {
            f(instance, args.pointer(), error)
        });
        args.check()?;
        made
    }

    /// Saves them into an empty folder.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn save(&self, folder: &Path) -> Result<(), Trouble> {
        self.instance.on_folder("save", self.group.save, folder)
    }

    /// Loads what was saved.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn load(&self, folder: &Path) -> Result<(), Trouble> {
        self.instance.on_folder("load", self.group.load, folder)
    }
}
