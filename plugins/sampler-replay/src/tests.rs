//! Any batches of any corpus come back from a file as they went in; what does not fit is refused by its line.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use triglot_sdk::testkit::{CorpusBuilder, laws, strategies};
use triglot_sdk::{Context, Corpus, Result, Sampler};

use crate::options::{AtEnd, Options};
use crate::replay::File;

/// The rows of a pair.
type Rows = (u32, u32, Vec<u32>);

fn text(corpus: &Corpus<'_>, row: u32) -> Value {
    let row = row as usize;
    let (language, hash) = match row.checked_sub(corpus.rows()) {
        None => (corpus.language[row], corpus.text_hash[row]),
        Some(further) => (corpus.further.language[further], corpus.further.text_hash[further]),
    };
    json!({ "language": corpus.languages[language as usize], "hash": format!("{hash:016x}") })
}

fn line(corpus: &Corpus<'_>, member: &str, pairs: &[Rows]) -> Value {
    let pair = |(query, passage, negatives): &Rows| {
        let negative = |row: &u32| {
            let mut named = text(corpus, *row);
            match (*row as usize).checked_sub(corpus.rows()) {
                None => named["example"] = json!(corpus.example[*row as usize]),
                Some(further) => named["further"] = json!(further),
            }
            named
        };
        json!({
            "id": "for people", "example": corpus.example[*query as usize],
            "query": text(corpus, *query), "passage": text(corpus, *passage),
            "negatives": negatives.iter().map(negative).collect::<Vec<_>>(),
        })
    };
    let pairs: Vec<Value> = pairs.iter().map(pair).collect();
    json!({ "stage": "main", "member": member, "ordinal": 0, "pairs": pairs })
}

fn file(lines: &[Value]) -> (TempDir, Options) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("batches.jsonl");
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, lines.concat()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, Options { path, member: None, stage: None, at_end: AtEnd::Repeat })
}

fn create(options: &Options, corpus: &Corpus<'_>, batch_size: usize) -> Result<File> {
    File::create(options.clone(), corpus, batch_size, &Context::detached(0))
}

/// A pair of the corpus: a query, the passage of any language of its example, any passages as negatives.
fn pair(corpus: &Corpus<'_>, (query, passage, negatives): &(Index, Index, Vec<Index>)) -> Rows {
    let query = 2 * query.index(corpus.rows() / 2);
    let of_example = |row: &usize| corpus.example[*row] == corpus.example[query];
    let passages: Vec<usize> = (1..corpus.rows()).step_by(2).filter(of_example).collect();
    let any = |index: &Index| {
        let pairs = corpus.rows() / 2;
        let passage = index.index(pairs + corpus.further.len());
        if passage < pairs { 2 * passage as u32 + 1 } else { (pairs + passage) as u32 }
    };
    let passage = passages[passage.index(passages.len())];
    (query as u32, passage as u32, negatives.iter().map(any).collect())
}

proptest! {
    #[test]
    fn batches_come_back_from_a_file_in_its_order_whatever_the_seed(
        corpus in strategies::corpora(),
        batches in prop::collection::vec(
            prop::collection::vec(
                (any::<Index>(), any::<Index>(), prop::collection::vec(any::<Index>(), 0..3)), 3,
            ),
            1..6,
        ),
        (seed, picked) in any::<(u64, Option<bool>)>(),
    ) {
        let corpus = corpus.view();
        prop_assume!(corpus.rows() > 0);
        let batches: Vec<Vec<Rows>> =
            batches.iter().map(|b| b.iter().map(|p| pair(&corpus, p)).collect()).collect();
        let member = |batch: usize| if batch.is_multiple_of(2) { "even" } else { "odd" };
        let lines: Vec<Value> =
            batches.iter().enumerate().map(|(i, pairs)| line(&corpus, member(i), pairs)).collect();
        let (_folder, mut options) = file(&lines);
        options.member = picked.map(|even| if even { "even" } else { "odd" }.to_owned());
        let wanted: Vec<&Vec<Rows>> = (0..batches.len())
            .filter(|i| options.member.as_deref().is_none_or(|wanted| wanted == member(*i)))
            .map(|i| &batches[i])
            .collect();
        let fresh = || create(&options, &corpus, 3);
        prop_assert_eq!(fresh().is_ok(), !wanted.is_empty());
        prop_assume!(!wanted.is_empty());
        let epoch = wanted.len() as u64;
        prop_assert_eq!(fresh().unwrap().epoch_length(&corpus), epoch);
        let drawn = laws::sampler::draws(fresh, &corpus, 3, seed, 2 * epoch + 1)?;
        for (batch, wanted) in drawn.iter().zip(wanted.iter().cycle()) {
            for (i, (query, passage, negatives)) in wanted.iter().enumerate() {
                prop_assert_eq!((batch.queries()[i], batch.passages()[i]), (*query, *passage));
                prop_assert_eq!(batch.negatives(i), &negatives[..]);
            }
        }
    }
}

fn small() -> CorpusBuilder {
    CorpusBuilder::new(&["de", "en"]).example(&[0, 1]).example(&[1]).further_passage(0)
}

/// What is said of a file of one good line and this one, changed.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let builder = small();
    let corpus = builder.view();
    let good = line(&corpus, "m", &[(0, 3, vec![]), (4, 5, vec![1, 6])]);
    let mut bad = good.clone();
    change(&mut bad);
    let (folder, options) = file(&[good, bad]);
    let error = create(&options, &corpus, 2).err().unwrap();
    let shown = folder.path().join("batches.jsonl");
    error.message().replace(shown.to_str().unwrap(), "FILE")
}

#[test]
fn what_does_not_fit_the_data_is_named_with_its_line_and_pair() {
    let zero = json!("0000000000000000");
    let said = refusal(|line| line["pairs"][0]["query"]["hash"] = zero.clone());
    assert_eq!(
        said,
        "path: FILE:2: pair 1: the query of example 0 in `de` is another in this data"
    );
    let said = refusal(|line| line["pairs"][1]["passage"]["hash"] = zero.clone());
    assert_eq!(
        said,
        "path: FILE:2: pair 2: the passage of example 1 in `en` is another in this data"
    );
    let said = refusal(|line| line["pairs"][1]["negatives"][1]["hash"] = zero.clone());
    assert_eq!(said, "path: FILE:2: pair 2: passage 0 without a query is another in this data");
    let said = refusal(|line| line["pairs"][1]["negatives"][1]["further"] = json!(7));
    assert_eq!(
        said,
        "path: FILE:2: pair 2: it names passage 7 without a query, and the data has 1"
    );
    let said = refusal(|line| line["pairs"][1]["query"]["language"] = json!("de"));
    assert_eq!(said, "path: FILE:2: pair 2: the data has no example 1 in `de`");
    let said = refusal(|line| line["pairs"][1]["example"] = json!(9));
    assert_eq!(said, "path: FILE:2: pair 2: it names example 9, and the data has 2");
    let said = refusal(|line| line["pairs"][0]["passage"]["language"] = json!("fi"));
    assert_eq!(said, "path: FILE:2: pair 1: it names the language `fi`; the data has de, en");
}

#[test]
fn a_line_that_is_no_batch_of_the_stage_is_named() {
    let said = refusal(|line| line["pairs"].as_array_mut().unwrap().truncate(1));
    assert_eq!(said, "path: FILE:2: 1 pairs; a batch of the stage has 2");
    let said = refusal(|line| *line = json!({ "stage": "main" }));
    assert!(said.starts_with("path: FILE:2: is no batch: missing field `member`"), "{said}");
    let said = refusal(|line| line["pairs"][0]["query"]["hash"] = json!("12"));
    assert!(said.contains("`12` is no hash of 16 hexadecimal digits"), "{said}");
}

#[test]
fn a_choice_without_batches_is_refused_beside_what_there_is() {
    let builder = small();
    let corpus = builder.view();
    let (_folder, options) = file(&[line(&corpus, "m", &[(0, 1, vec![])])]);
    let refused =
        |options: &Options| create(options, &corpus, 1).err().unwrap().message().to_owned();
    let said = refused(&Options { member: Some("n".into()), ..options.clone() });
    assert!(
        said.ends_with("has no batches of the member `n`; it has batches of `m` of stage `main`")
    );
    let said = refused(&Options { path: "/nowhere/at-all.jsonl".into(), ..options });
    assert!(said.starts_with("path: cannot read /nowhere/at-all.jsonl: "), "{said}");
    let (_folder, empty) = file(&[]);
    assert!(refused(&empty).ends_with("has no batches; it is empty"));
}

#[test]
fn the_end_of_the_file_is_an_error_where_that_is_asked_for() {
    let builder = small();
    let corpus = builder.view();
    let (_folder, options) = file(&[line(&corpus, "m", &[(0, 1, vec![])])]);
    let mut sampler = create(&Options { at_end: AtEnd::Error, ..options }, &corpus, 1).unwrap();
    assert!(laws::sampler::draw(&mut sampler, &corpus, 0, 0).is_ok());
    let error = sampler.sample(&corpus, 0, 1, &mut Default::default()).unwrap_err();
    assert!(
        error.message().contains("has 1 batches, and one more is wanted"),
        "{}",
        error.message()
    );
}
