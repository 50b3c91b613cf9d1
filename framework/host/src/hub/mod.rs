//! Models of the Hugging Face Hub: `hf:owner/name@revision` to a folder on the disk.
//!
//! The cache is the one of Python's client, in its layout and under its locks: what either has downloaded, the other
//! finds. What is asked for (a branch, a tag, nothing at all) becomes a commit when a run begins, and from then on the
//! commit is what the record, the resolved manifest and a resumed run go by. A branch costs one request a run; a commit
//! that is in the cache costs none.
//!
//! The client is our own, a few hundred lines over ureq. `hf-hub`, Hugging Face's crate, was the first choice. Its release
//! 1.0 brings tokio, reqwest and the Xet client, some two hundred crates, and yet begins a broken download anew and compares
//! no checksum: what would be left to gain from it is the names of a few folders. A run has nothing to do but wait for its
//! model, so blocking requests are all it needs.

mod cache;
mod checksum;
mod choice;
mod client;
mod download;
mod failure;
mod name;
mod requests;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::plugin::Services;
use crate::progress::Progress;

use cache::{ModelFolder, Stock};
use choice::{MODULES, choose, holds_weights};
use client::{Client, FileFacts, Listing};
use download::{Wanted, Watch, download};
pub use failure::HubError;
pub use name::HubName;
pub use settings::HubSettings;

/// The hub, and the cache of its models.
pub struct Hub {
    settings: HubSettings,
    client: Client,
    /// What was found, so that all trials of a sweep take one commit.
    found: Mutex<BTreeMap<HubName, Snapshot>>,
}

/// A model of the hub on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name, at a commit.
    pub name: HubName,
    /// Its folder, which may hold other files too.
    pub folder: PathBuf,
    /// The files that it consists of, by their names in the folder, sorted.
    pub files: Vec<String>,
}

impl Hub {
    /// The hub and the cache that the settings name; nothing is asked yet.
    pub fn new(settings: HubSettings) -> Self {
        Self { client: Client::new(&settings), settings, found: Mutex::default() }
    }

    /// The commit of a model that the cache holds, without asking the hub.
    pub fn cached(&self, name: &HubName) -> Option<String> {
        let model = self.model(name).ok()?;
        let commit =
            name.commit().map(str::to_owned).or_else(|| model.commit_of(&name.revision))?;
        model.stock(&commit).may_be_whole().then_some(commit)
    }

    /// The folder of a model, downloaded as far as it is not in the cache.
    ///
    /// # Errors
    /// If there is no such model, it cannot be had, or the user interrupts.
    pub fn fetch(
        &self,
        name: &HubName,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Snapshot, HubError> {
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = found().get(name) {
            return Ok(snapshot.clone());
        }
        let snapshot = self.look(name, services, progress)?;
        found().insert(name.clone(), snapshot.clone());
        Ok(snapshot)
    }

    fn look(
        &self,
        name: &HubName,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Snapshot, HubError> {
        let model = self.model(name)?;
        if let Some(commit) = name.commit() {
            let stock = model.stock(commit);
            if stock.is_whole() {
                return Ok(snapshot(&model, name, commit, stock));
            }
        }
        if self.settings.offline {
            let refused = HubError::refused(
                format!("{name} is not in the cache, and HF_HUB_OFFLINE forbids to download it"),
                "a model that is in the cache, or HF_HUB_OFFLINE=0",
            );
            return self.at_hand(&model, name).ok_or(refused);
        }
        progress.phase(&format!("asking for {name}"));
        match self.client.listing(name, &|| services.cancelled()) {
            Ok(listing) => self.complete(&model, name, &listing, services, progress),
            // A hub that refuses has been heard; what the cache holds is for one that cannot be.
            Err(error @ (HubError::Refused { .. } | HubError::Interrupted)) => Err(error),
            Err(error) => {
                let at_hand = self.at_hand(&model, name).ok_or_else(|| error.clone())?;
                tracing::warn!("{error}; going on with {}, which is in the cache", at_hand.name);
                Ok(at_hand)
            }
        }
    }

    /// What the cache holds of a model, if it may be the whole of it.
    fn at_hand(&self, model: &ModelFolder, name: &HubName) -> Option<Snapshot> {
        let commit = self.cached(name)?;
        let stock = model.stock(&commit);
        if !stock.is_listed {
            tracing::warn!(
                "{name} was downloaded by another program, perhaps in part: what is there is taken for all of it"
            );
        }
        Some(snapshot(model, name, &commit, stock))
    }

    /// Gets what is missing of a commit.
    fn complete(
        &self,
        model: &ModelFolder,
        name: &HubName,
        listing: &Listing,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Snapshot, HubError> {
        let commit = listing.commit.as_str();
        let pinned = name.at(commit);
        let all = || listing.files.iter().map(String::as_str).filter(|file| choice::is_below(file));
        let held = model.held(commit);
        // Which folders belong to the model stands in a file of the model.
        let first = all().filter(|file| *file == MODULES && !held.contains(*file)).collect();
        self.get(model, &pinned, first, services, progress)?;
        let chosen = choose(all(), &model.modules(commit));
        if !holds_weights(chosen.iter().copied()) {
            let problem = format!("{pinned} holds no weights that can be read");
            let allowed = "a model with model.safetensors or pytorch_model.bin, whole or in shards";
            return Err(HubError::refused(problem, allowed));
        }
        let missing = chosen.into_iter().filter(|file| !held.contains(*file)).collect();
        self.get(model, &pinned, missing, services, progress)?;
        // A cache that may only be read is good enough, now that all is there.
        for kept in [model.set_listed(listing), model.set_commit(&name.revision, commit)] {
            kept.unwrap_or_else(|error| tracing::debug!("{error}"));
        }
        Ok(snapshot(model, name, commit, model.stock(commit)))
    }

    /// Gets these files of a commit.
    fn get(
        &self,
        model: &ModelFolder,
        name: &HubName,
        files: Vec<&str>,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<(), HubError> {
        let mut wanted: Vec<(&str, FileFacts)> = Vec::with_capacity(files.len());
        for file in files {
            if services.cancelled() {
                return Err(HubError::Interrupted);
            }
            wanted.push((file, self.client.facts(name, file, &|| services.cancelled())?));
        }
        let (there, absent): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(_, facts)| model.blob(&facts.etag).is_file());
        for (file, facts) in there {
            model.link(&name.revision, file, &facts.etag)?;
        }
        let all = absent.iter().filter_map(|(_, facts)| facts.bytes).sum();
        if !absent.is_empty() {
            progress.download_started(&name.repository, all);
        }
        let mut before = 0;
        for (file, facts) in &absent {
            let mut watch = Watching { progress: &mut *progress, services, before };
            let wanted = Wanted { name, file, facts };
            download(&wanted, &self.client, model, &mut watch)?;
            model.link(&name.revision, file, &facts.etag)?;
            before += facts.bytes.unwrap_or(0);
            progress.downloaded(before);
        }
        Ok(())
    }

    fn model(&self, name: &HubName) -> Result<ModelFolder, HubError> {
        let cache = self.settings.cache.as_ref().ok_or_else(|| {
            let problem = "there is no folder for models of the hub: this user has no home";
            HubError::refused(problem, "a folder in HF_HOME")
        })?;
        let cache = std::path::absolute(cache).unwrap_or_else(|_| cache.clone());
        Ok(ModelFolder::new(&cache, &name.repository))
    }
}

fn snapshot(model: &ModelFolder, name: &HubName, commit: &str, stock: Stock) -> Snapshot {
    let files = stock.files.into_iter().collect();
    Snapshot { name: name.at(commit), folder: model.snapshot(commit), files }
}

/// One of several downloads, as the host's progress sees it.
struct Watching<'a> {
    progress: &'a mut dyn Progress,
    services: &'a Services,
    /// Bytes of the files before it.
    before: u64,
}

impl Watch for Watching<'_> {
    fn reached(&mut self, bytes: u64) {
        self.progress.downloaded(self.before + bytes);
    }

    fn stopped(&self) -> bool {
        self.services.cancelled()
    }
}
