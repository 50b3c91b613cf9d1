//! The files of a setting: for every group its ranking (TREC run, gzip), its qrels and its values per query (CSV).

use std::io::BufWriter;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use triglot_evaluate::{Collection, GroupRun, SettingRun, write_qrels, write_run, write_values};

use crate::error::{Error, Result};
use crate::files;
use crate::plugin::{Column, Services};

/// Writes the files of every group into `folder`, rankings under the name `tag`, groups dealt to threads; no file depends on how many.
///
/// # Errors
/// If the disk fails, or the user interrupts.
pub fn write(
    folder: &Path,
    collection: &Collection,
    run: &SettingRun,
    columns: &[(Column, Vec<f64>)],
    tag: &str,
    services: &Services,
) -> Result<()> {
    files::create_dir_all(folder)?;
    let mut starts = vec![0];
    for group in &run.groups {
        starts.push(starts[starts.len() - 1] + group.queries.len());
    }
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = run.groups.get(at) else { break };
            let range = starts[at]..starts[at + 1];
            let written = match services.cancelled() {
                true => Err(Error::interrupted()),
                false => write_group(folder, collection, (group, range), columns, tag),
            };
            if let Err(error) = written
                && let Ok(mut failure) = failure.lock()
            {
                failure.get_or_insert(error);
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..services.threads().min(run.groups.len()) {
            // A thread that the system refuses makes the writing slower, and nothing else.
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    match failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

fn write_group(
    folder: &Path,
    collection: &Collection,
    (group, range): (&GroupRun, std::ops::Range<usize>),
    columns: &[(Column, Vec<f64>)],
    tag: &str,
) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|(column, _)| column.name.as_str()).collect();
    let values: Vec<f64> =
        range.flat_map(|query| columns.iter().map(move |(_, values)| values[query])).collect();
    let file = |extension: &str| folder.join(format!("{}.{extension}", group.name));
    let create = |path: &Path| {
        let made = std::fs::File::create_new(path);
        made.map(BufWriter::new).map_err(|source| Error::io("create", path, &source))
    };
    let failed = |path: &Path, source: triglot_evaluate::Error| {
        Error::failed(format!("cannot write {}: {source}", path.display()))
    };
    let path = file("trec.gz");
    write_run(create(&path)?, collection, group, tag).map_err(|source| failed(&path, source))?;
    let path = file("qrels");
    write_qrels(create(&path)?, collection, group).map_err(|source| failed(&path, source))?;
    let path = file("csv");
    write_values(create(&path)?, collection, group, &names, &values)
        .map_err(|source| failed(&path, source))
}
