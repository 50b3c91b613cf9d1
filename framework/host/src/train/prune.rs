//! Old checkpoints make room for new ones.

use std::path::Path;

use crate::error::Result;
use crate::files;
use crate::journal::Journal;

use super::checkpoint::{FOLDER, by_age};

/// Removes all checkpoints under `checkpoints/` that are older than the newest `keep` up to `step`, but for the `best` ones.
/// The journal says so first: nothing that it has not taken back is ever missing.
///
/// # Errors
/// If the disk or the journal fails.
pub(super) fn prune(
    checkpoints: &Path,
    (step, keep): (u64, usize),
    best: &[u64],
    journal: &mut Journal,
) -> Result<()> {
    // What is newer than the checkpoint just made is damaged, for the run would have gone on from it.
    let made = by_age(checkpoints)?.into_iter().filter(|(made, _)| *made <= step);
    let old = made.rev().skip(keep).filter(|(made, _)| !best.contains(made));
    for (_, folder) in old {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        journal.pruned(&format!("{FOLDER}/{name}"))?;
        files::remove_dir(&folder)?;
    }
    Ok(())
}
