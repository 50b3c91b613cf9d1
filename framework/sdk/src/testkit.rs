//! Running a component without a host: corpora, rankings and batches made in memory, for an author's own tests.

use triglot_abi as abi;

use crate::corpus::Corpus;
use crate::metric::Ranking;

/// A corpus in memory; its texts are known by their hashes alone.
#[derive(Debug, Clone, Default)]
pub struct CorpusBuilder {
    languages: Vec<String>,
    data_set: Vec<u32>,
    language: Vec<u32>,
    role: Vec<u8>,
    example: Vec<u32>,
    group: Vec<u32>,
    length: Vec<u32>,
    text_hash: Vec<u64>,
    examples: u32,
}

impl CorpusBuilder {
    /// A corpus of these languages, without rows.
    pub fn new(languages: &[&str]) -> Self {
        Self { languages: languages.iter().map(|l| (*l).to_owned()).collect(), ..Self::default() }
    }

    /// Adds an example that exists in these languages (indices, ascending); its group is its own number.
    #[must_use]
    pub fn example(mut self, languages: &[u32]) -> Self {
        for language in languages {
            for role in [abi::ROLE_QUERY, abi::ROLE_PASSAGE] {
                self.text_hash.push(crate::mix(&[
                    u64::from(self.examples),
                    u64::from(*language),
                    u64::from(role),
                ]));
                self.data_set.push(0);
                self.language.push(*language);
                self.role.push(role);
                self.example.push(self.examples);
                self.group.push(self.examples);
                self.length.push(40);
            }
        }
        self.examples += 1;
        self
    }

    /// The view that a sampler gets.
    pub fn view(&self) -> Corpus<'_> {
        Corpus {
            data_set: &self.data_set,
            language: &self.language,
            role: &self.role,
            example: &self.example,
            group: &self.group,
            length: &self.length,
            text_hash: &self.text_hash,
            user: None,
            languages: self.languages.iter().map(String::as_str).collect(),
            data_sets: vec!["test"],
        }
    }
}

/// Rankings in memory.
#[derive(Debug, Clone)]
pub struct RankingBuilder {
    setting: u32,
    query_language: Vec<u32>,
    query_group: Vec<u32>,
    pool_size: Vec<u32>,
    relevant: Vec<u32>,
    judged_offsets: Vec<usize>,
    judged_rank: Vec<u32>,
    judged_grade: Vec<i32>,
    judged_language: Vec<u32>,
    top_offsets: Vec<usize>,
}

impl RankingBuilder {
    /// Rankings of one of the contract's `SETTING_`s.
    pub fn new(setting: u32) -> Self {
        Self {
            setting,
            query_language: vec![],
            query_group: vec![],
            pool_size: vec![],
            relevant: vec![],
            judged_offsets: vec![0],
            judged_rank: vec![],
            judged_grade: vec![],
            judged_language: vec![],
            top_offsets: vec![0],
        }
    }

    /// Adds a query over a pool of `pool_size` passages, with its judged passages as (rank or 0, grade, language).
    #[must_use]
    pub fn query(mut self, pool_size: u32, judged: &[(u32, i32, u32)]) -> Self {
        let mut judged = judged.to_vec();
        judged.sort_by_key(|(rank, ..)| if *rank == 0 { u32::MAX } else { *rank });
        self.query_group.push(self.query_language.len() as u32);
        self.query_language.push(0);
        self.pool_size.push(pool_size);
        self.relevant.push(judged.iter().filter(|(_, grade, _)| *grade > 0).count() as u32);
        for (rank, grade, language) in judged {
            self.judged_rank.push(rank);
            self.judged_grade.push(grade);
            self.judged_language.push(language);
        }
        self.judged_offsets.push(self.judged_rank.len());
        self.top_offsets.push(0);
        self
    }

    /// The view that a metric gets.
    pub fn view(&self) -> Ranking<'_> {
        Ranking {
            setting: self.setting,
            data_set: "test",
            languages: vec!["aa", "bb", "cc", "dd"],
            query_language: &self.query_language,
            query_group: &self.query_group,
            pool_size: &self.pool_size,
            relevant: &self.relevant,
            judged_offsets: &self.judged_offsets,
            judged_rank: &self.judged_rank,
            judged_grade: &self.judged_grade,
            judged_language: &self.judged_language,
            top_offsets: &self.top_offsets,
            top_document: &[],
            top_language: &[],
            top_score: &[],
        }
    }
}
