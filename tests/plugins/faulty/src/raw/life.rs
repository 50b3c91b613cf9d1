//! Create, destroy and optional groups.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use triglot_sdk::abi::{self, Sized32};

use super::call;
use crate::misdeed::Misdeed;

/// What was lent to an instance for its life.
#[derive(Clone, Copy)]
pub struct Lent {
    host: *const abi::Host,
    /// That of a sampler; else null.
    pub corpus: *const abi::CorpusView,
}

// SAFETY: pointers that the contract lets be used from any thread, or that are only misused here.
unsafe impl Send for Lent {}

/// By the address of the instance.
static LENT: Mutex<BTreeMap<usize, Lent>> = Mutex::new(BTreeMap::new());

fn lent() -> std::sync::MutexGuard<'static, BTreeMap<usize, Lent>> {
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was lent to this instance.
pub fn lent_to(instance: *mut c_void) -> Option<Lent> {
    lent().get(&instance.addr()).copied()
}

/// Makes an instance with `honest`, which is given the arguments that are to be passed on.
///
/// # Safety
/// The pointers are as the contract says of a create.
pub unsafe fn create(
    args: *const abi::CreateArgs,
    corpus: *const abi::CorpusView,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
    honest: impl FnOnce(*const abi::CreateArgs) -> abi::Status,
) -> abi::Status {
    // SAFETY: by contract.
    let Some(mut mine) = (unsafe { abi::CreateArgs::read(args) }) else {
        return honest(args);
    };
    if Misdeed::SizeEquality.now() {
        // SAFETY: by contract.
        let refused = unsafe { call::refused(error, (mine.struct_size, abi::CreateArgs::SIZE)) };
        if let Some(status) = refused {
            return status;
        }
    }
    mine.struct_size = abi::CreateArgs::SIZE;
    // SAFETY: by contract.
    let known = unsafe { without_unknown(mine.options) };
    if Misdeed::TakesUnknownOption.now() {
        mine.options = abi::Str::new(&known);
    }
    let status = honest(&raw const mine);
    if status == abi::STATUS_OK {
        // SAFETY: a create that succeeds has written its instance.
        lent().insert(unsafe { *instance }.addr(), Lent { host: mine.host, corpus });
    } else if Misdeed::ErrorOverrun.now() {
        // SAFETY: by contract, but for what it says itself.
        unsafe { call::overrun(error) };
    }
    status
}

/// The options without those that no component of this library has.
///
/// # Safety
/// `options` is as the contract says.
unsafe fn without_unknown(options: abi::Str) -> String {
    // SAFETY: by contract.
    let text = unsafe { abi::slice(options.data, options.len) }.unwrap_or_default();
    let mut options: serde_json::Map<_, _> = serde_json::from_slice(text).unwrap_or_default();
    let known = ["salt", "share", "dim", "dropout", "target", "k"];
    options.retain(|name, _| known.contains(&name.as_str()));
    serde_json::Value::Object(options).to_string()
}

/// Destroys an instance, and calls the host once more when that is over.
///
/// # Safety
/// As the contract says of a destroy; `honest` is that of the instance.
pub unsafe fn destroy(instance: *mut c_void, honest: abi::Destroy) {
    let lent = lent().remove(&instance.addr());
    // SAFETY: by contract the services live still.
    let host = lent.and_then(|lent| unsafe { abi::Host::read(lent.host) });
    if let Some(honest) = honest {
        // SAFETY: by contract.
        unsafe { honest(instance) };
    }
    if let Some(host) = host.filter(|_| Misdeed::LateCall.now()) {
        let late = Late(host);
        std::thread::spawn(move || late.call());
    }
}

/// The services of a host that takes them to be in use no more.
struct Late(abi::Host);

// SAFETY: the contract lets every service be called from any thread.
unsafe impl Send for Late {}

impl Late {
    fn call(self) {
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(5));
            let (target, message) = (abi::Str::new("late"), abi::Str::new("still here"));
            // SAFETY: none; that the services may be gone is the point.
            unsafe {
                if let Some(cancelled) = self.0.cancelled {
                    cancelled(self.0.context);
                }
                if let Some(log) = self.0.log {
                    log(self.0.context, abi::LOG_INFO, target, message);
                }
            }
        }
    }
}

/// The group of this name: none, or any.
///
/// # Safety
/// As the contract says; `honest` is that of the component.
pub unsafe fn extension(name: abi::Str, honest: abi::GetExtension) -> *const c_void {
    static GROUP: [u64; 2] = [16, 0];
    if Misdeed::ExtensionForAnything.now() {
        return GROUP.as_ptr().cast();
    }
    // SAFETY: by contract.
    honest.map_or(std::ptr::null(), |honest| unsafe { honest(name) })
}

/// The functions that are the same for every kind: `honest` (its table), `destroy` and `get_extension`.
macro_rules! life {
    ($kind:ident, $number:ident) => {
        fn honest() -> abi::$kind {
            // SAFETY: the table of this kind.
            unsafe { super::honest(abi::$number) }
        }

        unsafe extern "C" fn destroy(instance: *mut c_void) {
            // SAFETY: the caller keeps the contract.
            unsafe { life::destroy(instance, honest().destroy) }
        }

        unsafe extern "C" fn get_extension(name: abi::Str) -> *const c_void {
            // SAFETY: the caller keeps the contract.
            unsafe { life::extension(name, honest().get_extension) }
        }
    };
}

/// `create` of a kind that takes the common arguments alone.
macro_rules! plain_create {
    () => {
        unsafe extern "C" fn create(
            args: *const abi::CreateArgs,
            instance: *mut *mut c_void,
            error: *mut abi::ErrorBuffer,
        ) -> abi::Status {
            let Some(create) = honest().create else { return abi::STATUS_UNSUPPORTED };
            // SAFETY: the caller keeps the contract.
            unsafe {
                life::create(args, std::ptr::null(), instance, error, |args| {
                    create(args, instance, error)
                })
            }
        }
    };
}

pub(super) use {life, plain_create};
