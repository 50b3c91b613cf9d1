//! MIRACL's dev set in all of its languages. Topics and judgements are those that were published; of the passages, which
//! are gigabytes, those that a judgement names are made up, and lie in shards as the published ones do.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use triglot_tests::{Bench, Output, SMALL, check_python, repository, shared_data};

const ARCHIVE: &str = "miracl-v1.0-dev.tar.gz";
const SHARD: usize = 2000;

/// Topics and judgements of a language.
#[derive(Default)]
struct Published {
    topics: BTreeMap<String, String>,
    /// Of topic and passage.
    judgements: BTreeMap<(String, String), i32>,
}

/// The published files, by language.
fn published(archive: &Path) -> BTreeMap<String, Published> {
    let mut languages: BTreeMap<String, Published> = BTreeMap::new();
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let Some((kind, language)) = path.file_name().unwrap().to_str().and_then(|name| {
            let (kind, rest) = name.split_once(".miracl-v1.0-")?;
            Some((kind, rest.strip_suffix("-dev.tsv")?))
        }) else {
            continue;
        };
        let own = languages.entry(language.to_owned()).or_default();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            match (kind, &cells[..]) {
                ("topics", [id, text]) => {
                    own.topics.insert((*id).to_owned(), (*text).to_owned());
                }
                ("qrels", [topic, "Q0", passage, grade]) => {
                    let key = ((*topic).to_owned(), (*passage).to_owned());
                    own.judgements.insert(key, grade.parse().unwrap());
                }
                _ => panic!("{line}"),
            }
        }
    }
    languages
}

impl Published {
    /// The passages that the judgements name. One that is relevant says what a topic that it is relevant to asks, so that
    /// any encoder finds it, if topics and passages are of the languages and the ids that they should be of.
    fn passages(&self) -> BTreeMap<&str, &str> {
        let mut passages = BTreeMap::new();
        for ((topic, passage), grade) in &self.judgements {
            let text = if *grade > 0 { &self.topics[topic] } else { passage };
            let earlier = passages.entry(passage.as_str()).or_insert(text.as_str());
            if *grade > 0 {
                *earlier = text;
            }
        }
        passages
    }

    /// Writes them into a folder of shards; how many there are.
    fn write_corpus(&self, bench: &Bench, language: &str) -> usize {
        let passages: Vec<(&str, &str)> = self.passages().into_iter().collect();
        for (number, shard) in passages.chunks(SHARD).enumerate() {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            for (id, text) in shard {
                let line = json!({ "docid": id, "title": "", "text": text });
                writeln!(packed, "{line}").unwrap();
            }
            let name = format!("corpus/miracl-corpus-v1.0-{language}/docs-{number}.jsonl.gz");
            bench.write(&name, packed.finish().unwrap());
        }
        passages.len()
    }
}

#[test]
fn every_topic_and_judgement_of_miracl_s_18_languages_is_searched_for_and_scored() {
    let (Some(data), Some(python)) = (shared_data(), check_python("pytrec_eval")) else { return };
    let bench = Bench::new();
    let languages = published(&data.join(ARCHIVE));
    let passages: BTreeMap<&String, usize> = (languages.iter())
        .map(|(language, own)| (language, own.write_corpus(&bench, language)))
        .collect();
    let facts = &SMALL[SMALL.find("[[evaluate]]").unwrap()..];
    let corpus = bench.path("corpus/miracl-corpus-v1.0-{lang}/docs-*.jsonl.gz");
    let miracl = format!(
        "[[evaluate]]\nname = \"miracl\"\nreader = \"miracl\"\npath = \"{ARCHIVE}/miracl-v1.0-dev\"\n\
         collection = {{ corpus = \"{}\" }}\nsettings = [\"monolingual\"]\nmetrics = [\"ndcg@10\", \"recall@100\"]\n",
        corpus.display()
    );
    let manifest = bench.write("m.toml", SMALL.replace(facts, &miracl));
    let run = bench.run(&manifest, &["--data-dir", data.to_str().unwrap()]);

    assert_eq!(languages.len(), 18);
    let measured = &run.record["evaluation"][0];
    assert_eq!(measured["languages"].as_object().unwrap().len(), 18);
    let setting = &measured["settings"]["monolingual"];
    assert_eq!(
        (&setting["groups"], &setting["queries"], &setting["left_out"]),
        (&json!(18), &json!(13_495), &json!(0))
    );
    let mut judgements = 0;
    for (language, own) in &languages {
        let counts = json!({ "queries": own.topics.len(), "passages": passages[language] });
        assert_eq!(measured["languages"][language], counts, "{language}");
        for column in ["ndcg@10", "recall@100"] {
            let value = run.metric(&format!("eval/miracl/monolingual/{language}/{column}"));
            assert!(value > 0.5, "{language}: {column} is {value}");
        }
        let qrels = run.path(&format!("eval/miracl/monolingual/{language}.qrels"));
        for line in std::fs::read_to_string(qrels).unwrap().lines() {
            let cells: Vec<&str> = line.split(' ').collect();
            let [topic, _, passage, grade] = cells[..] else { panic!("{line}") };
            let id = |of: &str| of.strip_prefix(&format!("{language}:")).unwrap().to_owned();
            assert_eq!(own.judgements[&(id(topic), id(passage))].to_string(), grade, "{line}");
            judgements += 1;
        }
    }
    assert_eq!(judgements, 130_408);

    let mut check = bench.command(python);
    let check = check.arg(repository().join("tests/check_rankings.py")).arg(run.path(""));
    let output = Output::of(check);
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
}
