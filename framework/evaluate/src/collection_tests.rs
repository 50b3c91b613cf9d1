use super::*;

fn strings(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn build(
    documents: &[(&str, u32)],
    queries: &[(&str, u32)],
    judgements: Judgements,
) -> Result<Collection> {
    let (ids, language): (Vec<_>, Vec<_>) =
        documents.iter().map(|&(id, l)| (id.to_string(), l)).unzip();
    let documents = Documents { ids, language };
    let (ids, language): (Vec<_>, Vec<_>) =
        queries.iter().map(|&(id, l)| (id.to_string(), l)).unzip();
    let group = vec![0; ids.len()];
    Collection::new(strings(&["en", "fi"]), documents, Queries { ids, language, group }, judgements)
}

fn judge(lists: &[&[(u32, i32)]]) -> Judgements {
    let list = |list: &&[(u32, i32)]| {
        list.iter().map(|&(document, grade)| Judgement { document, grade }).collect()
    };
    lists.iter().map(list).collect()
}

const DOCUMENTS: &[(&str, u32)] = &[("en:1", 0), ("fi:1", 1)];
const QUERIES: &[(&str, u32)] = &[("en:a", 0), ("fi:a", 1)];

#[test]
fn judgements_are_read_back_per_query() {
    let collection = build(DOCUMENTS, QUERIES, judge(&[&[], &[(0, 1), (1, 2)]])).unwrap();
    assert!(collection.judgements(0).is_empty());
    assert_eq!(collection.judgements(1)[1], Judgement { document: 1, grade: 2 });
    assert!(collection.judgements(2).is_empty());
    assert!(collection.judgements(usize::MAX).is_empty());
}

#[test]
fn a_repeated_id_is_refused_by_name() {
    let error = build(&[("en:1", 0), ("en:1", 1)], QUERIES, judge(&[&[], &[]])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "documents: `en:1` stands there twice; every entry must be unique"
    );
}

#[test]
fn an_unlisted_language_is_refused() {
    let error = build(&[("en:1", 2)], QUERIES, judge(&[&[], &[]])).unwrap_err();
    assert!(matches!(error, Error::Language { found: 2, languages: 2, .. }), "{error}");
}

#[test]
fn columns_of_different_length_are_refused() {
    let documents = Documents { ids: strings(&["en:1"]), language: vec![] };
    let error =
        Collection::new(strings(&["en"]), documents, Queries::default(), judge(&[])).unwrap_err();
    assert_eq!(error.to_string(), "documents: language has 0 entries, expected 1");
}

#[test]
fn a_judgement_past_the_last_document_is_refused() {
    let error = build(DOCUMENTS, QUERIES, judge(&[&[], &[(2, 1)]])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "judgements: query `fi:a` judges document index 2; there are 2 documents"
    );
}

#[test]
fn a_document_judged_twice_is_refused() {
    let error = build(DOCUMENTS, QUERIES, judge(&[&[(1, 1), (1, 2)], &[]])).unwrap_err();
    assert!(matches!(error, Error::Unsorted { ref document, .. } if document == "fi:1"), "{error}");
}

#[test]
fn offsets_must_ascend_from_zero_to_the_number_of_entries() {
    let entries = vec![Judgement { document: 0, grade: 1 }; 2];
    for offsets in [vec![1, 1, 2], vec![0, 3, 2], vec![0, 1, 1], vec![0, 1, 3], vec![0, 2], vec![]]
    {
        let judgements = Judgements { offsets: offsets.clone(), entries: entries.clone() };
        assert!(build(DOCUMENTS, QUERIES, judgements).is_err(), "{offsets:?}");
    }
    let orphans = Judgements { offsets: vec![0], entries };
    assert!(build(DOCUMENTS, &[], orphans).is_err());
}
