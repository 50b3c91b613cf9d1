//! The parent's side: which questions are asked of whom, each in a child process, several at once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::answer::{Finding, Report, Verdict};
use super::case::{Case, LOADS, Scope};
use super::child::{Described, Request, Task};
use super::process::{self, How};
use crate::error::{Diagnostic, Error};
use crate::manifest::types::Options;
use crate::plugin::discover::named;

/// How long a library may take to say what it holds.
const DESCRIBE_LIMIT: Duration = Duration::from_secs(10);

/// Lines of a child's errors that a finding repeats.
const REPEATED_LINES: usize = 5;

/// The library files that arguments name, each a file or a folder of libraries, each once.
///
/// # Errors
/// If there is nothing at such a place, or no library.
pub fn libraries(places: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for place in places {
        let found = named(place, "`plugins check`")?;
        if found.is_empty() {
            return Err(Diagnostic::new("there is no plugin library here").file(place).into());
        }
        files.extend(found.into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
    }
    Ok(files)
}

/// Asks cases in child processes.
pub struct Runner<C> {
    /// Makes the command that ends in [`super::serve`] for a request.
    pub command: C,
    /// How many children run at once.
    pub threads: usize,
}

/// A case and whom it is asked of.
#[derive(Debug, Clone)]
pub struct Aim {
    /// The library's file.
    pub file: PathBuf,
    /// The component; none for the library as a whole.
    pub component: Option<Described>,
    /// The case.
    pub case: &'static Case,
    /// The options that the user gave for the component.
    pub options: Option<Options>,
}

impl Aim {
    /// All aims of these cases at a library and its components, in order, each with the options given for it.
    pub fn all(
        file: &Path,
        components: &[(Described, Option<Options>)],
        cases: &[&'static Case],
    ) -> Vec<Self> {
        let whole = cases.iter().filter(|case| case.scope == Scope::Library);
        let mut aims: Vec<Self> = whole.map(|case| Self::at_library(file, case)).collect();
        for (component, options) in components {
            let aim = |case: &&'static Case| Self {
                component: Some(component.clone()),
                options: options.clone(),
                ..Self::at_library(file, case)
            };
            aims.extend(cases.iter().filter(|case| case.scope.holds(component.kind)).map(aim));
        }
        aims
    }

    /// The aims at a library that cannot be opened: what every further case found would be that again.
    pub fn at_unopened(file: &Path, cases: &[&'static Case]) -> Vec<Self> {
        let first = cases.iter().find(|case| case.name == LOADS);
        first.map(|case| Self::at_library(file, case)).into_iter().collect()
    }

    fn at_library(file: &Path, case: &'static Case) -> Self {
        Self { file: file.to_owned(), component: None, case, options: None }
    }

    fn task(&self) -> Task {
        Task::Case {
            case: self.case.name.to_owned(),
            component: self.component.as_ref().map(|c| (c.kind, c.id.clone())),
            options: self.options.clone(),
        }
    }
}

impl<C: Fn(&Request) -> Command + Sync> Runner<C> {
    /// What components a library holds.
    ///
    /// # Errors
    /// What became of the child that was to say so.
    pub fn describe(&self, file: &Path) -> Result<Vec<Described>, String> {
        self.child(file, Task::Describe, DESCRIBE_LIMIT).0
    }

    /// Asks all of them; `seen` is told of each finding when it comes, in no order.
    pub fn run(&self, aims: &[Aim], seen: impl Fn(&Finding) + Sync) -> Report {
        let next = AtomicUsize::new(0);
        let findings: Mutex<Vec<(usize, Finding)>> = Mutex::default();
        let work = || {
            while let Some((at, aim)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                aims.get(at).map(|aim| (at, aim))
            } {
                let finding = self.ask(aim);
                seen(&finding);
                findings
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push((at, finding));
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, aims.len().max(1)) {
                scope.spawn(work);
            }
        });
        let mut findings = findings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        findings.sort_by_key(|(at, _)| *at);
        Report { findings: findings.into_iter().map(|(_, finding)| finding).collect() }
    }

    fn ask(&self, aim: &Aim) -> Finding {
        let (verdict, took) = self.child(&aim.file, aim.task(), aim.case.limit);
        Finding {
            file: aim.file.clone(),
            component: aim.component.as_ref().map(Described::name),
            kind: aim.component.as_ref().map(|component| component.kind),
            case: aim.case.name.to_owned(),
            verdict: verdict.unwrap_or_else(Verdict::Fail),
            seconds: took.as_secs_f64(),
        }
    }

    /// The answer of a child, or what became of it.
    fn child<T: DeserializeOwned>(
        &self,
        file: &Path,
        task: Task,
        limit: Duration,
    ) -> (Result<T, String>, Duration) {
        let run = || {
            let answer = tempfile::NamedTempFile::new()?;
            let (file, answer_to) = (file.to_owned(), answer.path().to_owned());
            let command = (self.command)(&Request { file, task, answer: answer_to });
            let ended = process::run(command, limit)?;
            std::fs::read_to_string(answer.path()).map(|text| (ended, text))
        };
        let (ended, answer) = match run() {
            Ok(ended) => ended,
            Err(error) => {
                return (Err(format!("no process could be started: {error}")), Duration::ZERO);
            }
        };
        let problem = match ended.how {
            How::NotInTime => format!("hung: no answer within {} s", limit.as_secs_f64()),
            How::Badly(how) => how,
            How::Well => match serde_json::from_str(&answer) {
                Ok(answer) => return (Ok(answer), ended.took),
                Err(_) => "ended the process with exit code 0 before its answer".to_owned(),
            },
        };
        (Err(with_last_words(problem, &ended.errors)), ended.took)
    }
}

/// A problem, and below it the last lines that the child wrote.
fn with_last_words(problem: String, errors: &str) -> String {
    let lines: Vec<&str> = errors.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().skip(lines.len().saturating_sub(REPEATED_LINES));
    last.fold(problem, |text, line| format!("{text}\n{line}"))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::check::cases;

    /// Asks three cases of a library; the child is a line of shell that knows the case as `$1`, and the file for its
    /// answer as `$2`.
    fn report(script: &'static str) -> Report {
        let command = move |request: &Request| {
            let case = match &request.task {
                Task::Case { case, .. } => case.as_str(),
                Task::Describe => "",
            };
            let mut command = Command::new("sh");
            command.args(["-c", script, "child", case]).arg(&request.answer);
            command
        };
        let cases: Vec<&'static Case> =
            cases::all().filter(|case| case.scope == Scope::Library).collect();
        let aims = Aim::all(Path::new("lib.so"), &[], &cases);
        Runner { command, threads: 2 }.run(&aims, |_| {})
    }

    fn verdicts(report: &Report) -> Vec<&Verdict> {
        report.findings.iter().map(|finding| &finding.verdict).collect()
    }

    #[test]
    fn findings_come_in_the_order_of_the_cases_whichever_child_ends_first() {
        let slow_first = "test $1 = library-loads && sleep 0.3
            echo '{\"result\":\"warn\",\"message\":\"'$1'\"}' > $2";
        let report = report(slow_first);
        let said: Vec<_> =
            report.findings.iter().map(|f| (f.case.as_str(), f.verdict.message())).collect();
        let expected = ["library-loads", "entry-quick", "version-stated"];
        assert_eq!(said, expected.map(|case| (case, Some(case))));
        assert_eq!(report.count("warn"), 3);
    }

    #[test]
    fn a_crash_is_a_failure_with_the_last_words_of_the_child() {
        let report = report("echo first >&2; echo the heap is broken >&2; kill -ABRT $$");
        let failed = Verdict::Fail("crashed with SIGABRT\nfirst\nthe heap is broken".into());
        assert_eq!(verdicts(&report), [&failed; 3]);
    }

    #[test]
    fn a_child_that_ends_well_before_its_answer_has_failed() {
        let failed = Verdict::Fail("ended the process with exit code 0 before its answer".into());
        assert_eq!(verdicts(&report("echo hello")), [&failed; 3]);
    }

    #[test]
    fn an_answer_counts_whatever_the_library_writes_before_and_after_it() {
        let report = report(
            "printf loading...; echo '{\"result\":\"pass\",\"message\":null}' > $2; echo '[]'",
        );
        assert_eq!(verdicts(&report), [&Verdict::PASS; 3]);
    }

    #[test]
    fn an_answer_before_a_crash_does_not_count() {
        let report = report("echo '{\"result\":\"pass\",\"message\":null}' > $2; kill -SEGV $$");
        assert_eq!(verdicts(&report), [&Verdict::Fail("crashed with SIGSEGV".into()); 3]);
    }

    #[test]
    fn a_library_may_hold_very_many_components() {
        let command = |request: &Request| {
            let of = |number: usize| Described {
                kind: crate::plugin::Kind::Metric,
                library: "many".into(),
                id: format!("number-{number}"),
                version: "1.0.0".into(),
                schema: serde_json::json!({ "description": "x".repeat(1000) }),
            };
            let many: Vec<_> = (0..1000).map(of).collect();
            std::fs::write(&request.answer, serde_json::to_string(&many).unwrap()).unwrap();
            Command::new("true")
        };
        let described = Runner { command, threads: 1 }.describe(Path::new("many.so")).unwrap();
        assert_eq!(described.len(), 1000);
    }

    #[test]
    fn of_a_library_that_could_not_be_opened_only_that_is_asked() {
        let cases: Vec<&'static Case> = cases::all().collect();
        let aims = Aim::at_unopened(Path::new("lib.so"), &cases);
        let asked: Vec<_> = aims.iter().map(|aim| (aim.case.name, &aim.component)).collect();
        assert_eq!(asked, [(LOADS, &None)]);
    }

    #[test]
    fn a_library_that_could_not_be_opened_fails_once() {
        let unopened = [("lib.so".into(), "crashed with SIGSEGV".to_owned())];
        let mut report = Report::default();
        report.add_unopened(&unopened);
        report.add_unopened(&unopened);
        assert_eq!(verdicts(&report), [&Verdict::Fail("crashed with SIGSEGV".into())]);
    }
}
