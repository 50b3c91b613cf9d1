//! A plugin library for triglot with one sampler: queries in some languages, passages in some languages.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Batch, Component, Context, Corpus, Error, Permutation, Random, Result, Sampler, abi,
};

#[cfg(test)]
mod tests;

triglot_sdk::plugin! { name: "{{name}}", components: [sampler Directed] }

/// The options, as a manifest writes them. What their comments say is what `triglot plugins show` prints.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Codes of the languages of queries. Left out: every language of the training data.
    #[schemars(length(min = 1), extend("examples" = [["en"]]))]
    query_languages: Option<Vec<String>>,
    /// Codes of the languages of passages. Left out: every language of the training data.
    #[schemars(length(min = 1))]
    passage_languages: Option<Vec<String>>,
}

/// Pairs a query in one of some languages with the passage of its example in one of some languages.
///
/// An epoch walks, in an order of its own, every example that exists in both; each draws its two languages anew.
struct Directed {
    examples: Vec<Rows>,
    batch_size: usize,
}

/// Rows of one example that may be drawn.
struct Rows {
    queries: Vec<u32>,
    passages: Vec<u32>,
}

impl Component for Directed {
    type Options = Options;
    const ID: &'static str = "directed";
    const SUMMARY: &'static str = "Queries in some languages, passages in some languages";
}

impl Sampler for Directed {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self> {
        let queries = chosen(options.query_languages.as_deref(), corpus)?;
        let passages = chosen(options.passage_languages.as_deref(), corpus)?;
        let mut examples = Vec::new();
        let mut next = 0;
        for example in corpus.example.chunk_by(|a, b| a == b) {
            let of_example = next..next + example.len();
            next = of_example.end;
            let rows = |role: u8, chosen: &[bool]| -> Vec<u32> {
                let mut rows = of_example.clone().collect::<Vec<_>>();
                rows.retain(|row| {
                    corpus.role[*row] == role && chosen[corpus.language[*row] as usize]
                });
                rows.into_iter().map(|row| row as u32).collect()
            };
            let rows = Rows {
                queries: rows(abi::ROLE_QUERY, &queries),
                passages: rows(abi::ROLE_PASSAGE, &passages),
            };
            if !rows.queries.is_empty() && !rows.passages.is_empty() {
                examples.push(rows);
            }
        }
        let found = examples.len();
        if found < batch_size {
            return Err(Error::invalid(format!(
                "{found} examples exist in these languages; a batch needs {batch_size}"
            )));
        }
        context
            .host
            .debug(format_args!("{found} of {} examples", corpus.examples()));
        Ok(Self {
            examples,
            batch_size,
        })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        (self.examples.len() / self.batch_size) as u64
    }

    /// A pure function of seed and ordinal: nothing is remembered from one batch to the next.
    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        let batches = self.epoch_length(corpus);
        let (epoch, within) = (ordinal / batches, ordinal % batches);
        let order = Permutation::new(self.examples.len() as u64, &[seed, epoch]);
        let mut random = Random::new(&[seed, ordinal]);
        let mut one_of = |rows: &[u32]| rows[random.below(rows.len() as u64) as usize];
        for place in 0..self.batch_size as u64 {
            let example = order.at(within * self.batch_size as u64 + place);
            let Rows { queries, passages } = &self.examples[example as usize];
            batch.push(one_of(queries), one_of(passages));
        }
        Ok(())
    }
}

/// Which languages of the corpus have these codes; all, if there is no list of codes.
fn chosen(codes: Option<&[String]>, corpus: &Corpus<'_>) -> Result<Vec<bool>> {
    let Some(codes) = codes else {
        return Ok(vec![true; corpus.languages.len()]);
    };
    if let Some(code) = codes
        .iter()
        .find(|code| !corpus.languages.contains(&code.as_str()))
    {
        return Err(Error::invalid(format!(
            "there is no language `{code}` in the training data; it has {}",
            corpus.languages.join(", ")
        )));
    }
    let is_chosen = |language: &&str| codes.iter().any(|code| code == language);
    Ok(corpus
        .languages
        .iter()
        .map(|language| is_chosen(&language))
        .collect())
}
