//! Which languages a path with `{lang}` has, by the names of what is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::data_files::DataFiles;
use super::shape::is_language;
use crate::error::Result;

/// Stands for the language code in a path.
pub(super) const PLACEHOLDER: &str = "{lang}";

/// Stands for anything within the name of a file or folder.
const ANYTHING: char = '*';

/// The files that match `pattern`, by language. What cannot be listed holds no match.
pub(super) fn discover(
    data_dir: &Path,
    pattern: &str,
    files: &mut DataFiles,
) -> Result<BTreeMap<String, PathBuf>> {
    let found = shards(data_dir, pattern, files)?.into_iter();
    Ok(found.filter_map(|(language, paths)| Some((language?, paths.into_iter().next()?))).collect())
}

/// The files that match `pattern`, which may hold `{lang}` and `*`: by language, those of a language in the order of
/// their numbers.
pub(super) fn shards(
    data_dir: &Path,
    pattern: &str,
    files: &mut DataFiles,
) -> Result<BTreeMap<Option<String>, Vec<PathBuf>>> {
    let mut found: Vec<(Option<String>, PathBuf)> = vec![(None, data_dir.to_owned())];
    for component in Path::new(pattern).components() {
        let component = component.as_os_str().to_string_lossy();
        if !component.contains([ANYTHING, '{']) {
            found.iter_mut().for_each(|(_, path)| path.push(&*component));
            continue;
        }
        let mut matches = Vec::with_capacity(found.len());
        for (language, path) in found {
            // A code that is known makes a name, and asks for no list of names.
            let known = language.as_ref().map(|code| component.replace(PLACEHOLDER, code));
            match known.filter(|name| !name.contains(ANYTHING)) {
                Some(name) => matches.push((language, path.join(name))),
                None => {
                    for name in files.names(&path)? {
                        if let Some(code) = capture(&component, &name, language.as_deref()) {
                            matches.push((code.map(str::to_owned), path.join(&name)));
                        }
                    }
                }
            }
        }
        found = matches;
    }
    let mut located: BTreeMap<Option<String>, Vec<PathBuf>> = BTreeMap::new();
    for (language, path) in found {
        if files.is_file(&path)? {
            located.entry(language).or_default().push(path);
        }
    }
    let length = |path: &PathBuf| path.as_os_str().len();
    for paths in located.values_mut() {
        paths.sort_by(|a, b| (length(a), a).cmp(&(length(b), b)));
    }
    Ok(located)
}

/// The language code for which `pattern` becomes `name`, `code` where that is known: the shortest, and none where
/// `pattern` has no place for one.
fn capture<'n>(pattern: &str, name: &'n str, code: Option<&'n str>) -> Option<Option<&'n str>> {
    if let Some(rest) = pattern.strip_prefix(PLACEHOLDER) {
        let bound = |code: &'n str| capture(rest, name.strip_prefix(code)?, Some(code));
        return match code {
            Some(code) => bound(code),
            None => {
                let ends = (1..=name.len()).filter_map(|end| name.get(..end));
                ends.take_while(|code| is_language(code)).find_map(bound)
            }
        };
    }
    if let Some(rest) = pattern.strip_prefix(ANYTHING) {
        let mut starts = (0..=name.len()).filter_map(|start| name.get(start..));
        return starts.find_map(|name| capture(rest, name, code));
    }
    match pattern.chars().next() {
        None => name.is_empty().then_some(code),
        Some(first) => capture(pattern.strip_prefix(first)?, name.strip_prefix(first)?, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_yields_the_code_for_which_the_pattern_becomes_it() {
        for (pattern, name, expected) in [
            ("{lang}.json.gz", "en.json.gz", Some(Some("en"))),
            ("{lang}.json", "en.old.json", None),
            ("a-{lang}-{lang}", "a-de-de", Some(Some("de"))),
            ("a-{lang}-{lang}", "a-de-fr", None),
            ("a-{lang}-{lang}", "a-zh-cn-zh-cn", Some(Some("zh-cn"))),
            ("{lang}.json", ".json", None),
            ("é{lang}", "ée", Some(Some("e"))),
            ("a{lang}", "é", None),
            ("{lang}-*.gz", "zho-00000-of-00003.gz", Some(Some("zho"))),
            ("docs-*.gz", "docs-12.gz", Some(None)),
            ("docs-*.gz", "docs-12.gz.part", None),
            ("*", "", Some(None)),
        ] {
            assert_eq!(capture(pattern, name, None), expected, "{pattern} {name}");
        }
        assert_eq!(capture("{lang}-*", "de-1", Some("de")), Some(Some("de")));
        assert_eq!(capture("{lang}-*", "de-1", Some("fr")), None);
    }

    #[test]
    fn shards_come_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["x-en/docs-10.gz", "x-en/docs-9.gz", "x-de/docs-0.gz", "x-de/readme"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let files = &mut DataFiles::default();
        let found = shards(folder.path(), "x-{lang}/docs-*.gz", files).unwrap();
        let names = |language: &str| {
            let paths = &found[&Some(language.to_owned())];
            paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(
            (names("de"), names("en")),
            (vec!["docs-0.gz"], vec!["docs-9.gz", "docs-10.gz"])
        );
        let found = shards(folder.path(), "x-de/docs-*.gz", files).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&None]);
    }

    #[test]
    fn folders_and_files_named_by_language_are_found() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["x/en/en.json", "x/de/de.json", "x/fr/en.json", "x/README"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let files = &mut DataFiles::default();
        let found = discover(folder.path(), "x/{lang}/{lang}.json", files).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["de", "en"]);
        assert_eq!(found["en"], folder.path().join("x/en/en.json"));
        let absolute = folder.path().join("x/{lang}/en.json");
        let found = discover(Path::new("elsewhere"), absolute.to_str().unwrap(), files).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["en", "fr"]);
    }
}
