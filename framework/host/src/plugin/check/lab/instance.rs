//! An instance in the laboratory, of whatever kind.

use std::ffi::c_void;
use std::path::Path;

use triglot_abi::{self as abi, Sized32};

use super::Lab;
use super::call::{Callee, Trouble, make};
use super::manners::{Manners, Struct};
use super::memory::{Lent, Memory};
use super::watch::{Services, Watch};
use crate::plugin::group::{self, Group};

/// An instance, and the host that it knows.
pub(super) struct Instance {
    callee: Callee,
    raw: *mut c_void,
    destroy: abi::Destroy,
    services: Services,
    /// Whether the services end with the instance.
    alone: bool,
    manners: Manners,
}

/// A function that saves, loads or exports.
type OnFolder =
    unsafe extern "C" fn(*mut c_void, folder: abi::Str, *mut abi::ErrorBuffer) -> abi::Status;

/// What stands where a create may put an instance: an address that is none.
const NOTHING: usize = 0xA5A5;

impl Instance {
    /// Makes an instance with `call`, which passes arguments, place and error buffer on to `create`.
    pub(super) fn create<F>(
        lab: &Lab,
        options: &str,
        (create, destroy): (Option<F>, abi::Destroy),
        call: impl FnOnce(
            F,
            *const abi::CreateArgs,
            *mut *mut c_void,
            *mut abi::ErrorBuffer,
        ) -> abi::Status,
    ) -> Result<Self, Trouble> {
        let (callee, manners) = (lab.callee(), lab.manners());
        let services = lab.services();
        let host = services.host;
        let text = Lent::new("the options", options.as_bytes());
        let args = abi::CreateArgs {
            struct_size: abi::CreateArgs::SIZE,
            reserved: 0,
            host: host.pointer(),
            options: abi::Str { data: text.pointer(), len: options.len() },
            seed: lab.seed(),
        };
        let args = Struct::to_read("CreateArgs", args, &manners);
        let place = Memory::holding("the place for the instance", &[NOTHING]);
        let made = make(&callee, "create", manners.error, create, |create, error| {
            call(create, args.pointer(), place.pointer(), error)
        });
        text.check()?;
        args.check()?;
        host.check()?;
        let raw = place.values::<usize>().first().copied().unwrap_or(NOTHING);
        let alone = lab.hosts_alone();
        match made {
            Ok(()) => {
                place.check_margins()?;
                if raw == 0 || raw == NOTHING {
                    return Err(Trouble::Violated("`create` said OK and gave no instance".into()));
                }
                let raw = std::ptr::with_exposed_provenance_mut(raw);
                Ok(Self { callee, raw, destroy, services, alone, manners })
            }
            Err(trouble) => {
                if alone {
                    services.watch.end();
                }
                place.check([])?;
                Err(trouble)
            }
        }
    }

    /// Calls a function of the instance, and looks at all of the host that it can reach.
    pub(super) fn call<F>(
        &self,
        name: &'static str,
        function: Option<F>,
        call: impl FnOnce(F, *mut c_void, *mut abi::ErrorBuffer) -> abi::Status,
    ) -> Result<(), Trouble> {
        let made = make(&self.callee, name, self.manners.error, function, |f, error| {
            call(f, self.raw, error)
        });
        self.services.host.check()?;
        self.services.watch.check()?;
        made
    }

    /// Calls a function on a folder.
    pub(super) fn on_folder(
        &self,
        name: &'static str,
        function: Option<OnFolder>,
        folder: &Path,
    ) -> Result<(), Trouble> {
        let path = folder.to_string_lossy();
        let lent = Lent::new("the path of the folder", path.as_bytes());
        let text = abi::Str { data: lent.pointer(), len: path.len() };
        // SAFETY: the path lives through the call.
        let made =
            self.call(name, function, |f, instance, error| unsafe { f(instance, text, error) });
        lent.check()?;
        made
    }

    /// An optional group of functions.
    ///
    /// # Safety
    /// As for [`group::find`], of the component that the instance is of.
    pub(super) unsafe fn group<G: Group>(&self, get_extension: abi::GetExtension) -> Option<G> {
        let _call = self.callee.begin("get_extension");
        // SAFETY: by contract.
        unsafe { group::find(get_extension) }
    }

    pub(super) fn manners(&self) -> &Manners {
        &self.manners
    }

    pub(super) fn watch(&self) -> &'static Watch {
        self.services.watch
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            let _call = self.callee.begin("destroy");
            // SAFETY: the instance came from the create of the same table and is not used again.
            unsafe { destroy(self.raw) };
        }
        if self.alone {
            self.services.watch.end();
        }
    }
}
