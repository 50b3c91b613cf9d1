//! Options that name models of the hub: fetched when they are to be used, and from then on a folder at a commit.

use serde_json::Value;

use super::paths::{is_of_hub, option_address, path_options};
use super::{Chosen, Plan};
use crate::error::{Diagnostic, Error, Result};
use crate::hub::{Hub, HubError, HubName};
use crate::manifest::types::Options;
use crate::plugin::{Component, Services};
use crate::progress::Progress;

/// An option that names a model of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromHub {
    /// Its address.
    address: String,
    /// Its key in the manifest, in the form that `--set` takes.
    pub key: String,
    /// The model.
    pub name: HubName,
}

impl Plan {
    /// Every option that names a model of the hub and is not fetched, in the order of the manifest; without those of the
    /// model, where its saved state is loaded and it is not made from them.
    pub fn from_hub(&self, new_model: bool) -> Vec<FromHub> {
        let chosen = self.chosen().into_iter();
        let chosen = chosen.filter(|chosen| new_model || chosen.address != self.model.address);
        chosen.flat_map(|chosen| self.names(chosen)).collect()
    }

    fn names(&self, chosen: &Chosen) -> Vec<FromHub> {
        let names = named(&chosen.component, &chosen.options).filter_map(|(option, text)| {
            let address = option_address(chosen, option);
            let key = self.manifest.key(&address);
            Some(FromHub { address, key, name: HubName::parse(text).ok()? })
        });
        names.collect()
    }

    /// This plan with every model of the hub at hand, downloaded where that is needed, and its commit in the manifest;
    /// `new_model` as in [`Plan::paths`].
    ///
    /// # Errors
    /// If a model cannot be had, with its place in the manifest, or the user interrupts.
    pub fn fetch(
        &self,
        new_model: bool,
        hub: &Hub,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        let mut plan = self.clone();
        for FromHub { address, key, name } in self.from_hub(new_model) {
            let snapshot = hub
                .fetch(&name, services, progress)
                .map_err(|error| self.unfetched(&key, error))?;
            plan.manifest = plan.manifest.with(&address, snapshot.name.to_string().into())?;
            let folder = snapshot.folder.to_string_lossy().into_owned();
            for chosen in plan.models() {
                let at_address = |option: &String| option_address(chosen, option) == address;
                if let Some(option) =
                    chosen.options.keys().find(|option| at_address(option)).cloned()
                {
                    chosen.options.insert(option, folder.clone().into());
                }
            }
            plan.fetched.insert(address, snapshot);
        }
        Ok(plan)
    }

    /// The components that are made from models.
    fn models(&mut self) -> impl Iterator<Item = &mut Chosen> {
        std::iter::once(&mut self.model).chain(&mut self.teacher)
    }

    /// Why a model is not at hand, at the key that names it.
    fn unfetched(&self, key: &str, error: HubError) -> Error {
        match error {
            HubError::Refused { problem, allowed } => {
                Diagnostic { allowed, ..self.manifest.diagnostic(key, problem) }.into()
            }
            HubError::Failed(problem) => {
                Error::failed(self.manifest.diagnostic(key, problem).to_string())
            }
            HubError::Interrupted => Error::Interrupted(error.to_string()),
        }
    }
}

/// The options of a component that would name a model of the hub and are of another form.
pub(super) fn malformed<'a>(
    component: &'a Component,
    options: &'a Options,
) -> impl Iterator<Item = (Vec<String>, Diagnostic)> + 'a {
    named(component, options)
        .filter_map(|(option, text)| Some((vec![option.to_owned()], *HubName::parse(text).err()?)))
}

/// The options of a component that name models of the hub.
fn named<'a>(
    component: &'a Component,
    options: &'a Options,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let text = |option: &'a str| Some((option, options.get(option).and_then(Value::as_str)?));
    let texts = path_options(&component.schema).filter_map(text);
    texts.filter(|(_, text)| is_of_hub(component.kind, text))
}
