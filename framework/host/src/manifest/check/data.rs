//! Data sets, for training and for evaluation: files, languages, metrics.

use indexmap::IndexMap;

use super::super::address::{self, Place};
use super::super::types::{
    Bm25, DataSet, Evaluation, HOLDOUT, PathPattern, Reader, Setting, ValidationSet,
};
use super::collection::check_collection;
use super::judge::{Judge, Range, is_component, is_name};

/// A data set to train on.
pub(super) fn check_data_set(judge: &mut Judge, set: &DataSet, at: &Place) {
    check_files(judge, set.reader, &set.path, set.languages.as_deref(), at);
    check_pivot(judge, set.reader, &set.path, set.pivot.as_deref(), at);
    check_collection(judge, set.reader, set.collection.as_ref(), at);
    match &set.groups {
        Some(_) if set.reader != Reader::AlignedLines || set.pivot.is_some() => {
            let problem = "only aligned lines without a pivot take their groups from a file";
            judge.wrong(&at.key("groups"), problem);
        }
        _ => {}
    }
    judge.number(set.holdout, &Range::FRACTION_BELOW_ONE, &at.key("holdout"));
    judge.at_least(1, set.limit, &at.key("limit"));
    let at = at.key("user_column");
    match &set.user_column {
        Some(_)
            if set.reader == Reader::Embedded
                || set.reader.is_bitext()
                || set.reader.is_of_collections() =>
        {
            let problem = match set.reader {
                reader if reader.is_bitext() => "a line has no number",
                reader if reader.is_of_collections() => "a judged document has no number",
                _ => "an embedded corpus has no numbers; those of files have, if they hold any",
            };
            judge.wrong(&at, problem);
        }
        Some(name) if name.is_empty() => judge.wrong(&at, "the name of the column is empty"),
        _ => {}
    }
}

/// A data set for a validation loss.
pub(super) fn check_validation_set(judge: &mut Judge, set: &ValidationSet, at: &Place) {
    check_files(judge, set.reader, &set.path, set.languages.as_deref(), at);
    check_pivot(judge, set.reader, &set.path, set.pivot.as_deref(), at);
    check_collection(judge, set.reader, set.collection.as_ref(), at);
    judge.at_least(1, set.limit, &at.key("limit"));
    if set.name == HOLDOUT {
        judge.wrong(&at.key("name"), "`holdout` is what the data sets to train on hold out");
    }
}

/// A data set to measure on.
pub(super) fn check_evaluation(judge: &mut Judge, set: &Evaluation, at: &Place) {
    check_files(judge, set.reader, &set.path, set.languages.as_deref(), at);
    check_pivot(judge, set.reader, &set.path, set.pivot.as_deref(), at);
    check_collection(judge, set.reader, set.collection.as_ref(), at);
    judge.at_least(1, set.limit, &at.key("limit"));
    if let Some(sections) = set.sections {
        let at = at.key("sections");
        judge.at_least(1, sections.words, &at.key("words"));
        judge.at_least(1, sections.stride, &at.key("stride"));
        // A longer stride would leave words out.
        judge.at_most(sections.words, sections.stride.unwrap_or(0), &at.key("stride"));
    }
    let settings = at.key("settings");
    if set.reader.is_bitext() && set.settings != [Setting::CrossLingual] {
        let problem = "of bitext, a line is its own passage: other settings than `cross-lingual` would ask \
                       for what is at hand";
        judge.wrong(&settings, format!("{problem}; write `settings = [\"cross-lingual\"]`"));
    }
    judge.not_empty(&set.settings, "setting", &settings);
    judge.unique(&set.settings, &settings);
    if let Bm25::Tuned(parameters) = set.bm25 {
        let at = at.key("bm25");
        judge.number(parameters.k1, &Range::ABOVE_ZERO_TO_THOUSAND, &at.key("k1"));
        judge.number(parameters.b, &Range::FRACTION, &at.key("b"));
    }
    let metrics = at.key("metrics");
    judge.not_empty(&set.metrics, "metric", &metrics);
    judge.unique(&set.metrics, &metrics);
    for (index, metric) in set.metrics.iter().enumerate().filter(|(_, metric)| !is_metric(metric)) {
        let form = "the form is `name`, `name@k` or `library/name@k`, k from 1 on";
        judge.wrong(&metrics.index(index), format!("found {metric:?}, {form}"));
    }
}

/// Whether a text is `[library/]name[(option=value)][@k]`, with k from 1 on.
fn is_metric(text: &str) -> bool {
    let (name, cutoff) =
        text.rsplit_once('@').map_or((text, None), |(name, cutoff)| (name, Some(cutoff)));
    let with_options = name.strip_suffix(')').and_then(|rest| rest.split_once('('));
    let name = with_options.map_or(name, |(name, _)| name);
    let cutoff_is_right = cutoff.is_none_or(|cutoff| {
        address::is_index(cutoff) && cutoff.parse::<u32>().is_ok_and(|k| k > 0)
    });
    cutoff_is_right && (is_name(name) || is_component(name))
}

/// Reader, path and languages, which have to agree.
fn check_files(
    judge: &mut Judge,
    reader: Reader,
    path: &PathPattern,
    languages: Option<&[String]>,
    at: &Place,
) {
    let codes_at = at.key("languages");
    if let Some(codes) = languages {
        judge.not_empty(codes, "language", &codes_at);
        judge.unique(codes, &codes_at);
        for (index, code) in codes.iter().enumerate() {
            check_code(judge, code, &codes_at.index(index));
        }
    }
    let path_at = at.key("path");
    match path {
        PathPattern::Pattern(pattern) => {
            // Rows of the other readers name their language.
            let unnamed = reader.is_bitext() || matches!(reader, Reader::Squad | Reader::Beir);
            let one_file = unnamed && !pattern.contains("{lang}");
            if pattern.is_empty() {
                judge.wrong(&path_at, "the path is empty");
            } else if one_file && languages.is_none_or(|codes| codes.len() > 1) {
                let problem = "the path holds no `{lang}`, so it is one file and tells one language; \
                               write `{lang}` for the code, or a single language in `languages`";
                judge.wrong(&path_at, problem);
            }
        }
        PathPattern::PerLanguage(_) if reader == Reader::Embedded => {
            judge.wrong(&path_at, "found a table, an embedded corpus is named by one string");
        }
        PathPattern::PerLanguage(paths) => {
            check_paths(judge, paths, &path_at);
            if let Some(codes) = languages {
                for code in paths.keys().filter(|code| !codes.contains(code)) {
                    judge.wrong(&path_at.key(code), format!("`languages` does not list `{code}`"));
                }
                for (index, code) in codes.iter().enumerate() {
                    if !paths.contains_key(code) {
                        judge.wrong(
                            &codes_at.index(index),
                            format!("`path` has no file for `{code}`"),
                        );
                    }
                }
            }
        }
    }
}

/// The pivot, and where its files are to be found: through the placeholder that stands for it, or as that of a language.
fn check_pivot(
    judge: &mut Judge,
    reader: Reader,
    path: &PathPattern,
    pivot: Option<&str>,
    at: &Place,
) {
    let is_bucc = reader == Reader::Bucc;
    let paths: Vec<&String> = match path {
        PathPattern::Pattern(pattern) => vec![pattern],
        PathPattern::PerLanguage(paths) => paths.values().collect(),
    };
    let sides = paths.iter().filter(|path| path.contains("{side}")).count();
    match pivot {
        Some(_) if !reader.is_bitext() => {
            judge.wrong(
                &at.key("pivot"),
                "only the readers `aligned-lines` and `bucc` have a pivot",
            );
        }
        Some(code) => {
            check_code(judge, code, &at.key("pivot"));
            let (is_by_language, is_named) = match path {
                PathPattern::Pattern(pattern) => [pattern.contains("{lang}"); 2].into(),
                PathPattern::PerLanguage(paths) => (true, paths.contains_key(code)),
            };
            if is_bucc && sides < paths.len() {
                let problem = "with the reader `bucc` a path holds `{side}`: the language in its own file, the pivot in \
                               the other, and `gold` in that of the pairs";
                judge.wrong(&at.key("path"), problem);
            } else if sides > 0 && !is_by_language {
                let problem = "the path holds `{side}` and no `{lang}`: the files of every language have names of \
                               their own, or stand in a table of paths";
                judge.wrong(&at.key("path"), problem);
            } else if sides > 0 && sides < paths.len() {
                let problem = "some paths hold `{side}` and some do not: either every language has a file of the pivot \
                               beside its own, or all share one";
                judge.wrong(&at.key("path"), problem);
            } else if sides == 0 && !is_named {
                let problem = format!(
                    "no file of the pivot `{code}`: name one in the table of paths, or write `{{side}}`, which stands \
                     for the language in its own file and for the pivot in the other"
                );
                judge.wrong(&at.key("path"), problem);
            }
        }
        None if is_bucc => {
            judge.wrong(
                &at.key("pivot"),
                "the reader `bucc` needs it: the language of the other file of every pair",
            );
        }
        None if reader.is_bitext() && sides > 0 => {
            judge.wrong(
                &at.key("path"),
                "`{side}` stands for a language or the pivot, and `pivot` names none",
            );
        }
        None => {}
    }
}

pub(super) fn check_paths(judge: &mut Judge, paths: &IndexMap<String, String>, at: &Place) {
    if paths.is_empty() {
        judge.wrong(at, "the table is empty, one path a language is wanted");
    }
    for (code, path) in paths {
        check_code(judge, code, &at.key(code));
        if path.is_empty() {
            judge.wrong(&at.key(code), "the path is empty");
        }
    }
}

fn check_code(judge: &mut Judge, code: &str, at: &Place) {
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let is_code = code.bytes().next().is_some_and(alphanumeric)
        && code.bytes().all(|byte| alphanumeric(byte) || b"-_".contains(&byte));
    if !is_code {
        judge.wrong(at, format!("found {code:?}, a language code is letters, digits, `-` and `_`"));
    }
}
