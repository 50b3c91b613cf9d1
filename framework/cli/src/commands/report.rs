//! `triglot report`.

use std::path::Path;

use triglot_host::report::{self, Format, Texts};
use triglot_host::{Result, files};

use crate::args::{Report, TableFormat};
use crate::context::Context;
use crate::terminal;

/// Gathers a report, and writes or prints what was asked for.
///
/// # Errors
/// If a run cannot be found, or the disk fails.
pub fn report(context: &Context, asked: &Report) -> Result<()> {
    context.settle();
    let texts = if asked.no_texts { Texts::Withheld } else { Texts::Shown };
    let report = report::gather(&context.common.runs_dir, &asked.runs, texts)?;
    for note in &report.notes {
        terminal::note(note);
    }
    let sheets = report::sheets(&report);
    if let Some(format) = asked.format {
        let format = match format {
            TableFormat::Markdown => Format::Markdown,
            TableFormat::Latex => Format::Latex,
            TableFormat::Csv => Format::Csv,
        };
        let texts: Vec<String> = sheets.iter().map(|sheet| sheet.render(format)).collect();
        terminal::print(&texts.join("\n"))?;
    }
    if let Some(folder) = &asked.tables {
        let written = report::write_sheets(&sheets, folder)?;
        if !context.common.quiet {
            terminal::note(&format!("{} tables in {}", written.len(), folder.display()));
        }
    }
    if context.common.json {
        terminal::print_json(&report)?;
    }
    let asked_for_more = context.common.json || asked.tables.is_some() || asked.format.is_some();
    let default = (!asked_for_more).then_some(Path::new("report.html"));
    if let Some(path) = asked.out.as_deref().or(default) {
        files::write_atomic(path, report::page(&report).as_bytes())?;
        if !context.common.quiet {
            terminal::note(&format!("the report is {}", path.display()));
        }
    }
    Ok(())
}
