//! Rankings, and what a metric says of them.

use crate::error::{Error, Result};
use crate::host::Context;
use crate::metric::{Column, Metric, Ranking};

/// Rankings in memory.
#[derive(Debug, Clone)]
pub struct RankingBuilder {
    setting: u32,
    languages: Vec<String>,
    query_language: Vec<u32>,
    query_group: Vec<u32>,
    pool_size: Vec<u32>,
    relevant: Vec<u32>,
    judged_offsets: Vec<usize>,
    judged_rank: Vec<u32>,
    judged_grade: Vec<i32>,
    judged_language: Vec<u32>,
    top_offsets: Vec<usize>,
    top_document: Vec<u32>,
    top_language: Vec<u32>,
    top_score: Vec<f32>,
}

impl RankingBuilder {
    /// Rankings of one of the contract's `SETTING_`s.
    pub fn new(setting: u32) -> Self {
        Self {
            setting,
            languages: ["aa", "bb", "cc", "dd"].map(String::from).to_vec(),
            query_language: vec![],
            query_group: vec![],
            pool_size: vec![],
            relevant: vec![],
            judged_offsets: vec![0],
            judged_rank: vec![],
            judged_grade: vec![],
            judged_language: vec![],
            top_offsets: vec![0],
            top_document: vec![],
            top_language: vec![],
            top_score: vec![],
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
        self.top_offsets.push(self.top_document.len());
        self
    }

    /// Names the languages, which are otherwise four: `aa` to `dd`.
    #[must_use]
    pub fn languages(mut self, codes: &[&str]) -> Self {
        self.languages = codes.iter().map(|code| (*code).to_owned()).collect();
        self
    }

    /// Sets the language of the last query, otherwise 0.
    #[must_use]
    pub fn language(mut self, language: u32) -> Self {
        self.query_language.last_mut().into_iter().for_each(|last| *last = language);
        self
    }

    /// Sets the parallel group of the last query, otherwise its own number.
    #[must_use]
    pub fn group(mut self, group: u32) -> Self {
        self.query_group.last_mut().into_iter().for_each(|last| *last = group);
        self
    }

    /// Sets how many passages are relevant for the last query, otherwise those judged so.
    #[must_use]
    pub fn relevant(mut self, relevant: u32) -> Self {
        self.relevant.last_mut().into_iter().for_each(|last| *last = relevant);
        self
    }

    /// Appends top passages of the last query, as (document, language, score) in the order of their ranks.
    #[must_use]
    pub fn top(mut self, passages: &[(u32, u32, f32)]) -> Self {
        for (document, language, score) in passages {
            self.top_document.push(*document);
            self.top_language.push(*language);
            self.top_score.push(*score);
        }
        if self.top_offsets.len() > 1 {
            self.top_offsets.last_mut().into_iter().for_each(|end| *end = self.top_document.len());
        }
        self
    }

    /// The same queries in this order; one that is named twice comes twice.
    ///
    /// # Panics
    /// If there is no such query.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        let languages: Vec<&str> = self.languages.iter().map(String::as_str).collect();
        let (empty, all) = (Self::new(self.setting).languages(&languages), self.view());
        order.iter().fold(empty, |ranking, query| {
            let query = all.query(*query);
            let judged = query.judged().map(|j| (j.rank.unwrap_or(0), j.grade, j.language));
            let top = query.top_document.iter().zip(query.top_language).zip(query.top_score);
            ranking
                .query(query.pool_size, &judged.collect::<Vec<_>>())
                .language(query.language)
                .group(query.group)
                .relevant(query.relevant)
                .top(&top.map(|((document, l), score)| (*document, *l, *score)).collect::<Vec<_>>())
        })
    }

    /// The view that a metric gets.
    pub fn view(&self) -> Ranking<'_> {
        Ranking {
            setting: self.setting,
            data_set: "test",
            languages: self.languages.iter().map(String::as_str).collect(),
            query_language: &self.query_language,
            query_group: &self.query_group,
            pool_size: &self.pool_size,
            relevant: &self.relevant,
            judged_offsets: &self.judged_offsets,
            judged_rank: &self.judged_rank,
            judged_grade: &self.judged_grade,
            judged_language: &self.judged_language,
            top_offsets: &self.top_offsets,
            top_document: &self.top_document,
            top_language: &self.top_language,
            top_score: &self.top_score,
        }
    }
}

/// What a metric said of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its values [queries × columns], row by row; NaN where undefined.
    pub values: Vec<f64>,
}

impl Computed {
    /// The values of one column, one a query; none if there is no such column.
    pub fn column(&self, name: &str) -> Vec<f64> {
        match self.columns.iter().position(|column| column.name == name) {
            Some(at) => self.values.iter().skip(at).step_by(self.columns.len()).copied().collect(),
            None => Vec::new(),
        }
    }
}

/// Makes a metric with options as a manifest writes them, and computes its values.
///
/// # Errors
/// If the options are refused, or the ranking.
pub fn compute<M: Metric>(
    options: serde_json::Value,
    ranking: &RankingBuilder,
) -> Result<Computed> {
    let options = serde_json::from_value(options)
        .map_err(|source| Error::invalid(format!("options: {source}")))?;
    let mut metric = M::create(options, &Context::detached(0))?;
    let (columns, ranking) = (metric.columns(), ranking.view());
    let mut values = vec![f64::NAN; ranking.queries() * columns.len()];
    metric.compute(&ranking, &mut values)?;
    Ok(Computed { columns, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_holds_for_the_last_query() {
        let ranking = RankingBuilder::new(0)
            .languages(&["en", "fi"])
            .query(5, &[(1, 1, 0)])
            .query(5, &[(0, 1, 1), (2, 0, 0)])
            .language(1)
            .group(0)
            .relevant(3)
            .top(&[(7, 1, 0.5)])
            .top(&[(4, 0, 0.25)])
            .query(5, &[]);
        let ranking = ranking.view();
        let told = |query: usize| {
            let query = ranking.query(query);
            (query.language, query.group, query.relevant, query.top_document.to_vec())
        };
        assert_eq!(told(0), (0, 0, 1, vec![]));
        assert_eq!(told(1), (1, 0, 3, vec![7, 4]));
        assert_eq!(told(2), (0, 2, 0, vec![]));
        assert_eq!(ranking.languages, ["en", "fi"]);
        assert_eq!(ranking.query(1).top_score, [0.5, 0.25]);
    }
}
