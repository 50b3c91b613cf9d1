//! One library: opened once, its table read and checked, never unloaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use triglot_abi::{self as abi, Sized32};

use super::raw::utf8;
use crate::error::{Diagnostic, Result};

/// What a component does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Draws batches.
    Sampler,
    /// Rewrites training texts.
    Augmenter,
    /// Encodes texts, and learns.
    Backend,
    /// Loss and gradients of a batch.
    Objective,
    /// Values per query of a ranking.
    Metric,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Sampler, Self::Augmenter, Self::Backend, Self::Objective, Self::Metric];

    fn from_raw(kind: u32) -> Option<Self> {
        match kind {
            abi::KIND_SAMPLER => Some(Self::Sampler),
            abi::KIND_AUGMENTER => Some(Self::Augmenter),
            abi::KIND_BACKEND => Some(Self::Backend),
            abi::KIND_OBJECTIVE => Some(Self::Objective),
            abi::KIND_METRIC => Some(Self::Metric),
            _ => None,
        }
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sampler => "sampler",
            Self::Augmenter => "augmenter",
            Self::Backend => "backend",
            Self::Objective => "objective",
            Self::Metric => "metric",
        }
    }

    /// The kind's name after its article.
    pub fn with_article(self) -> String {
        let article = match self {
            Self::Augmenter | Self::Objective => "an",
            Self::Sampler | Self::Backend | Self::Metric => "a",
        };
        format!("{article} {}", self.as_str())
    }
}

/// A component of a library.
#[derive(Debug, Clone)]
pub struct Component {
    /// What it does.
    pub kind: Kind,
    /// Name of its library, the part of `use` before the slash.
    pub library: String,
    /// Its own name, the part after the slash.
    pub id: String,
    /// Version of its library.
    pub version: String,
    /// The minor version of the contract its library was built against.
    pub abi_minor: u32,
    /// One line about it.
    pub summary: String,
    /// JSON Schema of its options.
    pub schema: Value,
    /// Names of the further matrices that every batch has to bring, of an objective.
    pub needs: Vec<String>,
    /// The library's file.
    pub path: PathBuf,
    pub(super) functions: Functions,
}

/// The function table of a component, copied by the rule of growth.
#[derive(Debug, Clone)]
pub(super) enum Functions {
    Sampler(Arc<abi::Sampler>),
    Augmenter(Arc<abi::Augmenter>),
    Backend(Arc<abi::Backend>),
    Objective(Arc<abi::Objective>),
    Metric(Arc<abi::Metric>),
}

impl Component {
    /// `library/component`, as a manifest writes it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.library, self.id)
    }
}

/// Opens the library at `path` and reads its components.
///
/// # Errors
/// A diagnostic that names the file, if it is no library, no plugin, built for another major version, or malformed.
pub(super) fn open(path: &Path) -> Result<Vec<Arc<Component>>> {
    let refuse = |problem: String| Diagnostic::new(problem).file(path);
    // SAFETY: opening a library runs its initialisers; the user named this one as a plugin.
    let library = unsafe { open_now(path) }.map_err(|error| {
        // The system's own words are the cause; the error itself only names the function that failed.
        let cause =
            std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
        refuse(format!("cannot be opened as a plugin library: {cause}"))
    })?;
    // Never unloaded: a library with thread-local destructors must stay.
    let library = Box::leak(Box::new(library));
    // SAFETY: the symbol, where there is one, has the type that its name promises.
    let entry = unsafe { library.get::<abi::Entry>(abi::ENTRY_SYMBOL) };
    let entry = entry.map_err(|_| {
        // SAFETY: the symbols are only looked up, not called.
        let other = (0..=64).find(|major| unsafe {
            library.get::<abi::Entry>(format!("{}{major}", abi::ENTRY_SYMBOL_STEM)).is_ok()
        });
        match other {
            Some(major) => refuse(format!(
                "was built for plugin ABI {major}, this host speaks {}",
                abi::ABI_MAJOR
            ))
            .allowed(format!("a library built against triglot-abi {}.x", abi::ABI_MAJOR)),
            None => refuse("is not a triglot plugin".into())
                .allowed(format!("a library that exports `{}`", abi::ENTRY_SYMBOL)),
        }
    })?;
    // SAFETY: the entry function of the contract, called once while the library is opened.
    let table = unsafe { abi::Plugin::read(entry()) };
    let table = table.ok_or_else(|| refuse("returned no table of components".into()))?;
    // SAFETY: the table is as the contract says.
    unsafe { components(&table, path) }.map_err(|problem| refuse(problem).into())
}

/// Opens a library with every symbol bound, its own visible to nobody else.
///
/// # Safety
/// Runs the library's initialisers.
#[cfg(unix)]
pub(super) unsafe fn open_now(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // The system looks for a bare name elsewhere, and never in the folder of now.
    let bare = path.parent().is_some_and(|folder| folder.as_os_str().is_empty());
    let here = if bare { &Path::new(".").join(path) } else { path };
    // SAFETY: the caller answers for the library's initialisers.
    unsafe { Library::open(Some(here), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

/// Opens a library.
///
/// # Safety
/// Runs the library's initialisers.
#[cfg(not(unix))]
pub(super) unsafe fn open_now(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: the caller answers for the library's initialisers.
    unsafe { libloading::Library::new(path) }
}

/// # Safety
/// `table` is as the contract says.
pub(super) unsafe fn components(
    table: &abi::Plugin,
    path: &Path,
) -> Result<Vec<Arc<Component>>, String> {
    // SAFETY: by contract.
    let (library, version) = unsafe { (utf8(table.name), utf8(table.version)) };
    let library = library.filter(|name| is_name(name)).ok_or("its name is malformed")?;
    let version = version.ok_or("its version is not UTF-8")?;
    // SAFETY: `component_count` pointers by contract.
    let pointers = unsafe { abi::slice(table.components, table.component_count) }
        .ok_or("its list of components is null or misaligned")?;
    let mut components: Vec<Arc<Component>> = Vec::new();
    for (i, pointer) in pointers.iter().enumerate() {
        // SAFETY: by contract each points to a component, or is null, which is checked.
        let raw = unsafe { abi::Component::read(*pointer) };
        let raw = raw.ok_or_else(|| format!("component {i} is null or too short"))?;
        let Some(kind) = Kind::from_raw(raw.kind) else {
            tracing::debug!("{}: component {i} has unknown kind {}", path.display(), raw.kind);
            continue;
        };
        // SAFETY: by contract.
        let (id, description) = unsafe { (utf8(raw.id), utf8(raw.description)) };
        let id =
            id.filter(|id| is_name(id)).ok_or(format!("the id of component {i} is malformed"))?;
        let description: Value = description
            .and_then(|text| serde_json::from_str(&text).ok())
            .ok_or_else(|| format!("the description of `{id}` is not JSON"))?;
        // SAFETY: by contract the table is of the kind that the component says.
        let functions = unsafe { functions(kind, raw.functions) }
            .map_err(|missing| format!("{} `{id}`: {missing}", kind.as_str()))?;
        if components.iter().any(|other| other.kind == kind && other.id == id) {
            return Err(format!("it holds two {}s named `{id}`", kind.as_str()));
        }
        let needs = needs(&description)
            .ok_or_else(|| format!("the `needs` of `{id}` are no list of names"))?;
        components.push(Arc::new(Component {
            kind,
            library: library.clone(),
            id,
            version: version.clone(),
            abi_minor: table.abi_minor,
            summary: description["summary"].as_str().unwrap_or_default().to_owned(),
            needs,
            schema: description.get("options").cloned().unwrap_or(Value::Bool(true)),
            path: path.to_path_buf(),
            functions,
        }));
    }
    Ok(components)
}

/// What a description says that its component needs; `None` if that is malformed.
fn needs(description: &Value) -> Option<Vec<String>> {
    let Some(needs) = description.get("needs") else { return Some(Vec::new()) };
    needs.as_array()?.iter().map(|need| Some(need.as_str()?.to_owned())).collect()
}

/// Copies a function table and checks that what every host needs is there.
///
/// # Safety
/// `table` points to the kind's table.
unsafe fn functions(kind: Kind, table: *const std::ffi::c_void) -> Result<Functions, String> {
    macro_rules! table {
        ($kind:ident: $($needed:ident),+) => {{
            // SAFETY: by contract.
            let table = unsafe { abi::$kind::read(table.cast()) }
                .ok_or("its function table is null or too short")?;
            $(if table.$needed.is_none() {
                return Err(format!("its function `{}` is missing", stringify!($needed)));
            })+
            Ok(Functions::$kind(Arc::new(table)))
        }};
    }
    match kind {
        Kind::Sampler => table!(Sampler: create, destroy, epoch_length, sample),
        Kind::Augmenter => table!(Augmenter: create, destroy, augment),
        Kind::Backend => table!(Backend: create, destroy, info, fingerprint, encode),
        Kind::Objective => table!(Objective: create, destroy, evaluate),
        Kind::Metric => table!(Metric: create, destroy, columns, compute),
    }
}

/// Whether `name` can be that of a library or component: `[a-z0-9][a-z0-9-]*`.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The JSON Schema of a component's description.
pub fn description_schema() -> Value {
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Description of a triglot plugin component",
        "description": "What a component says of itself over the plugin ABI, as JSON text.",
        "type": "object",
        "required": ["summary", "options"],
        "properties": {
            "summary": {
                "description": "One line about what the component does.",
                "type": "string",
            },
            "options": {
                "description": "JSON Schema (2020-12) of the component's options. An option that is a path says \
                    `\"format\": \"path\"`; the host makes it absolute.",
                "$ref": "https://json-schema.org/draft/2020-12/schema",
            },
            "needs": {
                "description": "Of an objective: the names of further matrices that every batch has to bring. \
                    `teacher.query` and `teacher.passage` are what a frozen teacher makes of the texts.",
                "type": "array",
                "items": { "type": "string" },
            },
        },
    })
}
