//! The export: from component types to the table that the host reads.

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

use crate::glue;
use crate::{Augmenter, Backend, Component, Metric, Objective, Sampler};

/// Exports the components of this library. Write it once, at the crate's root.
///
/// Kinds: `sampler`, `augmenter`, `backend`, `objective`, `metric`. The name is the part of `use` before the slash. That it
/// and every component's [`Component::ID`] are names (`[a-z0-9][a-z0-9-]*`) is checked when the library is compiled.
///
/// ```ignore
/// triglot_sdk::plugin! { name: "mine", components: [sampler Curriculum, metric Overlap] }
/// ```
#[macro_export]
macro_rules! plugin {
    (name: $name:literal, components: [$($kind:ident $type:ty),+ $(,)?] $(,)?) => {
        const _: () = assert!(
            $crate::export::is_name($name),
            "the name of a plugin library is made of a-z, 0-9 and -, and does not begin with -"
        );

        /// The one export: the table of this library's components.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C" fn triglot_plugin_v1() -> *const $crate::abi::Plugin {
            static TABLE: ::std::sync::OnceLock<$crate::export::Table> = ::std::sync::OnceLock::new();
            $crate::export::guard(|| {
                TABLE.get_or_init(|| $crate::export::Table::new(
                    $name,
                    env!("CARGO_PKG_VERSION"),
                    vec![$($crate::__component!($kind $type)),+],
                ))
            })
        }
    };
}

/// Registers a component by the word for its kind.
#[doc(hidden)]
#[macro_export]
macro_rules! __component {
    (sampler $type:ty) => {
        $crate::export::sampler::<$type>()
    };
    (augmenter $type:ty) => {
        $crate::export::augmenter::<$type>()
    };
    (backend $type:ty) => {
        $crate::export::backend::<$type>()
    };
    (objective $type:ty) => {
        $crate::export::objective::<$type>()
    };
    (metric $type:ty) => {
        $crate::export::metric::<$type>()
    };
    ($kind:ident $type:ty) => {
        compile_error!(concat!(
            "`",
            stringify!($kind),
            "` is no kind of component; ",
            "the kinds are sampler, augmenter, backend, objective, metric"
        ))
    };
}

/// Whether `name` can be that of a library or component: `[a-z0-9][a-z0-9-]*`.
pub const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let letter = matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9');
        if !letter && (at == 0 || bytes[at] != b'-') {
            return false;
        }
        at += 1;
    }
    at > 0
}

/// A component, ready for the table.
pub struct Registration(abi::Component);

/// The exported table and what it points to.
pub struct Table {
    plugin: abi::Plugin,
}

// SAFETY: the table is written once, points to leaked, immutable data, and is only read afterwards.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

impl Table {
    /// Makes the table; what it points to lives as long as the process, as the contract asks.
    pub fn new(name: &'static str, version: &'static str, components: Vec<Registration>) -> Self {
        let pointers: Vec<*const abi::Component> = components
            .into_iter()
            .map(|registration| std::ptr::from_ref(Box::leak(Box::new(registration.0))))
            .collect();
        let pointers = Vec::leak(pointers);
        Self {
            plugin: abi::Plugin {
                struct_size: abi::Plugin::SIZE,
                abi_minor: abi::ABI_MINOR,
                name: abi::Str::new(name),
                version: abi::Str::new(version),
                components: pointers.as_ptr(),
                component_count: pointers.len(),
            },
        }
    }
}

/// Runs `table`; a panic in it becomes null, which the contract allows.
pub fn guard(table: impl FnOnce() -> &'static Table) -> *const abi::Plugin {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(table)) {
        Ok(table) => &raw const table.plugin,
        Err(panic) => {
            glue::call::discard(panic);
            std::ptr::null()
        }
    }
}

fn register<C: Component, F>(kind: u32, functions: &'static F) -> Registration {
    register_with_needs::<C, F>(kind, functions, &[])
}

fn register_with_needs<C: Component, F>(
    kind: u32,
    functions: &'static F,
    needs: &[&str],
) -> Registration {
    const {
        assert!(
            is_name(C::ID),
            "the ID of a component is made of a-z, 0-9 and -, and does not begin with -"
        );
    }
    let mut description = serde_json::json!({
        "summary": C::SUMMARY,
        "options": schemars::schema_for!(C::Options),
    });
    if !needs.is_empty() {
        description["needs"] = needs.into();
    }
    let description: &'static str = String::leak(description.to_string());
    Registration(abi::Component {
        struct_size: abi::Component::SIZE,
        kind,
        id: abi::Str::new(C::ID),
        description: abi::Str::new(description),
        functions: std::ptr::from_ref(functions).cast::<c_void>(),
    })
}

/// Registers a sampler.
pub fn sampler<C: Sampler>() -> Registration {
    register::<C, _>(abi::KIND_SAMPLER, glue::sampler::table::<C>())
}

/// Registers an augmenter.
pub fn augmenter<C: Augmenter>() -> Registration {
    register::<C, _>(abi::KIND_AUGMENTER, glue::augmenter::table::<C>())
}

/// Registers a backend.
pub fn backend<C: Backend>() -> Registration {
    register::<C, _>(abi::KIND_BACKEND, glue::backend::table::<C>())
}

/// Registers an objective.
pub fn objective<C: Objective>() -> Registration {
    register_with_needs::<C, _>(abi::KIND_OBJECTIVE, glue::objective::table::<C>(), C::NEEDS)
}

/// Registers a metric.
pub fn metric<C: Metric>() -> Registration {
    register::<C, _>(abi::KIND_METRIC, glue::metric::table::<C>())
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_made_of_small_letters_digits_and_inner_hyphens() {
        for name in ["a", "7", "info-nce", "bm25", "a-"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "A", "a_b", "a b", "a/b", "ä"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
