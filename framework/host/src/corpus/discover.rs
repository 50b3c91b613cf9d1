//! Which languages a path with `{lang}` has, by the names of what is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::data_files::DataFiles;
use super::shape::is_language;
use crate::error::Result;

/// Stands for the language code in a path.
pub(super) const PLACEHOLDER: &str = "{lang}";

/// The files that match `pattern`, by language. What cannot be listed holds no match.
pub(super) fn discover(
    data_dir: &Path,
    pattern: &str,
    files: &mut DataFiles,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut found: Vec<(Option<String>, PathBuf)> = vec![(None, data_dir.to_owned())];
    for component in Path::new(pattern).components() {
        let component = component.as_os_str().to_string_lossy();
        if !component.contains(PLACEHOLDER) {
            found.iter_mut().for_each(|(_, path)| path.push(&*component));
            continue;
        }
        let mut matches = Vec::with_capacity(found.len());
        for (language, path) in found {
            let codes = match language {
                Some(code) => vec![code],
                None => {
                    let names = files.names(&path)?;
                    names.iter().filter_map(|name| capture(&component, name)).collect()
                }
            };
            matches.extend(codes.into_iter().map(|code| {
                let path = path.join(component.replace(PLACEHOLDER, &code));
                (Some(code), path)
            }));
        }
        found = matches;
    }
    let mut located = BTreeMap::new();
    for (language, path) in found {
        if let Some(language) = language
            && files.is_file(&path)?
        {
            located.insert(language, path);
        }
    }
    Ok(located)
}

/// The language code for which `component` becomes `name`.
fn capture(component: &str, name: &str) -> Option<String> {
    let times = component.matches(PLACEHOLDER).count();
    let literal = component.len() - times * PLACEHOLDER.len();
    let length = name.len().checked_sub(literal)?.checked_div(times)?;
    let start = component.find(PLACEHOLDER)?;
    let code = name.get(start..start + length)?;
    (is_language(code) && component.replace(PLACEHOLDER, code) == name).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_yields_the_code_for_which_the_pattern_becomes_it() {
        assert_eq!(capture("{lang}.json.gz", "en.json.gz").as_deref(), Some("en"));
        assert_eq!(capture("{lang}.json", "en.old.json"), None);
        assert_eq!(capture("a-{lang}-{lang}", "a-de-de").as_deref(), Some("de"));
        assert_eq!(capture("a-{lang}-{lang}", "a-de-fr"), None);
        assert_eq!(capture("{lang}.json", ".json"), None);
        assert_eq!(capture("é{lang}", "ée").as_deref(), Some("e"));
        assert_eq!(capture("a{lang}", "é"), None);
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
