//! The sampler.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};

use triglot_sdk::{Batch, Component, Context, Corpus, Error, Result, Sampler};

use crate::batches::Batches;
use crate::corpus_index::CorpusIndex;
use crate::line::Line;
use crate::options::{AtEnd, Options};

/// How many lines are read between two looks at whether the user wants to stop.
const LISTEN_EVERY: usize = 1024;

/// Batches in the order of a file, whatever the seed.
///
/// Batch `n` is line `n` of those that `stage` and `member` select, which are an epoch. After the last comes the first
/// again, or an error.
pub struct File {
    options: Options,
    batches: Batches,
}

impl Component for File {
    type Options = Options;
    const ID: &'static str = "file";
    const SUMMARY: &'static str =
        "Batches from a file, in its order; `triglot plan M --batches N --write FILE` writes one";
}

impl Sampler for File {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self> {
        let batches = read(&options, corpus, batch_size, context)?;
        Ok(Self { options, batches })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        self.batches.count()
    }

    fn sample(&mut self, _: &Corpus<'_>, _: u64, ordinal: u64, batch: &mut Batch) -> Result<()> {
        let count = self.batches.count();
        if self.options.at_end == AtEnd::Error && ordinal >= count {
            let (path, selection) = (&self.options.path, self.options.selection());
            return Err(Error::failed(format!(
                "{path} has {count} batches{selection}, and one more is wanted; with `at_end = \"repeat\"` the first \
                 comes again"
            )));
        }
        self.batches.put(ordinal % count, batch);
        Ok(())
    }
}

/// Reads the selected batches of the file, and finds their rows.
fn read(
    options: &Options,
    corpus: &Corpus<'_>,
    batch_size: usize,
    context: &Context,
) -> Result<Batches> {
    let path = &options.path;
    // What begins with the option's name, the host says of the option.
    let unreadable = |source| Error::invalid(format!("path: cannot read {path}: {source}"));
    let file = BufReader::new(fs::File::open(path).map_err(unreadable)?);
    let index = CorpusIndex::new(corpus);
    let mut batches = Batches::of_size(batch_size);
    let mut there = BTreeSet::new();
    for (number, line) in file.lines().enumerate() {
        if number % LISTEN_EVERY == 0 && context.host.cancelled() {
            return Err(Error::cancelled());
        }
        let wrong = |problem| Error::invalid(format!("path: {path}:{}: {problem}", number + 1));
        let line = line.map_err(unreadable)?;
        let line: Line = serde_json::from_str(&line)
            .map_err(|source| wrong(format!("is no batch: {source}")))?;
        if !options.selects(&line.stage, &line.member) {
            there.insert((line.stage, line.member));
            continue;
        }
        let pairs = line.pairs.len();
        if pairs != batch_size {
            return Err(wrong(format!("{pairs} pairs; a batch of the stage has {batch_size}")));
        }
        for (pair, named) in line.pairs.iter().enumerate() {
            let rows = index.rows(named);
            batches.push(rows.map_err(|problem| wrong(format!("pair {}: {problem}", pair + 1)))?);
        }
    }
    if batches.count() == 0 {
        let there: Vec<String> =
            there.iter().map(|(stage, member)| format!("`{member}` of stage `{stage}`")).collect();
        let there = match there.is_empty() {
            true => "it is empty".to_owned(),
            false => format!("it has batches of {}", there.join(", ")),
        };
        let selection = options.selection();
        return Err(Error::invalid(format!("path: {path} has no batches{selection}; {there}")));
    }
    Ok(batches)
}
