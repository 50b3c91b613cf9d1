//! `triglot plugins check`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use triglot_host::plan::Locations;
use triglot_host::plugin::check::{
    Aim, Case, Described, Finding, Given, Report, Request, Runner, Verdict, all, libraries, serve,
};
use triglot_host::report::Table;
use triglot_host::{Diagnostic, Error, Result};

use crate::args::Check;
use crate::context::Context;
use crate::terminal;

/// Checks libraries.
///
/// # Errors
/// If the arguments are wrong, or something failed.
pub fn check(context: &Context, args: &Check) -> Result<()> {
    let cases = chosen(&args.only)?;
    if args.list {
        return list(context, &cases);
    }
    let runner = runner(context)?;
    let plan = Plan::new(context, args, &runner, &cases)?;
    let bar = match context.common.quiet {
        true => ProgressBar::hidden(),
        false => ProgressBar::with_draw_target(
            Some(plan.aims.len() as u64),
            ProgressDrawTarget::stderr(),
        ),
    };
    let style = ProgressStyle::with_template("{bar:24} {pos} of {len}  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut report = runner.run(&plan.aims, |finding| {
        bar.set_message(finding.case.clone());
        bar.inc(1);
    });
    bar.finish_and_clear();
    report.add_unopened(&plan.unopened);
    match context.common.json {
        true => terminal::print_json(&report)?,
        false if context.common.quiet => {}
        false => terminal::print(&shown(&report))?,
    }
    match report.count("fail") {
        0 => Ok(()),
        failed => {
            Err(Error::failed(format!("{failed} of {} checks failed", report.findings.len())))
        }
    }
}

/// Asks one question in this process.
///
/// # Errors
/// If the request is none, or cannot be asked.
pub fn check_case(request: &str) -> Result<()> {
    let request: Request = serde_json::from_str(request)
        .map_err(|error| Diagnostic::new(format!("the request is malformed: {error}")))?;
    serve(&request)
}

/// The cases to ask: all, or those that are named.
fn chosen(only: &[String]) -> Result<Vec<&'static Case>> {
    let names: Vec<&str> = all().map(|case| case.name).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(Diagnostic::new(format!("--only: there is no case `{unknown}`"))
            .nearest(unknown, names.iter().copied())
            .allowed("the names that `triglot plugins check --list` shows")
            .into());
    }
    Ok(all().filter(|case| only.is_empty() || only.iter().any(|name| name == case.name)).collect())
}

fn list(context: &Context, cases: &[&Case]) -> Result<()> {
    if context.common.json {
        let object = |case: &&Case| {
            serde_json::json!({
                "case": case.name, "scope": case.scope.phrase(), "about": case.about,
                "limit_seconds": case.limit.as_secs(),
            })
        };
        return terminal::print_json(&cases.iter().map(object).collect::<Vec<_>>());
    }
    let row = |case: &&Case| vec![case.name.to_owned(), case.scope.phrase(), case.about.to_owned()];
    terminal::print_table(&Table {
        header: ["case", "asked of", "what has to hold"].map(str::to_owned).into(),
        rows: cases.iter().map(row).collect(),
        ..Table::default()
    })
}

/// Children are this executable again.
fn runner(context: &Context) -> Result<Runner<impl Fn(&Request) -> Command + Sync + use<>>> {
    let executable = std::env::current_exe()
        .map_err(|error| Error::failed(format!("this executable cannot be found: {error}")))?;
    let command = move |request: &Request| {
        let mut command = Command::new(&executable);
        let request = serde_json::to_string(request).unwrap_or_default();
        command.args(["plugins", "check-case", "--threads", "2", &request]);
        command
    };
    Ok(Runner { command, threads: context.services.threads() })
}

/// What is asked of whom.
struct Plan {
    aims: Vec<Aim>,
    /// Libraries that could not say what they hold, and why.
    unopened: Vec<(PathBuf, String)>,
}

impl Plan {
    fn new(
        context: &Context,
        args: &Check,
        runner: &Runner<impl Fn(&Request) -> Command + Sync>,
        cases: &[&'static Case],
    ) -> Result<Self> {
        let given: Vec<Given> =
            args.options.iter().map(|text| Given::parse(text)).collect::<Result<_>>()?;
        let locations = context.locations();
        let mut plan = Self { aims: Vec::new(), unopened: Vec::new() };
        let mut names = BTreeSet::new();
        for file in libraries(&args.files)? {
            let mut components = match runner.describe(&file) {
                Ok(components) => components,
                Err(problem) => {
                    plan.aims.extend(Aim::at_unopened(&file, cases));
                    plan.unopened.push((file, problem));
                    continue;
                }
            };
            names.extend(components.iter().map(Described::name));
            let wanted = |component: &Described| {
                args.component.is_empty()
                    || args.component.iter().any(|name| component.is_named(name))
            };
            components.retain(wanted);
            plan.add(&file, components, cases, &given, &locations)?;
        }
        let known = |name: &str| {
            names.iter().any(|known| known == name || known.ends_with(&format!("/{name}")))
        };
        let named = args.component.iter().map(String::as_str).chain(given.iter().map(Given::name));
        match named.into_iter().find(|name| !known(name) && plan.unopened.is_empty()) {
            None => Ok(plan),
            Some(unknown) => Err(Diagnostic::new(format!("there is no component `{unknown}`"))
                .nearest(
                    unknown,
                    names
                        .iter()
                        .flat_map(|name| [Some(name.as_str()), name.split('/').nth(1)])
                        .flatten(),
                )
                .allowed(names.iter().cloned().collect::<Vec<_>>().join(", "))
                .into()),
        }
    }

    fn add(
        &mut self,
        file: &Path,
        components: Vec<Described>,
        cases: &[&'static Case],
        given: &[Given],
        locations: &Locations,
    ) -> Result<()> {
        let with_options = |component: Described| {
            let Some(given) = given.iter().find(|given| given.is_for(&component)) else {
                return Ok((component, None));
            };
            let folder =
                std::path::absolute(locations.of(component.kind).unwrap_or(Path::new(".")));
            let folder =
                folder.map_err(|error| Error::failed(format!("no folder to start at: {error}")))?;
            let options = given.options(&component, &folder)?;
            Ok((component, Some(options)))
        };
        let components: Vec<_> = components.into_iter().map(with_options).collect::<Result<_>>()?;
        self.aims.extend(Aim::all(file, &components, cases));
        Ok(())
    }
}

/// The report for a reader: what is well is counted, the rest told.
fn shown(report: &Report) -> String {
    let mut text = String::new();
    for group in report
        .findings
        .chunk_by(|a, b| (&a.file, &a.component, a.kind) == (&b.file, &b.component, b.kind))
    {
        text += &format!("\n{}\n", heading(group));
        for finding in group.iter().filter(|finding| !matches!(finding.verdict, Verdict::Pass(_))) {
            let mut lines = finding.verdict.message().unwrap_or_default().lines();
            let first = lines.next().unwrap_or_default();
            text += &format!("  {}  {}: {first}\n", finding.verdict.as_str(), finding.case);
            text.extend(lines.map(|line| format!("        {line}\n")));
        }
    }
    let counts =
        ["pass", "warn", "fail", "skip"].map(|result| format!("{} {result}", report.count(result)));
    text + &format!("\n{}\n", counts.join(", "))
}

fn heading(group: &[Finding]) -> String {
    let passed = group.iter().filter(|finding| matches!(finding.verdict, Verdict::Pass(_))).count();
    let whom = group.first().map_or_else(String::new, |finding| {
        match (&finding.component, finding.kind) {
            (Some(component), Some(kind)) => format!("{} {component}", kind.as_str()),
            _ => finding.file.display().to_string(),
        }
    });
    format!("{whom}: {passed} of {} passed", group.len())
}
