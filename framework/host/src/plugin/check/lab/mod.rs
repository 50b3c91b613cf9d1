//! The laboratory: instances of a component under a host that a case controls, and that sees what they do.
//!
//! A case speaks to an instance in plain values: [`Sampler::sample`] takes two numbers and gives a batch. Below that,
//! every call lends memory between canaries, of struct sizes and with gaps as the [`Manners`] say, and looks at it
//! afterwards. So every case finds a written input or an overrun, whatever it asks for; the cases that are about
//! these only have to drive all functions.

mod augmenter;
mod backend;
mod call;
mod corpus;
mod counts;
mod instance;
mod law;
mod manners;
mod memory;
mod metric;
mod objective;
mod parameters;
mod process;
mod sampler;
mod shelf;
mod texts;
mod transcript;
mod variables;
mod watch;

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::sync::Arc;

use serde_json::Value;
use triglot_abi as abi;

pub use augmenter::Augmenter;
pub use backend::Backend;
pub use call::{Callee, Refusable, Refusal, Trouble};
pub use manners::{ErrorRoom, Manners, Sizes};
pub use metric::Metric;
pub use objective::{Loss, Objective, Wanted};
pub use parameters::Parameters;
pub use process::{Timer, held};
pub use sampler::Sampler;
pub use shelf::enter;
pub use transcript::Transcript;
pub use variables::Variable;
pub use watch::Watch;

use watch::{Services, services};

use super::material::{Corpus, Material};
use super::options::Candidates;
use crate::manifest::types::Options;
use crate::plugin::library::{Component, Functions};
use crate::plugin::raw::Taken;

/// A component in the laboratory, with the options that its instances are made with.
pub struct Lab {
    component: Arc<Component>,
    candidates: Candidates,
    /// The first of the candidates that create took.
    chosen: OnceCell<String>,
    manners: Cell<Manners>,
    seed: Cell<u64>,
    /// The hosts of all instances so far.
    watches: RefCell<Vec<&'static Watch>>,
    /// The host of all instances to come, where they share one.
    shared: Cell<Option<Services>>,
    /// Whether calls are noted while they are made: see [`Callee`].
    noted: bool,
}

/// How many threads a component may use here.
const THREADS: u32 = 2;

impl Lab {
    pub(super) fn new(component: Arc<Component>, given: Option<Options>) -> Self {
        Self {
            candidates: Candidates::of(&component, given),
            component,
            chosen: OnceCell::new(),
            manners: Cell::default(),
            seed: Cell::new(7),
            watches: RefCell::default(),
            shared: Cell::default(),
            noted: true,
        }
    }

    /// Who is called in calls of this laboratory.
    fn callee(&self) -> Callee {
        Callee::new(Arc::clone(&self.component), self.noted)
    }

    /// The component.
    pub fn component(&self) -> &Arc<Component> {
        &self.component
    }

    /// How instances that are made from now on are treated.
    pub fn set_manners(&self, manners: Manners) {
        self.manners.set(manners);
    }

    /// How instances are treated.
    pub fn manners(&self) -> Manners {
        self.manners.get()
    }

    /// Sets the seed with which instances are made from now on.
    pub fn set_seed(&self, seed: u64) {
        self.seed.set(seed);
    }

    fn seed(&self) -> u64 {
        self.seed.get()
    }

    /// Gives all instances to come one host together, which never ends: for cases that make very many of them.
    pub fn share_host(&self) {
        self.shared.set(Some(services(THREADS, &self.manners())));
    }

    /// The host of a new instance.
    fn services(&self) -> Services {
        self.shared.get().unwrap_or_else(|| {
            let services = services(THREADS, &self.manners());
            self.watches.borrow_mut().push(services.watch);
            services
        })
    }

    /// Whether every instance has a host of its own.
    fn hosts_alone(&self) -> bool {
        self.shared.get().is_none()
    }

    /// Whether every host was used as the contract says, those of instances that are gone included.
    ///
    /// # Errors
    /// If one was not.
    pub fn check_hosts(&self) -> Result<(), Trouble> {
        self.watches.borrow().iter().try_for_each(|watch| watch.check())
    }

    /// The table of an optional group, null if there is none; `None` if the component has no such function.
    pub fn extension(&self, name: &str) -> Option<*const c_void> {
        let get = match &self.component.functions {
            Functions::Sampler(functions) => functions.get_extension,
            Functions::Augmenter(functions) => functions.get_extension,
            Functions::Backend(functions) => functions.get_extension,
            Functions::Objective(functions) => functions.get_extension,
            Functions::Metric(functions) => functions.get_extension,
        };
        let text = if name.is_empty() { abi::Str::EMPTY } else { abi::Str::new(name) };
        let _call = self.callee().begin("get_extension");
        // SAFETY: the name lives through the call.
        get.map(|get| unsafe { get(text) })
    }

    /// The same laboratory with other options.
    #[must_use]
    pub fn with_options(&self, options: &Options) -> Self {
        let options = Value::Object(options.clone()).to_string();
        let (manners, seed) = (self.manners(), self.seed());
        let component = Arc::clone(&self.component);
        Twin { component, options, manners, seed, noted: self.noted }.lab()
    }

    /// A second laboratory for another thread: the same component, options, manners and seed. Its calls are not noted.
    ///
    /// # Errors
    /// If no instance can be made.
    pub fn twin(&self) -> Result<Twin, Trouble> {
        Ok(Twin {
            component: Arc::clone(&self.component),
            options: self.options()?.to_owned(),
            manners: self.manners(),
            seed: self.seed(),
            noted: false,
        })
    }

    /// The options that instances are made with, as JSON text: the first of those there are that create takes.
    ///
    /// # Errors
    /// [`Trouble::Skipped`] if it takes none.
    pub fn options(&self) -> Result<&str, Trouble> {
        if let Some(chosen) = self.chosen.get() {
            return Ok(chosen);
        }
        // With the usual manners: a refusal must be because of the options.
        let manners = self.manners.take();
        let chosen = self.candidates.first_taken(|options| self.probe(options));
        self.manners.set(manners);
        let chosen = chosen?;
        Ok(self.chosen.get_or_init(|| chosen))
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// As [`Lab::options`].
    pub fn parsed_options(&self) -> Result<Options, Trouble> {
        let text = self.options()?;
        serde_json::from_str(text)
            .map_err(|error| Trouble::Skipped(format!("the options {text} are no table: {error}")))
    }

    /// Makes an instance with options that need not be sound, and destroys it.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn probe(&self, options: &str) -> Result<(), Trouble> {
        let material = Material::usual();
        match &self.component.functions {
            Functions::Sampler(functions) => {
                Sampler::create(self, functions, options, &material.corpus, material.batch_size)
                    .map(drop)
            }
            Functions::Augmenter(functions) => {
                Augmenter::create(self, functions, options).map(drop)
            }
            Functions::Backend(functions) => Backend::create(self, functions, options).map(drop),
            Functions::Objective(functions) => {
                Objective::create(self, functions, options).map(drop)
            }
            Functions::Metric(functions) => Metric::create(self, functions, options).map(drop),
        }
    }

    /// A sampler over a corpus.
    ///
    /// # Errors
    /// As any call in the laboratory; [`Trouble::Skipped`] if the component is of another kind.
    pub fn sampler(&self, corpus: &Corpus, batch_size: usize) -> Result<Sampler, Trouble> {
        let Functions::Sampler(functions) = &self.component.functions else {
            return Err(self.another_kind());
        };
        Sampler::create(self, functions, self.options()?, corpus, batch_size)
    }

    /// An augmenter.
    ///
    /// # Errors
    /// As [`Lab::sampler`].
    pub fn augmenter(&self) -> Result<Augmenter, Trouble> {
        let Functions::Augmenter(functions) = &self.component.functions else {
            return Err(self.another_kind());
        };
        Augmenter::create(self, functions, self.options()?)
    }

    /// A backend, not yet prepared or loaded.
    ///
    /// # Errors
    /// As [`Lab::sampler`].
    pub fn backend(&self) -> Result<Backend, Trouble> {
        let Functions::Backend(functions) = &self.component.functions else {
            return Err(self.another_kind());
        };
        Backend::create(self, functions, self.options()?)
    }

    /// A backend that is prepared with the usual texts.
    ///
    /// # Errors
    /// As [`Lab::sampler`].
    pub fn ready_backend(&self) -> Result<Backend, Trouble> {
        let backend = self.backend()?;
        backend.prepare(Some(&Material::usual().training_texts))?;
        Ok(backend)
    }

    /// An objective.
    ///
    /// # Errors
    /// As [`Lab::sampler`].
    pub fn objective(&self) -> Result<Objective, Trouble> {
        let Functions::Objective(functions) = &self.component.functions else {
            return Err(self.another_kind());
        };
        Objective::create(self, functions, self.options()?)
    }

    /// A metric.
    ///
    /// # Errors
    /// As [`Lab::sampler`].
    pub fn metric(&self) -> Result<Metric, Trouble> {
        let Functions::Metric(functions) = &self.component.functions else {
            return Err(self.another_kind());
        };
        Metric::create(self, functions, self.options()?)
    }

    fn another_kind(&self) -> Trouble {
        Trouble::Skipped(format!("the component is {}", self.component.kind.with_article()))
    }

    /// The schema of the component's options.
    pub fn schema(&self) -> &Value {
        &self.component.schema
    }
}

/// What it takes to set a laboratory up on another thread.
#[derive(Clone)]
pub struct Twin {
    component: Arc<Component>,
    options: String,
    manners: Manners,
    seed: u64,
    noted: bool,
}

impl Twin {
    /// The laboratory.
    pub fn lab(self) -> Lab {
        Lab {
            candidates: Candidates::none(),
            component: self.component,
            chosen: OnceCell::from(self.options),
            manners: Cell::new(self.manners),
            seed: Cell::new(self.seed),
            watches: RefCell::default(),
            shared: Cell::default(),
            noted: self.noted,
        }
    }
}

/// What a call put into a sink; a mistake there stands above what the component made of being told.
fn taken<T>(call: &str, made: Result<(), Trouble>, taken: Taken<T>) -> Result<Vec<T>, Trouble> {
    let items =
        taken.finish().map_err(|mistake| Trouble::Violated(format!("`{call}`: {mistake}")))?;
    made.map(|()| items)
}
