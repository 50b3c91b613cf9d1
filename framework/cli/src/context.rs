//! The common arguments as what the host needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use triglot_host::cache::Cache;
use triglot_host::hub::{Hub, HubSettings};
use triglot_host::manifest::{LoadOptions, Manifest};
use triglot_host::memory::Memory;
use triglot_host::plan::Locations;
use triglot_host::plugin::{
    CallLimits, Registry, SearchPath, Services, Survey, announce_threads, leave_at_once,
    name_crashes,
};
use triglot_host::run::{self, Environment};
use triglot_host::{Error, Result};

use crate::args::Common;
use crate::terminal;

/// What commands share.
pub struct Context {
    /// The common arguments.
    pub common: Common,
    /// The cache of embeddings.
    pub cache: Cache,
    /// Services for the plugins.
    pub services: Services,
    /// The hub of models.
    pub hub: Hub,
}

impl Context {
    /// Sets up logging and the signal handler; a command that `ends_gently` looks at the cancellation while it works.
    ///
    /// # Errors
    /// If the signal handler cannot be set.
    pub fn new(mut common: Common, ends_gently: bool) -> Result<Self> {
        // A plugin that changes the current folder takes nothing along. Data and models are read before one works.
        for folder in common.cache_dir.iter_mut().chain([&mut common.runs_dir]) {
            if let Ok(absolute) = std::path::absolute(&*folder) {
                *folder = absolute;
            }
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = common.threads.map_or(processors, |threads| threads as usize);
        announce_threads(threads);
        log(common.quiet);
        name_crashes();
        let cancelled = Arc::new(AtomicBool::new(false));
        let memory = Memory::new(common.memory_limit);
        memory.check_limit()?;
        let services = Services::within(threads, Arc::clone(&cancelled), memory);
        let at_work = services.clone();
        ctrlc::set_handler(move || {
            // A command that never looks ends at once, every other at the second signal.
            if !ends_gently {
                leave_at_once(130);
            }
            if cancelled.swap(true, Ordering::Relaxed) {
                at_work.interrupt();
            }
        })
        .map_err(|source| Error::failed(format!("cannot listen for signals: {source}")))?;
        let cache = match common.cache_dir.clone().or_else(user_cache) {
            Some(folder) => Cache::at(folder),
            None => Cache::disabled(),
        };
        if ends_gently {
            services.watch_calls(CallLimits {
                call: Some(common.call_limit).filter(|limit| *limit > 0).map(Duration::from_secs),
                grace: Duration::from_secs(common.call_grace),
            });
        }
        Ok(Self { cache, services, common, hub: Hub::new(HubSettings::of_process()) })
    }

    /// Closes the runs that died at work, and says which and why.
    pub fn settle(&self) {
        for died in run::settle(&self.common.runs_dir) {
            terminal::note(&format!("run {} failed: {}", died.folder.display(), died.error));
        }
    }

    /// Loads a manifest with the overrides of this call.
    ///
    /// # Errors
    /// If it is wrong.
    pub fn manifest(&self, path: &Path) -> Result<Manifest> {
        Manifest::load(
            path,
            &LoadOptions {
                profile: self.common.profile.clone(),
                env: std::env::vars_os()
                    .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                    .collect(),
                set: self.common.set.clone(),
            },
        )
    }

    /// Opens the plugins.
    ///
    /// # Errors
    /// If a library is not a plugin.
    pub fn registry(&self) -> Result<Registry> {
        self.registry_with(Vec::new())
    }

    /// Opens the plugins, these libraries among them, after those that the user gave.
    ///
    /// # Errors
    /// If a library is not a plugin.
    pub fn registry_with(&self, libraries: Vec<PathBuf>) -> Result<Registry> {
        let given = [self.common.plugin_dir.clone(), libraries].concat();
        Registry::open(&SearchPath::of_process(given))
    }

    /// Opens the plugins that can be opened, and says which cannot.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn survey(&self) -> Result<Survey> {
        Survey::of(&SearchPath::of_process(self.common.plugin_dir.clone()))
    }

    /// Where data and models lie.
    pub fn locations(&self) -> Locations {
        Locations { data: self.common.data_dir.clone(), models: self.common.model_dir.clone() }
    }

    /// What a run needs.
    pub fn environment(&self) -> Environment<'_> {
        Environment {
            runs_dir: &self.common.runs_dir,
            cache: &self.cache,
            services: &self.services,
            hub: &self.hub,
        }
    }
}

/// The user's cache folder, by the XDG base directory specification.
fn user_cache() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|h| h.join(".cache")));
    base.map(|base| base.join("triglot"))
}

/// Logs to standard error; `TRIGLOT_LOG` takes directives such as `debug` or `triglot::plugin=trace`.
fn log(quiet: bool) {
    use std::io::IsTerminal;
    let default = if quiet { "error" } else { "warn" };
    let filter = std::env::var("TRIGLOT_LOG").unwrap_or_else(|_| default.to_owned());
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Only the first subscriber of a process stays; there is no second one here.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .without_time()
        .try_init();
}
