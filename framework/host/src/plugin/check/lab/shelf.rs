//! A library before anything of it is taken for granted: its entry, called as a host would.

use std::path::Path;
use std::time::{Duration, Instant};

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use crate::plugin::library::open_now;
use crate::plugin::raw::utf8;

/// What the entry of a library came to.
#[derive(Debug)]
pub struct Entered {
    /// How long it took.
    pub took: Duration,
    /// The version that the library states.
    pub version: String,
}

/// Opens a library and calls its entry.
///
/// # Errors
/// If it cannot be opened, has no entry of this major version, or that returns no table.
pub fn enter(file: &Path) -> Result<Entered, Trouble> {
    let broken = |what: String| Trouble::Violated(what);
    // SAFETY: opening a library runs its initialisers; the user named this one as a plugin.
    let library = unsafe { open_now(file) }
        .map_err(|error| broken(format!("the library cannot be opened: {error}")))?;
    // Never unloaded, as in any host.
    let library = Box::leak(Box::new(library));
    // SAFETY: the symbol has the type that its name promises.
    let entry = unsafe { library.get::<abi::Entry>(abi::ENTRY_SYMBOL) }
        .map_err(|_| broken(format!("the library does not export `{}`", abi::ENTRY_SYMBOL)))?;
    let began = Instant::now();
    // SAFETY: the entry function of the contract, called once, while the library is opened.
    let table = unsafe { entry() };
    let took = began.elapsed();
    // SAFETY: a table of the contract, or null.
    let table = unsafe { abi::Plugin::read(table) };
    let table = table.ok_or_else(|| broken("the entry returned no table".into()))?;
    // SAFETY: as the contract says of the table.
    let version = unsafe { utf8(table.version) };
    let version = version.ok_or_else(|| broken("the version is not UTF-8".into()))?;
    Ok(Entered { took, version })
}
