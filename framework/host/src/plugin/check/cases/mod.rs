//! All cases, one file a concern.

mod augmenter;
mod backend;
mod cancel;
mod corpora;
mod description;
mod edges;
mod folder;
mod growth;
mod law;
mod least;
mod library;
mod memory;
mod metric;
mod objective;
mod options;
mod parameters;
mod repeat;
mod sampler;
mod sizes;

use super::case::Case;

/// Every case there is, in the order in which they are asked.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        library::CASES,
        description::CASES,
        options::CASES,
        sizes::CASES,
        memory::CASES,
        edges::CASES,
        least::CASES,
        repeat::CASES,
        growth::CASES,
        cancel::CASES,
        sampler::CASES,
        law::CASES,
        corpora::CASES,
        augmenter::CASES,
        backend::CASES,
        objective::CASES,
        parameters::CASES,
        metric::CASES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_and_one_line() {
        let mut names: Vec<&str> = all().map(|case| case.name).collect();
        let kebab = |name: &str| {
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(names.iter().all(|name| kebab(name)), "{names:?}");
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for case in all() {
            assert!(!case.about.contains('\n') && !case.about.ends_with('.'), "{}", case.about);
        }
    }
}
