//! One file of the hub into the cache: begun where an earlier attempt stopped, looked at before it gets its name.
//!
//! A blob has its name only once its bytes are what the hub says they are. Until then they lie in `<etag>.incomplete`,
//! under a lock, and stay there when the connection breaks, the user interrupts or the process dies: whoever comes next
//! asks for the rest.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use super::cache::{ModelFolder, make_folder};
use super::checksum::Etag;
use super::client::{Client, FileFacts};
use super::failure::HubError;
use super::name::HubName;

/// Bytes that are taken from a connection at once.
const PART: usize = 1 << 16;
/// How often a connection may break without a byte in between.
const TRIES: u32 = 5;
/// The wait after the first time; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// A file that is to be had.
pub(super) struct Wanted<'a> {
    /// The model, at a commit.
    pub(super) name: &'a HubName,
    /// The file.
    pub(super) file: &'a str,
    /// What the hub says of it.
    pub(super) facts: &'a FileFacts,
}

/// Who watches a download.
pub(super) trait Watch {
    /// So many bytes of the file are there.
    fn reached(&mut self, bytes: u64);
    /// Whether the user asked to stop.
    fn stopped(&self) -> bool;
}

/// Gets the bytes of a file, unless they are there.
pub(super) fn download(
    wanted: &Wanted<'_>,
    client: &Client,
    model: &ModelFolder,
    watch: &mut dyn Watch,
) -> Result<(), HubError> {
    let etag = &wanted.facts.etag;
    let (blob, part) = (model.blob(etag), model.incomplete(etag));
    make_folder(blob.parent().unwrap_or(&blob))?;
    let _lock = model.lock(etag, &|| watch.stopped())?;
    if blob.is_file() {
        return Ok(());
    }
    let mut continued = true;
    loop {
        let begun = length(&part);
        complete(wanted, client, &part, watch)?;
        let Some(wrong) = wrong(etag, &part, wanted.facts.bytes)? else { break };
        fs::remove_file(&part).map_err(|source| HubError::io("remove", &part, &source))?;
        // What was there before may have been damaged: once more, from the beginning.
        if !continued || begun == 0 {
            let (file, name) = (wanted.file, wanted.name);
            return Err(HubError::Failed(format!(
                "{file} of {name} came damaged and is not kept: {wrong}"
            )));
        }
        continued = false;
    }
    fs::rename(&part, &blob).map_err(|source| HubError::io("write", &blob, &source))
}

/// Adds to `part` what is missing, over as many connections as that takes.
fn complete(
    wanted: &Wanted<'_>,
    client: &Client,
    part: &Path,
    watch: &mut dyn Watch,
) -> Result<(), HubError> {
    let (mut tries, mut wait) = (0, FIRST_WAIT);
    loop {
        let before = length(part);
        let error = match (before, wanted.facts.bytes) {
            (before, Some(bytes)) if before == bytes && part.is_file() => return Ok(()),
            (before, Some(bytes)) if before > bytes => {
                fs::remove_file(part).map_err(|source| HubError::io("remove", part, &source))?;
                continue;
            }
            _ => match connection(wanted, client, part, before, watch) {
                // Without a known length, the end of the connection is the end of the file.
                Ok(()) if wanted.facts.bytes.is_none_or(|bytes| length(part) >= bytes) => {
                    return Ok(());
                }
                Ok(()) => HubError::Failed(format!(
                    "the connection ended after {} bytes of {} of {}",
                    length(part),
                    wanted.file,
                    wanted.name
                )),
                Err(error @ HubError::Failed(_)) => error,
                Err(error) => return Err(error),
            },
        };
        if length(part) > before {
            (tries, wait) = (0, FIRST_WAIT);
        }
        tries += 1;
        if tries >= TRIES {
            let HubError::Failed(why) = error else { return Err(error) };
            let kept = length(part);
            let rest = "and the next time goes on from there";
            return Err(HubError::Failed(format!("{why}; {kept} bytes are kept, {rest}")));
        }
        tracing::debug!("{error}; asking for the rest");
        if watch.stopped() {
            return Err(HubError::Interrupted);
        }
        std::thread::sleep(wait);
        wait *= 2;
    }
}

/// Takes what one connection gives.
fn connection(
    wanted: &Wanted<'_>,
    client: &Client,
    part: &Path,
    before: u64,
    watch: &mut dyn Watch,
) -> Result<(), HubError> {
    let mut bytes = client.bytes(wanted.name, wanted.file, before)?;
    let failed = |source: io::Error| HubError::io("write", part, &source);
    let mut file = File::options().create(true).append(true).open(part).map_err(failed)?;
    if bytes.from < before {
        file.set_len(bytes.from).map_err(failed)?;
    }
    let mut reached = bytes.from;
    let mut buffer = vec![0; PART];
    loop {
        if watch.stopped() {
            return Err(HubError::Interrupted);
        }
        let read = match bytes.reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let what = format!("{} of {}", wanted.file, wanted.name);
                return Err(HubError::Failed(format!("the connection broke at {what}: {error}")));
            }
        };
        file.write_all(buffer.get(..read).unwrap_or_default()).map_err(failed)?;
        reached += read as u64;
        watch.reached(reached);
        // No server gets to fill the disk.
        if wanted.facts.bytes.is_some_and(|bytes| reached > bytes) {
            return Ok(());
        }
    }
}

/// What is wrong with the bytes, if anything is; else they are on the disk for good.
fn wrong(etag: &Etag, part: &Path, bytes: Option<u64>) -> Result<Option<String>, HubError> {
    let failed = |source: io::Error| HubError::io("read", part, &source);
    let found = length(part);
    if let Some(expected) = bytes.filter(|expected| *expected != found) {
        return Ok(Some(format!("it is to have {expected} bytes, and has {found}")));
    }
    let file = File::options().read(true).append(true).create(true).open(part).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(etag.check(file, found).map_err(failed)?.map(|mismatch| mismatch.to_string()))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
