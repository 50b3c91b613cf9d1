//! How long the search takes, and what it holds: `cargo bench --profile dev -p triglot-evaluate --bench search`.
//!
//! The collection is as large as XQuAD-R or as asked for, and its embeddings are drawn by number; scores do not cost
//! more or less by what they are. tests/speed/search.py runs this beside NumPy's matrix product.
//!
//! ```text
//! search xquad [REPETITIONS [DEPTH]]     13,090 queries against 13,014 passages in 11 languages, in all settings
//! search large PASSAGES QUERIES f32|f16 FOLDER [LANGUAGES]     passages of a mapped file that is made in FOLDER
//! ```
//!
//! Every line that it prints is `name value`, in seconds, bytes or hits.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use triglot_evaluate::{
    Collection, Documents, EmbeddingSource, Embeddings, Float, Judgement, MappedEmbeddings,
    Queries, SearchOptions, Setting, SettingRun, Similarity, search,
};

const DIM: usize = 384;
const DEPTH: usize = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().unwrap();
    match arguments[..] {
        [] => xquad(1, DEPTH),
        ["xquad"] => xquad(3, DEPTH),
        ["xquad", repetitions] => xquad(number(repetitions), DEPTH),
        ["xquad", repetitions, depth] => xquad(number(repetitions), number(depth)),
        ["large", passages, queries, float, folder] => {
            large(number(passages), number(queries), float, Path::new(folder), 2);
        }
        ["large", passages, queries, float, folder, languages] => {
            large(number(passages), number(queries), float, Path::new(folder), number(languages));
        }
        _ => panic!("see the head of benches/search.rs"),
    }
}

/// As many queries and passages as XQuAD-R has in each of its languages; every question has a passage in each.
fn xquad(repetitions: usize, depth: usize) {
    const PASSAGES: [u32; 11] = [1222, 1276, 1234, 1180, 1215, 1244, 1219, 852, 1167, 1209, 1196];
    const QUESTIONS: u32 = 1190;
    let language = |sizes: [u32; 11]| -> Vec<u32> {
        (0..11).flat_map(|language| (0..sizes[language as usize]).map(move |_| language)).collect()
    };
    let (documents, queries) = (language(PASSAGES), language([QUESTIONS; 11]));
    let group: Vec<u32> = (0..11).flat_map(|_| 0..QUESTIONS).collect();
    let judgements = group.iter().map(|question| {
        let mut first = 0;
        let judge = |size: u32| {
            first += size;
            Judgement { document: first - size + question * size / QUESTIONS, grade: 1 }
        };
        PASSAGES.map(judge).to_vec()
    });
    let judgements = judgements.collect();
    let collection = collection(11, documents, queries, group, judgements);
    let documents = values(0..collection.documents().ids.len());
    let queries = values(1 << 40..(1 << 40) + collection.queries().ids.len());
    let documents = Embeddings::new(&documents, DIM).unwrap();
    let queries = Embeddings::new(&queries, DIM).unwrap();
    for _ in 0..repetitions {
        timed(&collection, &queries, &documents, depth);
    }
}

/// Passages on the disk, and queries each of which has a right passage.
fn large(passages: usize, queries: usize, float: &str, folder: &Path, languages: usize) {
    let float = if float == "f16" { Float::F16 } else { Float::F32 };
    let path = folder.join("passages.bin");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path).unwrap());
    let mut bytes = Vec::new();
    for passage in 0..passages {
        bytes.clear();
        float.encode(&values(passage..passage + 1), &mut bytes);
        file.write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
    drop(file);
    println!("file {}", std::fs::metadata(&path).unwrap().len());

    let language = |count: usize| (0..count).map(|i| (i % languages) as u32).collect::<Vec<_>>();
    let right = |query: usize| (query * 7919) % passages;
    // A query is its passage, a little moved.
    let moved = |query: usize| {
        let own = values(right(query)..right(query) + 1);
        let other = values((1 << 40) + query..(1 << 40) + query + 1);
        own.into_iter().zip(other).map(|(own, other)| own + 0.5 * other).collect::<Vec<_>>()
    };
    let asked: Vec<f32> = (0..queries).flat_map(moved).collect();
    let judgements = (0..queries)
        .map(|query| vec![Judgement { document: right(query) as u32, grade: 1 }])
        .collect();
    let groups = (0..queries as u32).collect();
    let collection =
        collection(languages, language(passages), language(queries), groups, judgements);
    let documents = MappedEmbeddings::open(&path, 0, passages, DIM, float).unwrap();
    let queries = Embeddings::new(&asked, DIM).unwrap();
    let runs = timed(&collection, &queries, &documents, DEPTH);
    let multilingual = runs.iter().find(|run| run.setting == Setting::Multilingual).unwrap();
    let found = multilingual.groups.iter().flat_map(|group| &group.queries);
    println!("first {}", found.filter(|query| query.judged[0].rank == 1).count());
    std::fs::remove_file(path).unwrap();
}

fn timed(
    collection: &Collection,
    queries: &dyn EmbeddingSource,
    documents: &dyn EmbeddingSource,
    depth: usize,
) -> Vec<SettingRun> {
    let options = SearchOptions {
        similarity: Similarity::Cosine,
        settings: &Setting::ALL,
        windows: None,
        depth,
        threads: std::thread::available_parallelism().unwrap().get(),
        cancelled: &|| false,
    };
    let start = Instant::now();
    let runs = search(collection, queries, documents, &options).unwrap();
    println!("search {:.3}", start.elapsed().as_secs_f64());
    // Of the system's own account: all that is resident, and the part of it that lies in no file.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (name, key) in [("peak", "VmHWM:"), ("unmapped", "RssAnon:")] {
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix(key)) {
            println!(
                "{name} {}",
                line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
            );
        }
    }
    runs
}

fn collection(
    languages: usize,
    documents: Vec<u32>,
    queries: Vec<u32>,
    group: Vec<u32>,
    judgements: triglot_evaluate::Judgements,
) -> Collection {
    let ids = |kind: &str, count: usize| (0..count).map(|i| format!("{kind}{i}")).collect();
    let documents = Documents { ids: ids("d", documents.len()), language: documents };
    let queries = Queries { ids: ids("q", queries.len()), language: queries, group };
    let languages = (0..languages).map(|language| format!("l{language}")).collect();
    Collection::new(languages, documents, queries, judgements).unwrap()
}

/// The embeddings of some texts, evenly drawn from the cube (splitmix64).
fn values(texts: std::ops::Range<usize>) -> Vec<f32> {
    let draw = |number: usize| {
        let mut z = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (texts.start * DIM..texts.end * DIM).map(draw).collect()
}
