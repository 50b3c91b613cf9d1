//! Collections: documents, queries and judgements in files of their own.

use super::*;
use crate::corpus::Island;

const BEIR: &str = "name = \"c\"\nreader = \"beir\"\npath = \"c\"\nlanguages = [\"en\"]\nsettings = [\"monolingual\"]\n";
const CORPUS: &str = "{\"_id\":\"d1\",\"title\":\"One\",\"text\":\"first\"}\n{\"_id\":\"d2\",\"title\":\"\",\"text\":\"second\"}\n\
                      {\"_id\":\"d3\",\"title\":\"\",\"text\":\"\",\"metadata\":{}}\n";
const QUERIES: &str = "{\"_id\":\"q1\",\"text\":\"which?\"}\n{\"_id\":\"q2\",\"text\":\"what?\"}\n{\"_id\":\"q3\",\"text\":\"unasked?\"}\n";
const QRELS: &str = "query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t0\nq2\td1\t1\n";

fn beir<'a>(corpus: &'a str, queries: &'a str, qrels: &'a str) -> [(&'a str, &'a str); 3] {
    [("c/corpus.jsonl", corpus), ("c/queries.jsonl", queries), ("c/qrels/test.tsv", qrels)]
}

fn problem(files: &[(&str, &str)], keys: &str) -> String {
    let folder = folder(files);
    let error = evaluate(folder.path(), keys).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

#[test]
fn a_folder_of_beir_is_read_as_published_packed_or_not() {
    let plain = folder(&beir(CORPUS, QUERIES, QRELS));
    let data = evaluate(plain.path(), BEIR).unwrap();
    assert_eq!(data.languages, ["en"]);
    assert_eq!(data.document_ids, ["en:d1", "en:d2", "en:d3"]);
    assert_eq!(data.document_texts, ["One first", "second", ""]);
    assert_eq!(data.query_ids, ["en:q1", "en:q2"]);
    assert_eq!(data.query_texts, ["which?", "what?"]);
    assert_eq!(data.judgements, [vec![(0, 0), (1, 2)], vec![(0, 1)]]);
    assert_eq!((data.query_group.as_slice(), data.files.len()), (&[0, 1][..], 3));
    assert_eq!(data.islands, [Island { languages: vec![0], documents: 0..3, queries: 0..2 }]);
    assert!(data.warnings.is_empty());

    let corpus = format!("\u{feff}{}", CORPUS.replace('\n', "\r\n"));
    let packed = folder(&[
        ("c/corpus.jsonl.gz", &corpus),
        ("c/queries.jsonl.gz", &QUERIES.replace('\n', "\r\n")),
        ("c/qrels/test.tsv.gz", &QRELS.replace('\n', "\r\n").replace('\t', " \t")),
    ]);
    let again = evaluate(packed.path(), BEIR).unwrap();
    assert_eq!(EvaluationData { files: data.files.clone(), ..again }, data);
}

#[test]
fn the_split_and_the_keys_of_a_passage_can_be_chosen() {
    let mut files = beir(CORPUS, QUERIES, QRELS);
    files[2].0 = "c/qrels/dev.tsv";
    let keys = format!("{BEIR}collection = {{ split = \"dev\", fields = [\"title\"] }}\n");
    let data = evaluate(folder(&files).path(), &keys).unwrap();
    assert_eq!(data.document_texts, ["One", "", ""]);
    let missing = problem(&files, BEIR);
    assert!(missing.contains("`evaluate.c.path`: there is no file of judgements"), "{missing}");
    assert!(missing.contains("DATA/c/qrels/test.tsv, DATA/c/qrels/test.tsv.gz"), "{missing}");
}

#[test]
fn a_limit_takes_queries_and_the_documents_judged_for_them() {
    let folder = folder(&beir(CORPUS, QUERIES, QRELS));
    let data = evaluate(folder.path(), &format!("{BEIR}limit = 1\n")).unwrap();
    assert_eq!(data.query_ids.len(), 1);
    let judged: Vec<&str> = data.judgements[0]
        .iter()
        .map(|(document, _)| &*data.document_ids[*document as usize])
        .collect();
    assert_eq!(judged, data.document_ids);
    assert_eq!(data.document_ids.len(), if data.query_ids[0] == "en:q1" { 2 } else { 1 });
}

#[test]
fn a_document_that_the_corpus_does_not_hold_is_left_out_and_told() {
    let qrels = format!("{QRELS}q2\tgone\t1\nq2\tlost\t0\n");
    let data = evaluate(folder(&beir(CORPUS, QUERIES, &qrels)).path(), BEIR).unwrap();
    assert_eq!(data.judgements, [vec![(0, 0), (1, 2)], vec![(0, 1)]]);
    assert_eq!(
        data.warnings,
        [
            "c: of 3 judgements as relevant 1 name a document that the corpus as read does not hold, `gone` of the query \
          `q2` for one; they are left out"
        ]
    );
    let message = problem(&beir(CORPUS, QUERIES, "q1 0 gone 1\n"), BEIR);
    assert!(
        message.contains("none of the 1 relevant documents is among the 3 of the corpus"),
        "{message}"
    );
}

#[test]
fn what_is_wrong_with_a_file_names_it_and_the_line() {
    let long = format!("{CORPUS}{{\"_id\":\"d1\",\"text\":\"x\"}}\n");
    let twice = format!("{QUERIES}{{\"_id\":\"q1\",\"text\":\"x\"}}\n");
    for (files, expected) in [
        (
            beir(CORPUS, QUERIES, "q9\td1\t1\n"),
            "DATA/c/qrels/test.tsv:1: there is no query `q9` of the language `en`",
        ),
        (
            beir(CORPUS, QUERIES, "q1\td1\tgood\n"),
            "DATA/c/qrels/test.tsv:1: the grade of `d1` for the query `q1` is `good`",
        ),
        (
            beir(CORPUS, QUERIES, "q1 d1 1\nq1 0 d2 1\n"),
            "DATA/c/qrels/test.tsv:2: the line has 4 columns, the lines before",
        ),
        (
            beir(CORPUS, QUERIES, "q1 d1 1\nq1 d1 2\n"),
            "DATA/c/qrels/test.tsv:2: the document `d1` has the grade 2",
        ),
        (
            beir(CORPUS, QUERIES, "query-id\tcorpus-id\tscore\n"),
            "DATA/c/qrels/test.tsv: there is no judgement in the file",
        ),
        (
            beir(CORPUS, QUERIES, "q1 d1 0\nq2 d1 -2\n"),
            "no judgement says that a document is relevant",
        ),
        (beir("", QUERIES, QRELS), "DATA/c/corpus.jsonl: there is no document in the file"),
        (
            beir(CORPUS, "", QRELS),
            "DATA/c/queries.jsonl: there is no query of a language that is wanted in the file",
        ),
        (beir(&long, QUERIES, QRELS), "DATA/c/corpus.jsonl:4: the document `d1` stands twice"),
        (beir(CORPUS, &twice, QRELS), "DATA/c/queries.jsonl:4: the query `q1` stands twice"),
        (beir("{\"_id\": d1}\n", QUERIES, QRELS), "DATA/c/corpus.jsonl:1: malformed JSON"),
        (
            beir("{\"_id\":\"d 1\",\"text\":\"\"}\n", QUERIES, QRELS),
            "DATA/c/corpus.jsonl:1: the id \"d 1\" is empty or holds white space",
        ),
        (
            beir("{\"id\":\"d1\"}\n", QUERIES, QRELS),
            "DATA/c/corpus.jsonl:1: none of the keys title, text is there; found: id",
        ),
    ] {
        let message = problem(&files, BEIR);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_setting_with_nothing_to_find_is_refused_with_those_that_have() {
    let keys = BEIR.replace("settings = [\"monolingual\"]\n", "");
    let message = problem(&beir(CORPUS, QUERIES, QRELS), &keys);
    assert!(
        message.contains("in the setting `cross-lingual` there is nothing to find"),
        "{message}"
    );
    assert!(message.ends_with("settings = [\"monolingual\", \"multilingual\"]"), "{message}");
}

#[test]
fn miracl_s_languages_are_collections_of_their_own() {
    let line = |id: &str, text: &str| {
        format!("{{\"docid\":\"{id}\",\"title\":\"t\",\"text\":\"{text}\"}}\n")
    };
    let (one, two, ten) = (line("1#0", "yksi"), line("2#0", "kaksi"), line("9#0", "kymmenen"));
    let sw = line("1#0", "moja");
    let files = [
        ("m/miracl-corpus-v1.0-fi/docs-0.jsonl", one.as_str()),
        ("m/miracl-corpus-v1.0-fi/docs-1.jsonl.gz", &two),
        ("m/miracl-corpus-v1.0-fi/docs-2.jsonl", &ten),
        ("m/miracl-corpus-v1.0-sw/docs-0.jsonl.gz", &sw),
        ("m/miracl-v1.0-fi/topics/topics.miracl-v1.0-fi-dev.tsv", "4\tmikä?\n"),
        ("m/miracl-v1.0-fi/qrels/qrels.miracl-v1.0-fi-dev.tsv", "4\tQ0\t1#0\t0\n4\tQ0\t2#0\t1\n"),
        ("m/topics.miracl-v1.0-sw-dev.tsv", "4\tnini?\n"),
        ("m/qrels.miracl-v1.0-sw-dev.tsv", "4\tQ0\t1#0\t1\n"),
    ];
    let keys = "name = \"m\"\nreader = \"miracl\"\npath = \"m\"\n";
    let folder = folder(&files);
    let mono = format!("{keys}settings = [\"monolingual\"]\n");
    let data = evaluate(folder.path(), &mono).unwrap();
    assert_eq!(data.document_ids, ["fi:1#0", "fi:2#0", "fi:9#0", "sw:1#0"]);
    assert_eq!(data.document_texts[2], "t kymmenen");
    assert_eq!(data.query_ids, ["fi:4", "sw:4"]);
    assert_eq!(data.query_group, [0, 1]);
    assert_eq!(data.judgements, [vec![(0, 0), (1, 1)], vec![(3, 1)]]);
    let island =
        |language, documents, queries| Island { languages: vec![language], documents, queries };
    assert_eq!(data.islands, [island(0, 0..3, 0..1), island(1, 3..4, 1..2)]);

    let both =
        evaluate(folder.path(), &format!("{keys}settings = [\"monolingual\", \"multilingual\"]\n"))
            .unwrap();
    assert_eq!(both.islands, [both.whole()]);
    let finnish = evaluate(folder.path(), &format!("{mono}languages = [\"fi\"]\n")).unwrap();
    assert_eq!((finnish.languages, finnish.document_ids.len()), (vec!["fi".to_owned()], 3));
    let error =
        evaluate(folder.path(), &format!("{mono}languages = [\"fi\", \"yo\"]\n")).unwrap_err();
    assert!(error.to_string().contains("no data of the language `yo`"), "{error}");
}

#[test]
fn a_shard_that_is_missing_or_empty_or_there_in_both_forms_is_refused() {
    let document = |id: &str| format!("{{\"docid\":\"{id}\",\"text\":\"t\"}}\n");
    let (one, two) = (document("1"), document("2"));
    let said = |names: [&str; 2], second: &str| {
        let [first, next] = names.map(|name| format!("m/miracl-corpus-v1.0-fi/{name}"));
        let files = [
            (first.as_str(), one.as_str()),
            (&next, second),
            ("m/topics.miracl-v1.0-fi-dev.tsv", "4\tmikä?\n"),
            ("m/qrels.miracl-v1.0-fi-dev.tsv", "4\tQ0\t1\t1\n"),
        ];
        let keys =
            "name = \"m\"\nreader = \"miracl\"\npath = \"m\"\nsettings = [\"monolingual\"]\n";
        problem(&files, keys)
    };
    let gap = said(["docs-0.jsonl", "docs-2.jsonl.gz"], &two);
    assert!(gap.contains("DATA/m/miracl-corpus-v1.0-fi: `docs-1.jsonl` is missing"), "{gap}");
    let twice = said(["docs-0.jsonl", "docs-0.jsonl.gz"], &one);
    let both = ["docs-0.jsonl ", "docs-0.jsonl.gz"];
    assert!(both.iter().all(|name| twice.contains(name)), "{twice}");
    let empty = said(["docs-0.jsonl", "docs-1.jsonl"], "\n");
    assert!(empty.contains("docs-1.jsonl: there is no document in the file"), "{empty}");
}

#[test]
fn mr_tydi_is_read_from_its_archives_under_short_codes() {
    let docs = gzip("{\"id\":\"1#0\",\"contents\":\"t\\n\\nyksi\"}\n");
    let files = [
        ("mrtydi-v1.1-finnish/collection/docs.jsonl.gz", docs.as_slice()),
        ("mrtydi-v1.1-finnish/topic.test.tsv", b"0\tmika?\n"),
        ("mrtydi-v1.1-finnish/qrels.test.txt", b"0 Q0 1#0 1\n"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("mrtydi-v1.1-finnish.tar.gz");
    std::fs::write(archive, archives::packed(&archives::tar(&files))).unwrap();
    let keys = "name = \"m\"\nreader = \"mr-tydi\"\npath = \"\\u002e\"\nsettings = [\"monolingual\"]\nlanguages = [\"fi\"]\n";
    let data = evaluate(folder.path(), keys).unwrap();
    assert_eq!(
        (data.languages, data.document_texts),
        (vec!["fi".to_owned()], vec!["t\n\nyksi".to_owned()])
    );
    assert_eq!((data.query_ids, data.files.len()), (vec!["fi:0".to_owned()], 1));
}

#[test]
fn mr_tydi_is_read_as_the_hub_has_it() {
    let folder = folder(&[
        (
            "m/mrtydi-v1.1-swahili/corpus.jsonl.gz",
            "{\"docid\":\"1#0\",\"title\":\"t\",\"text\":\"moja\"}\n",
        ),
        ("m/mrtydi-v1.1-swahili/ir-format-data/topics.dev.txt", "7\tnini?\n"),
        ("m/mrtydi-v1.1-swahili/ir-format-data/qrels.dev.txt", "7\tQ0\t1#0\t1\n"),
    ]);
    let keys = "name = \"m\"\nreader = \"mr-tydi\"\npath = \"m\"\nsettings = [\"monolingual\"]\n";
    let data =
        evaluate(folder.path(), &format!("{keys}collection = {{ split = \"dev\" }}\n")).unwrap();
    assert_eq!((data.query_ids, data.document_texts), (vec!["sw:7".into()], vec!["t moja".into()]));
}

const TREC: &str = "name = \"n\"\nreader = \"trec\"\npath = \"n\"\n";

fn neuclir() -> TempDir {
    let topics = r#"{"topic_id":"7","topics":[{"lang":"eng","source":"original","topic_title":"ice"},
        {"lang":"zho","source":"human translation","topic_title":"冰"}]}
        {"topic_id":"8","topics":[{"lang":"eng","source":"original","topic_title":"sea"}]}"#;
    folder(&[
        (
            "n/zho-0.jsonl.gz",
            "{\"id\":\"a\",\"title\":\"z\",\"text\":\"1\"}\n{\"id\":\"b\",\"title\":\"z\",\"text\":\"2\"}\n",
        ),
        ("n/rus-0.jsonl.gz", "{\"id\":\"c\",\"title\":\"r\",\"text\":\"1\"}\n"),
        ("n/topics.jsonl", &topics.replace(",\n", ",")),
        ("n/qrels.zho", "7 0 a 3\n7 0 b 0\n8 0 b 1\n"),
        ("n/qrels.rus", "7 0 c 1\n"),
        ("n/qrels.all", "7 0 a 3\n7 0 b 0\n8 0 b 1\n7 0 c 1\n"),
    ])
}

#[test]
fn trec_s_topics_ask_for_documents_of_all_languages() {
    let folder = neuclir();
    let parts = |qrels: &str| {
        format!(
            "collection = {{ corpus = \"{{lang}}-*.jsonl\", queries = \"topics.jsonl\", qrels = \"{qrels}\" }}\n"
        )
    };
    let data = evaluate(folder.path(), &format!("{TREC}{}", parts("qrels.{lang}"))).unwrap();
    assert_eq!(data.languages, ["en", "ru", "zh"]);
    assert_eq!(data.document_ids, ["ru:c", "zh:a", "zh:b"]);
    assert_eq!(data.query_ids, ["en:7", "en:8", "zh:7"]);
    assert_eq!(data.query_group, [0, 1, 0]);
    let seven = vec![(0, 1), (1, 3), (2, 0)];
    assert_eq!(data.judgements, [seven.clone(), vec![(2, 1)], seven]);
    assert_eq!(data.islands, [data.whole()]);

    let all = evaluate(folder.path(), &format!("{TREC}{}", parts("qrels.all"))).unwrap();
    assert_eq!(EvaluationData { files: data.files.clone(), ..all }, data);

    let some = format!(
        "{TREC}languages = [\"en\", \"zh\"]\nsettings = [\"cross-lingual\"]\n{}",
        parts("qrels.{lang}")
    );
    let some = evaluate(folder.path(), &some).unwrap();
    assert_eq!(
        (some.languages, some.document_ids),
        (vec!["en".to_owned(), "zh".to_owned()], vec!["zh:a".to_owned(), "zh:b".to_owned()])
    );
    assert_eq!(some.query_ids, ["en:7", "en:8", "zh:7"]);

    let mono = format!(
        "{TREC}languages = [\"en\", \"ru\"]\nsettings = [\"monolingual\"]\n{}",
        parts("qrels.{lang}")
    );
    let message = evaluate(folder.path(), &mono).unwrap_err().to_string();
    assert!(message.contains("no query has a relevant document of its own language"), "{message}");
}

#[test]
fn documents_of_one_file_are_of_the_languages_that_they_name() {
    let document = |id: &str, language: &str| {
        format!("{}\n", json!({ "id": id, "language": language, "text": id }))
    };
    let all = document("a", "zho") + &document("b", "ru") + &document("c", "zh");
    let folder =
        folder(&[("n/all.jsonl", &all), ("n/q.tsv", "7\tice\n"), ("n/qrels", "7 0 a 1\n")]);
    let parts = "collection = { corpus = \"all.jsonl\", queries = \"q.tsv\", qrels = \"qrels\" }\n";
    let keys = format!("{TREC}{parts}languages = [\"zh\"]\nsettings = [\"monolingual\"]\n");
    let data = evaluate(folder.path(), &keys).unwrap();
    assert_eq!(data.document_ids, ["zh:a", "zh:c"]);
    assert_eq!(data.query_ids, ["zh:7"]);
}

#[test]
fn parts_of_a_collection_may_lie_in_paths_of_their_own() {
    let folder = neuclir();
    let keys = format!(
        "{TREC}[evaluate.collection]\ncorpus = {{ zh = \"zho-*.jsonl.gz\" }}\nqueries = {{ en = \"en.tsv\" }}\nqrels = \"qrels.zho\"\n"
    );
    std::fs::write(folder.path().join("n/en.tsv"), "7\tice\n8\tsea\n").unwrap();
    let keys = keys.replace("path = \"n\"\n", "path = \"n\"\nsettings = [\"cross-lingual\"]\n");
    let data = evaluate(folder.path(), &keys).unwrap();
    assert_eq!(
        (data.query_ids, data.document_ids),
        (vec!["en:7".to_owned(), "en:8".to_owned()], vec!["zh:a".to_owned(), "zh:b".to_owned()])
    );
}

#[test]
fn a_pair_to_train_on_is_a_query_and_a_relevant_document() {
    let qrels = format!("{QRELS}q2\td2\t1\nq2\td3\t1\n");
    let mut files = beir(CORPUS, QUERIES, &qrels);
    files[2].0 = "c/qrels/train.tsv";
    let keys =
        "[[train.data]]\nname = \"c\"\nreader = \"beir\"\npath = \"c\"\nlanguages = [\"en\"]\n";
    let folder = folder(&files);
    let data = train(folder.path(), keys).unwrap();
    let table = &data.train;
    let ids: Vec<&str> =
        (0..table.examples() as u32).map(|example| table.example_id(example)).collect();
    assert_eq!(ids, ["en/q1/d2", "en/q2/d1", "en/q2/d2"]);
    let texts: Vec<&str> = (0..table.rows()).map(|row| table.text(row)).collect();
    assert_eq!(texts, ["which?", "second", "what?", "One first", "what?", "second"]);
    // The pairs of a query are one group, and so are those of a document.
    assert_eq!(table.groups(), 1);
    assert_eq!(data.warnings.len(), 1);
    assert!(
        data.warnings[0].starts_with("c: 1 of 4 judgements as relevant make no pair"),
        "{:?}",
        data.warnings
    );
}

#[test]
fn a_parallel_collection_is_trained_on_across_languages() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let mut files = Vec::new();
    for language in ["de", "en"] {
        let document = format!("{{\"_id\":\"d\",\"text\":\"d {language}\"}}\n");
        files.push(file(&format!("{language}/corpus.jsonl"), &document));
        let query = format!("{{\"_id\":\"q\",\"text\":\"q {language}\"}}\n");
        files.push(file(&format!("{language}/queries.jsonl"), &query));
        files.push(file(&format!("{language}/qrels/train.tsv"), "q\td\t1\n"));
    }
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let set = "name = \"c\"\nreader = \"beir\"\npath = \"{lang}\"\n";
    let own = train(folder.path(), &format!("[[train.data]]\n{set}")).unwrap().train;
    assert_eq!((own.examples(), own.languages.len()), (2, 2));
    let keys = format!("[[train.data]]\n{set}collection = {{ parallel = true }}\n");
    let shared = train(folder.path(), &keys).unwrap().train;
    assert_eq!((shared.examples(), shared.example_id(0), shared.rows()), (1, "q/d", 4));

    let data = evaluate(
        folder.path(),
        &format!("{set}collection = {{ split = \"train\", parallel = true }}\n"),
    )
    .unwrap();
    assert_eq!(data.query_group, [0, 0]);
    assert_eq!(data.judgements, [vec![(0, 1), (1, 1)], vec![(0, 1), (1, 1)]]);
}

#[test]
fn what_a_manifest_may_not_say_of_a_collection_is_said_at_the_key() {
    for (keys, problem) in [
        (
            BEIR.replace("languages = [\"en\"]\n", ""),
            "`evaluate.c.path`: the path holds no `{lang}`",
        ),
        (
            TREC.to_owned(),
            "`evaluate.n.collection`: the reader `trec` needs `corpus`, `queries` and `qrels`",
        ),
        (
            format!("{TREC}collection = {{ corpus = \"a\", queries = \"b\" }}\n"),
            "`evaluate.n.collection.qrels`: the reader `trec` needs it",
        ),
        (
            format!("{BEIR}collection = {{ fields = [] }}\n"),
            "`evaluate.c.collection.fields`: the list is empty",
        ),
        (
            BEIR.replace("beir", "jsonl") + "collection = { split = \"x\" }\n",
            "`evaluate.c.collection`: only the readers",
        ),
        (
            format!("{BEIR}passage = \"sentence\"\n"),
            "`evaluate.c.passage`: only the reader `squad`",
        ),
        (format!("{BEIR}collection = {{ spilt = \"x\" }}\n"), "did you mean `split`?"),
    ] {
        let message = evaluate(Path::new("nowhere"), &keys).unwrap_err().to_string();
        assert!(message.contains(problem), "{message}");
    }
}
