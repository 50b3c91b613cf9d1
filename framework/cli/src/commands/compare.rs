//! `triglot runs compare`.

use triglot_host::report::{self, Question, Runs};
use triglot_host::{Diagnostic, Result, run::RunRecord};

use crate::args::Compare;
use crate::context::Context;
use crate::terminal;

/// Shows metrics of runs side by side or, asked for some, whether the runs differ in them.
///
/// # Errors
/// If a run cannot be found or read, or runs cannot be compared.
pub fn compare(context: &Context, args: Compare) -> Result<()> {
    let (dir, json) = (&context.common.runs_dir, context.common.json);
    let mut runs = Runs::new();
    let bm25 = args.runs.iter().any(|named| named == report::BM25);
    for named in args.runs.iter().filter(|named| *named != report::BM25) {
        runs.extend(report::choose(dir, named)?);
    }
    if args.metric.is_empty() {
        let records: Vec<RunRecord> = runs.into_iter().map(|(_, record)| record).collect();
        if records.len() + usize::from(bm25) < 2 {
            let problem = "there is one run, and nothing to compare it with";
            return Err(Diagnostic::new(problem).into());
        }
        return match json {
            true => terminal::print_json(&records),
            false => terminal::print_table(&report::compare_runs(&records)),
        };
    }
    let question = Question {
        metrics: args.metric,
        set: args.data_set,
        setting: args.setting,
        test: args.test,
        correction: args.correction,
        alpha: args.alpha,
        bm25,
        baseline: args.baseline,
    };
    let found = report::significance(dir, runs, &question)?;
    match json {
        true => terminal::print_json(&found),
        false => report::significance_tables(&found).iter().try_for_each(terminal::print_table),
    }
}
