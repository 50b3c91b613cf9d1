//! The real data, which lies beside the repository where it is present.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;

fn shared(set: &str) -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data"))
        .find(|folder| folder.join(set).exists());
    if data.is_none() {
        eprintln!("skipped: there is no shared/data/{set} beside the repository");
    }
    data
}

#[test]
fn xquad_r_has_the_published_counts() {
    let Some(data_dir) = shared("xquad-r") else { return };
    let keys = "name = \"x\"\nreader = \"squad\"\npath = \"xquad-r/{lang}.json.gz\"\npassage = \"sentence\"\n";
    let data = evaluate(&data_dir, keys).unwrap();
    let mut pools = BTreeMap::new();
    for language in &data.document_language {
        *pools.entry(data.languages[*language as usize].as_str()).or_insert(0) += 1;
    }
    let expected = [
        ("ar", 1222),
        ("de", 1276),
        ("el", 1234),
        ("en", 1180),
        ("es", 1215),
        ("hi", 1244),
        ("ru", 1219),
        ("th", 852),
        ("tr", 1167),
        ("vi", 1209),
        ("zh", 1196),
    ];
    assert_eq!(pools, BTreeMap::from(expected));
    assert_eq!(
        (data.document_ids.len(), data.query_ids.len(), data.files.len()),
        (13_014, 13_090, 11)
    );
    assert_eq!(data.query_group.iter().max(), Some(&1189));
    for list in &data.judgements {
        let languages = list.iter().map(|(document, _)| data.document_language[*document as usize]);
        assert!(languages.eq(0..11));
    }
}

#[test]
fn squad_dev_parallel_has_the_published_counts() {
    let Some(data_dir) = shared("squad-dev-parallel") else { return };
    let keys = |languages: &str| {
        format!(
            "[[train.data]]\nname = \"s\"\nreader = \"squad\"\npath = \"squad-dev-parallel/{{lang}}.json.gz\"\n\
             passage = \"sentence\"\nlanguages = [{languages}]\n"
        )
    };
    let all = train(&data_dir, &keys("\"en\", \"es\", \"it\", \"sv\", \"id\"")).unwrap();
    let counts: Vec<(&str, usize)> = (all.statistics[0].languages.iter())
        .map(|language| (language.language.as_str(), language.examples))
        .collect();
    assert_eq!(counts, [("en", 8852), ("es", 5848), ("id", 3769), ("it", 6072), ("sv", 4488)]);
    assert_eq!(all.train.rows(), 2 * (8852 + 5848 + 3769 + 6072 + 4488));
    for (language, shared) in [("it", 5671), ("es", 5503), ("sv", 4303), ("id", 3591)] {
        let data = train(&data_dir, &keys(&format!("\"en\", \"{language}\""))).unwrap();
        assert_eq!(data.statistics[0].by_languages[&2], shared, "{language}");
    }
}

#[test]
fn a_holdout_of_real_paragraphs_is_about_the_fraction_asked_for() {
    let Some(data_dir) = shared("squad-dev-parallel") else { return };
    let keys = "[[train.data]]\nname = \"s\"\nreader = \"squad\"\nholdout = 0.05\n\
                path = \"squad-dev-parallel/{lang}.json.gz\"\n";
    let data = train(&data_dir, keys).unwrap();
    let groups = data.statistics[0].groups;
    assert!(groups > 1500, "translations have fused the paragraphs into {groups} groups");
    let held_out = data.holdout.unwrap();
    assert_eq!(held_out.groups(), (groups as f64 * 0.05).round() as usize);
    assert_eq!(held_out.examples(), data.statistics[0].held_out);
}

#[test]
fn ntrex_is_1997_sentences_in_every_language() {
    let Some(data_dir) = shared("ntrex-128.tar.gz") else { return };
    let keys = "[[train.data]]\nname = \"n\"\nreader = \"aligned-lines\"\n\
                path = \"ntrex-128.tar.gz/ntrex/newstest2019-ref.{lang}.txt\"\n\
                groups = \"ntrex-128.tar.gz/ntrex/DOCUMENT_IDS.tsv\"\n";
    let data = train(&data_dir, keys).unwrap();
    let statistics = &data.statistics[0];
    assert_eq!(statistics.by_languages, BTreeMap::from([(127, 1997)]));
    assert!(statistics.languages.iter().all(|language| language.empty_lines == 0));
    // Documents that share a sentence in some language are of one group.
    assert!((100..=123).contains(&statistics.groups), "{}", statistics.groups);
    assert!((0..data.train.rows()).all(|row| !data.train.text(row).contains(['\r', '\n'])));
    assert_eq!(data.files.len(), 1);
}

#[test]
fn tatoeba_is_112_languages_each_beside_english_sentences_of_its_own() {
    let Some(data_dir) = shared("tatoeba-laser-v1.tar.gz") else { return };
    let path = "path = \"tatoeba-laser-v1.tar.gz/tatoeba/v1/tatoeba.{lang}-eng.{side}\"\npivot = \"eng\"\n";
    let keys = format!("name = \"t\"\nreader = \"aligned-lines\"\n{path}");
    let data = evaluate(&data_dir, &format!("{keys}settings = [\"cross-lingual\"]\n")).unwrap();
    assert_eq!((data.languages.len(), data.islands.len(), data.files.len()), (113, 112, 1));
    // No sentence stands twice within a file, so that the pools are as large as the files.
    assert_eq!((data.query_ids.len(), data.document_ids.len()), (177_754, 177_754));
    assert!(data.judgements.iter().all(|judged| judged.len() == 2));
    let largest = data.islands.iter().map(|island| island.documents.len()).max();
    assert_eq!(largest, Some(2000));

    let pairs = train(&data_dir, &format!("[[train.data]]\n{keys}")).unwrap();
    assert_eq!(pairs.statistics[0].by_languages, BTreeMap::from([(2, 88_877)]));
}

#[test]
fn miracl_dev_has_the_published_topics_and_judgements() {
    let Some(data_dir) = shared("miracl-v1.0-dev.tar.gz") else { return };
    // Passages are not published with them: every document that is judged says its id.
    let root = data_dir.join("miracl-v1.0-dev.tar.gz/miracl-v1.0-dev");
    let mut archive = super::super::data_files::DataFiles::default();
    let folder = tempfile::tempdir().unwrap();
    let mut lines = 0;
    for name in archive.names(&root).unwrap() {
        let Some(rest) = name.strip_prefix("qrels.miracl-v1.0-") else { continue };
        let language = rest.strip_suffix("-dev.tsv").unwrap();
        let text = archive.text(&root.join(&name)).unwrap();
        let ids: std::collections::BTreeSet<&str> =
            text.lines().map(|line| line.split('\t').nth(2).unwrap()).collect();
        lines += text.lines().count();
        let corpus: String =
            ids.iter().map(|id| format!("{}\n", json!({"docid": id, "text": id}))).collect();
        std::fs::write(folder.path().join(format!("{language}.jsonl.gz")), gzip(&corpus)).unwrap();
    }
    let keys = format!(
        "name = \"miracl\"\nreader = \"miracl\"\npath = \"miracl-v1.0-dev.tar.gz/miracl-v1.0-dev\"\n\
         settings = [\"monolingual\"]\ncollection = {{ corpus = \"{}/{{lang}}.jsonl\" }}\n",
        folder.path().display()
    );
    let data = evaluate(&data_dir, &keys).unwrap();
    assert_eq!((data.languages.len(), data.islands.len()), (18, 18));
    assert_eq!((data.query_ids.len(), lines), (13_495, 130_408));
    assert_eq!(data.judgements.iter().map(Vec::len).sum::<usize>(), lines);
    let relevant = data.judgements.iter().flatten().filter(|(_, grade)| *grade > 0).count();
    assert_eq!(relevant, 31_119);
    assert!(data.warnings.is_empty(), "{:?}", data.warnings);
    // What shares an id in two languages is not the same question.
    assert_eq!(data.query_group.iter().max(), Some(&13_494));
}
