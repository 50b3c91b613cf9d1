//! What only a plugin without the SDK can do wrong.
//!
//! The honest table is copied, and in each function table the functions that can misbehave are exchanged: for every
//! kind one file, over [`life`] (create, destroy, optional groups) and [`call`] (errors, sizes). They pass on to the
//! honest functions, before or after the misdeed.
//!
//! Each `unsafe` of this module leans on the contract, which the caller keeps; where it is the misdeed itself, that
//! breaks the contract on purpose, it says so.

mod augmenter;
mod backend;
mod call;
mod life;
mod metric;
mod objective;
mod sampler;

use std::ffi::c_void;
use std::sync::OnceLock;
use std::time::Duration;

use triglot_sdk::abi::{self, Sized32};

use crate::components;
use crate::misdeed::Misdeed;

/// "café" as Latin-1 has it.
const NOT_UTF8: abi::Str = abi::Str { data: b"caf\xE9".as_ptr(), len: 4 };

/// The one export.
// SAFETY: no other library of the process has a symbol of this name in its scope.
#[unsafe(no_mangle)]
pub extern "C" fn triglot_plugin_v1() -> *const abi::Plugin {
    match Misdeed::asked() {
        Ok(None) => components::table(),
        Ok(Some(Misdeed::NullTable)) => std::ptr::null(),
        Ok(Some(misdeed)) => {
            if misdeed == Misdeed::SlowDescription {
                std::thread::sleep(Duration::from_secs(3));
            }
            static DISHONEST: OnceLock<Shared> = OnceLock::new();
            DISHONEST.get_or_init(|| Shared(dishonest(misdeed))).0
        }
        Err(unknown) => {
            eprintln!("{unknown}");
            std::ptr::null()
        }
    }
}

struct Shared(*const abi::Plugin);

// SAFETY: the table is written once, points to leaked data, and is only read afterwards.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

fn dishonest(misdeed: Misdeed) -> *const abi::Plugin {
    // SAFETY: the SDK made the table.
    let Some(mut plugin) = (unsafe { abi::Plugin::read(components::table()) }) else {
        return std::ptr::null();
    };
    let components: Vec<*const abi::Component> = honest_components()
        .map(|mut component| {
            component.functions = match component.kind {
                abi::KIND_SAMPLER => leak(sampler::table()),
                abi::KIND_AUGMENTER => leak(augmenter::table()),
                abi::KIND_BACKEND => leak(backend::table()),
                abi::KIND_OBJECTIVE => leak(objective::table()),
                _ => leak(metric::table()),
            };
            if misdeed == Misdeed::DescriptionNotJson {
                component.description = abi::Str::new("a component that does its best");
            }
            leak(component).cast()
        })
        .collect();
    plugin.component_count = components.len();
    plugin.components = components.leak().as_ptr();
    match misdeed {
        Misdeed::ShortTable => plugin.struct_size = 3,
        Misdeed::BadUtf8Name => plugin.name = NOT_UTF8,
        _ => {}
    }
    leak(plugin).cast()
}

fn leak<T>(value: T) -> *const c_void {
    std::ptr::from_mut(Box::leak(Box::new(value))).cast_const().cast()
}

fn honest_components() -> impl Iterator<Item = abi::Component> {
    // SAFETY: the SDK made the table, of which every pointer is good for the life of the process.
    unsafe {
        let plugin = abi::Plugin::read(components::table());
        let components = plugin.and_then(|it| abi::slice(it.components, it.component_count));
        components
            .unwrap_or_default()
            .iter()
            .filter_map(|component| abi::Component::read(*component))
    }
}

/// The honest function table of a kind.
///
/// # Safety
/// `T` is the table of `kind`.
unsafe fn honest<T: Sized32>(kind: u32) -> T {
    let component = honest_components().find(|component| component.kind == kind);
    // SAFETY: by contract.
    let table = component.and_then(|component| unsafe { T::read(component.functions.cast()) });
    table.unwrap_or_else(T::empty)
}
