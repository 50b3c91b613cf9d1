//! Small collections of every kind, in the layouts of the published ones, and a manifest that measures on all of them.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use triglot_tests::{Bench, SMALL};

const SETS: &str = r#"
[[evaluate]]
name = "beir"
reader = "beir"
path = "beir-{lang}"
collection = { parallel = true }
metrics = ["ndcg@10", "recall@10"]

[[evaluate]]
name = "miracl"
reader = "miracl"
path = "miracl"
settings = ["monolingual", "multilingual"]
metrics = ["ndcg@10", "recall@10"]

[[evaluate]]
name = "mr-tydi"
reader = "mr-tydi"
path = "mr-tydi"
settings = ["monolingual"]
metrics = ["ndcg@10", "recall@10"]

[[evaluate]]
name = "neuclir"
reader = "trec"
path = "neuclir"
collection = { corpus = "{lang}-*.jsonl", queries = "topics.jsonl", qrels = "2022-qrels.{lang}" }
settings = ["cross-lingual", "multilingual"]
metrics = ["ndcg@10", "recall@10"]

[[evaluate]]
name = "mewsli-x"
reader = "mewsli-x"
path = "mewsli-x"
settings = ["multilingual"]
metrics = ["mrr@20", "recall@10"]

[[evaluate]]
name = "bucc"
reader = "bucc"
path = "{lang}-en/{lang}-en.training.{side}"
pivot = "en"
settings = ["cross-lingual"]
metrics = ["accuracy@1", "recall@10"]
"#;

/// What is asked for, a word a topic; of each there are two documents.
pub const WORDS: [&str; 6] = ["stone", "river", "candle", "window", "letter", "horse"];

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The documents of a language, as JSON lines with this key for their ids.
fn corpus(language: &str, key: &str) -> String {
    (0..2 * WORDS.len()).fold(String::new(), |mut text, n| {
        let word = WORDS[n % WORDS.len()];
        let id = format!("{language}{n}");
        let line = json!({ key: id, "title": word, "text": format!("{word} {language} {n}") });
        writeln!(text, "{line}").unwrap();
        text
    })
}

/// The topics as lines of id and text.
fn topics() -> String {
    WORDS.iter().enumerate().map(|(n, word)| format!("{n}\t{word}?\n")).collect()
}

/// Judgements: of the documents of a topic one has the grade 3 and one the grade 1, the next topic's first has 0.
fn qrels(document: impl Fn(usize) -> String) -> String {
    let lines = |n| {
        let [first, second] = [n, n + WORDS.len()].map(&document);
        let wrong = document((n + 1) % WORDS.len());
        format!("{n} 0 {first} 3\n{n} 0 {second} 1\n{n} 0 {wrong} 0\n")
    };
    (0..WORDS.len()).map(lines).collect()
}

/// A folder with a collection of each kind, and a manifest that measures on all of them.
pub fn bench() -> Bench {
    let bench = Bench::new();
    // Translations of one collection, in two folders of BEIR's layout: the German one packed, with a byte order mark and
    // the line ends of Windows.
    for language in ["de", "en"] {
        let corpus =
            corpus(language, "_id").replace(&format!("\"_id\":\"{language}"), "\"_id\":\"d");
        let queries: String = (WORDS.iter().enumerate())
            .map(|(n, word)| format!("{}\n", json!({ "_id": n.to_string(), "text": word })))
            .collect();
        let judged = qrels(|n| format!("d{n}")).replace(" 0 d", "\td").replace(' ', "\t");
        let judged = format!("query-id\tcorpus-id\tscore\n{judged}");
        for (name, text) in
            [("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels/test.tsv", judged)]
        {
            let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            match language {
                "de" => bench.write(&format!("data/beir-de/{name}.gz"), gzip(&windows)),
                _ => bench.write(&format!("data/beir-en/{name}"), text),
            };
        }
    }
    for language in ["sw", "yo"] {
        let parts = corpus(language, "docid");
        let (start, rest) = parts.split_at(parts.find("\n").unwrap() + 1);
        let folder = format!("data/miracl/miracl-corpus-v1.0-{language}");
        bench.write(&format!("{folder}/docs-0.jsonl.gz"), gzip(start));
        bench.write(&format!("{folder}/docs-1.jsonl.gz"), gzip(rest));
        let folder = format!("data/miracl/miracl-v1.0-{language}");
        let file = |kind: &str| format!("{folder}/{kind}/{kind}.miracl-v1.0-{language}-dev.tsv");
        bench.write(&file("topics"), topics());
        bench.write(&file("qrels"), qrels(|n| format!("{language}{n}")).replace(' ', "\t"));
    }
    // One language as an archive of the authors, one as the hub has it.
    let files = [
        ("collection/docs.jsonl.gz", gzip(&corpus("fi", "id"))),
        ("topic.test.tsv", topics().into_bytes()),
        ("qrels.test.txt", qrels(|n| format!("fi{n}")).into_bytes()),
    ];
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let path = format!("mrtydi-v1.1-finnish/{name}");
        archive.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    let archive = archive.into_inner().unwrap().finish().unwrap();
    bench.write("data/mr-tydi/mrtydi-v1.1-finnish.tar.gz", archive);
    let folder = "data/mr-tydi/mrtydi-v1.1-swahili";
    bench.write(&format!("{folder}/corpus.jsonl.gz"), gzip(&corpus("sw", "docid")));
    bench.write(&format!("{folder}/ir-format-data/topics.test.txt"), topics());
    bench.write(&format!("{folder}/ir-format-data/qrels.test.txt"), qrels(|n| format!("sw{n}")));
    // Topics in English, every other one in Chinese too, and documents in three languages.
    let mut all = String::new();
    for language in ["fas", "rus", "zho"] {
        let name = format!("data/neuclir/{language}-00000-of-00001.jsonl.gz");
        bench.write(&name, gzip(&corpus(language, "id")));
        let judged = qrels(|n| format!("{language}{n}"));
        bench.write(&format!("data/neuclir/2022-qrels.{language}"), &judged);
        all += &judged;
    }
    bench.write("data/neuclir/2022-qrels.all", all);
    let topic = |(n, word): (usize, &&str)| {
        let mut topics = vec![json!({ "lang": "eng", "source": "original", "topic_title": word })];
        if n % 2 == 0 {
            let source = "human translation";
            topics.push(json!({ "lang": "zho", "source": source, "topic_title": word }));
        }
        format!("{}\n", json!({ "topic_id": n.to_string(), "topics": topics }))
    };
    let topics: String = WORDS.iter().enumerate().map(topic).collect();
    bench.write("data/neuclir/topics.jsonl", topics);
    write_mewsli_x(&bench);
    write_bucc(&bench);
    let facts = &SMALL[SMALL.find("[[evaluate]]").unwrap()..];
    bench.write("m.toml", SMALL.replace(facts, SETS));
    bench
}

/// An entity a word, described in one of three languages, and mentions of all in German and in Polish.
fn write_mewsli_x(bench: &Bench) {
    let mut entities = String::new();
    for (n, word) in WORDS.iter().enumerate() {
        let language = ["de", "sw", "ta"][n % 3];
        let entity = json!({
            "entity_id": format!("Q{n}"), "title": word, "description": format!("{word}."), "description_url": "",
            "description_language": language, "sentence_spans": [],
        });
        writeln!(entities, "{entity}").unwrap();
    }
    bench.write("data/mewsli-x/candidate_set_entities.jsonl.gz", gzip(&entities));
    let mut articles = String::new();
    for language in ["de", "pl"] {
        let text = WORDS.join(" ");
        let mention = |(n, word): (usize, &&str)| {
            let start = text.find(word).unwrap();
            let span = json!({ "start": start, "end": start + word.len(), "text": word });
            let id = format!("{language}-{n}");
            json!({ "example_id": id, "entity_id": format!("Q{n}"), "mention_span": span })
        };
        let mentions: Vec<Value> = WORDS.iter().enumerate().map(mention).collect();
        let context = json!({ "document_id": language, "language": language, "text": text, "sentence_spans": [] });
        writeln!(articles, "{}", json!({ "context": context, "mentions": mentions })).unwrap();
    }
    bench.write("data/mewsli-x/wikinews_mentions-test.jsonl", articles);
}

/// Sentences of which every other has a translation, in two languages beside English ones.
fn write_bucc(bench: &Bench) {
    for language in ["de", "zh"] {
        let sentences = |own: &str| -> String {
            WORDS.iter().enumerate().map(|(n, word)| format!("{own}-{n:09}\t{word}\n")).collect()
        };
        let pairs = |n: usize| format!("{language}-{n:09}\ten-{n:09}\n");
        let stem = format!("data/{language}-en/{language}-en.training");
        bench.write(&format!("{stem}.{language}"), sentences(language));
        bench.write(&format!("{stem}.en"), sentences("en"));
        bench.write(&format!("{stem}.gold"), (0..3).map(|n| pairs(2 * n)).collect::<String>());
    }
}
