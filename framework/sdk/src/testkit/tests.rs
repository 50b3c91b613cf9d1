//! Each law holds of a component that keeps it, and names one that does not.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::{EmbeddingBatch, RankingBuilder, TextBuilder, laws, strategies};
use crate::*;

/// A component of every kind that keeps the laws, or breaks one.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    None,
    /// What is done depends on what was done before.
    Memory,
    /// Two rows of a pair belong to two examples.
    MixedPairs,
    /// A batch has a pair too many.
    LongBatch,
    /// A gradient has the wrong sign.
    WrongSign,
    /// The loss depends on whether gradients are wanted.
    Greedy,
    /// A value leaves its range.
    OutOfRange,
    /// Embeddings depend on the other texts of the call.
    Chunks,
    /// A saved state lacks something.
    Forgetful,
    /// A damaged state is loaded.
    Careless,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    fault: Fault,
}

struct Tried {
    fault: Fault,
    calls: u64,
    weight: f32,
    momentum: f32,
    tape: Vec<f32>,
}

impl Tried {
    fn new(fault: Fault) -> Result<Self> {
        Ok(Self { fault, calls: 0, weight: 1.0, momentum: 0.0, tape: vec![] })
    }

    /// Counts the call, and says how many there were if that makes a difference.
    fn memory(&mut self) -> u64 {
        self.calls += 1;
        if self.fault == Fault::Memory { self.calls } else { 0 }
    }
}

impl Component for Tried {
    type Options = Options;
    const ID: &'static str = "tried";
    const SUMMARY: &'static str = "Keeps the laws, or breaks one";
}

impl Sampler for Tried {
    fn create(options: Options, _: &Corpus<'_>, _: usize, _: &Context) -> Result<Self> {
        Self::new(options.fault)
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        1
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        let pairs = corpus.rows() as u64 / 2;
        let mut random = Random::new(&[seed, ordinal, self.memory()]);
        for _ in 0..if self.fault == Fault::LongBatch { 3 } else { 2 } {
            let query = 2 * random.below(pairs) as u32;
            let other = if self.fault == Fault::MixedPairs {
                corpus.rows() as u32 - query
            } else {
                query + 1
            };
            batch.push(query, other);
        }
        Ok(())
    }
}

impl Augmenter for Tried {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Self::new(options.fault)
    }

    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        out.push_str(&format!("{} {}", text.text, self.memory()));
        Ok(())
    }

    fn counts(&self, texts: &Texts<'_>) -> Vec<(String, u64)> {
        let beside = if self.fault == Fault::Chunks { texts.len() } else { 1 };
        let words = texts.iter().map(|text| (beside * text.text.split(' ').count()) as u64);
        vec![("words".to_owned(), words.sum()), ("none".to_owned(), 0)]
    }
}

impl Objective for Tried {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Self::new(options.fault)
    }

    /// Half the sum of all squares.
    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let sign = if self.fault == Fault::WrongSign { -1.0 } else { 1.0 };
        let wanted = output.query_gradients.is_some();
        let sides = [
            (batch.queries, &mut output.query_gradients, 1.0),
            (batch.passages, &mut output.passage_gradients, sign),
        ];
        let mut loss = self.memory() as f64;
        for (matrix, gradients, sign) in sides {
            loss += matrix.to_vec().iter().map(|x| f64::from(x * x) / 2.0).sum::<f64>();
            if let Some(gradients) = gradients {
                gradients
                    .copy_from(&matrix.to_vec().iter().map(|x| sign * x).collect::<Vec<_>>())?;
            }
        }
        Ok(if self.fault == Fault::Greedy && wanted { loss + 1.0 } else { loss })
    }
}

impl Metric for Tried {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Self::new(options.fault)
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::unit("tried")]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        for (query, value) in ranking.iter().zip(values) {
            let more = if self.fault == Fault::OutOfRange { 2 } else { self.memory() };
            let first = query.relevant_ranks().next();
            *value = first.map_or(f64::NAN, |rank| 1.0 / f64::from(rank) + more as f64 / 1e9);
        }
        Ok(())
    }
}

impl Backend for Tried {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Self::new(options.fault)
    }

    fn prepare(&mut self, _: Option<&mut TextStream<'_>>) -> Result<()> {
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        Ok(Info { dim: 1, trainable: true, parameters: 1 })
    }

    fn fingerprint(&self) -> Result<String> {
        Ok(self.weight.to_string())
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        let company = if self.fault == Fault::Chunks { texts.len() } else { 0 };
        let lengths: Vec<f32> = texts.iter().map(|t| (t.text.len() + company + 1) as f32).collect();
        out.copy_from(&lengths.iter().map(|length| length * self.weight).collect::<Vec<_>>())?;
        if mode == Mode::Tape {
            self.tape = lengths;
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let slopes = gradients.to_vec().into_iter().zip(self.tape.drain(..));
        self.momentum += slopes.map(|(g, length)| g * length).sum::<f32>();
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        self.weight -= step.learning_rate as f32 * self.momentum;
        Ok(StepReport { gradient_norm: f64::from(self.momentum), tokens: 0 })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        let momentum = if self.fault == Fault::Forgetful { 0.0 } else { self.momentum };
        let bytes = [self.weight.to_le_bytes(), momentum.to_le_bytes()].concat();
        Ok(std::fs::write(folder.join("state"), bytes)?)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let bytes = std::fs::read(folder.join("state")).unwrap_or_default();
        let (numbers, _) = bytes.as_chunks::<4>();
        let number = |at: usize| numbers.get(at).map(|bytes| f32::from_le_bytes(*bytes));
        match (number(0), number(1)) {
            (Some(weight), Some(momentum)) => (self.weight, self.momentum) = (weight, momentum),
            _ if self.fault == Fault::Careless => self.weight = 0.0,
            _ => return Err(Error::invalid("the state is not whole")),
        }
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        self.save(folder)
    }
}

const STEP: Step = Step { learning_rate: 1e-4, weight_decay: 0.0, clip: None };

fn text_builder() -> TextBuilder {
    TextBuilder::queries(&["", "one", "two words"])
}

fn backend(
    law: impl Fn(&mut Tried, &mut Tried, &Texts<'_>) -> laws::Result,
    fault: Fault,
) -> String {
    let (texts, tried) = (text_builder(), || Tried::new(fault).unwrap());
    said(law(&mut tried(), &mut tried(), &texts.view()))
}

fn said<T>(law: laws::Result<T>) -> String {
    law.err().map_or_else(String::new, |broken| broken.to_string())
}

#[test]
fn a_batch_that_cannot_be_and_a_sampler_with_a_memory_are_named() {
    let corpus = super::CorpusBuilder::new(&["de", "en"]).example(&[0, 1]).example(&[0]);
    let corpus = corpus.view();
    let law = |fault| said(laws::sampler::draws(|| Tried::new(fault), &corpus, 2, 7, 9));
    assert_eq!(law(Fault::None), "");
    assert_eq!(law(Fault::LongBatch), "batch 0: 3 pairs where 2 were asked for");
    assert!(law(Fault::MixedPairs).starts_with("batch 0: pair 0 "), "{}", law(Fault::MixedPairs));
    assert!(law(Fault::Memory).starts_with("a fresh instance draws another batch 8"));
}

#[test]
fn an_augmenter_with_a_memory_is_named() {
    let texts = text_builder();
    let law = |fault| laws::augmenter::rewrites(|| Tried::new(fault), &texts.view());
    assert_eq!(law(Fault::None).unwrap(), [" 0", "one 0", "two words 0"]);
    assert!(said(law(Fault::Memory)).contains("becomes"));
}

#[test]
fn counts_that_do_not_add_up_over_texts_are_named() {
    let texts = text_builder();
    let law = |fault| laws::augmenter::counts(|| Tried::new(fault), &texts.view());
    assert_eq!(law(Fault::None).unwrap()["words"], 4);
    let broken = said(law(Fault::Chunks));
    let told = "of all texts {\"none\": 0, \"words\": 12} is counted, of one after another";
    assert!(broken.starts_with(told), "{broken}");
}

#[test]
fn wrong_gradients_are_far_from_the_slopes_and_right_ones_near() {
    let batch = EmbeddingBatch::in_line(&[&[0.5, -0.2]], &[&[0.1, 0.4]]);
    let error = |fault| laws::objective::gradient_error(&mut Tried::new(fault).unwrap(), &batch);
    assert!(error(Fault::None).unwrap() < 1e-4);
    assert!(error(Fault::WrongSign).unwrap() > 0.5);
}

#[test]
fn an_objective_that_depends_on_what_is_wanted_or_asked_before_is_named() {
    let batch = EmbeddingBatch::in_line(&[&[0.5, -0.2]], &[&[0.1, 0.4]]);
    let wanted = |fault| {
        said(laws::objective::unwanted_gradients_change_nothing(|| Tried::new(fault), &batch))
    };
    assert_eq!(wanted(Fault::None), "");
    assert!(wanted(Fault::Greedy).contains("query gradients unwanted"));
    let validation =
        |fault| said(laws::objective::validation_changes_nothing(|| Tried::new(fault), &batch));
    assert_eq!(validation(Fault::None), "");
    assert_eq!(validation(Fault::Memory), "after a validation the instance trains otherwise");
}

#[test]
fn a_metric_out_of_range_or_with_a_memory_is_named() {
    let ranking = RankingBuilder::new(0).query(9, &[(1, 1, 0)]).query(9, &[(2, 1, 0)]);
    let options = |fault: &str| json!({ "fault": fault });
    let range = |fault| said(laws::metric::values_are_in_range::<Tried>(&options(fault), &ranking));
    assert_eq!(range("none"), "");
    assert_eq!(
        range("out-of-range"),
        "`tried` of query 0 is 1.000000002; its range is from 0 to 1"
    );
    let order = |fault| {
        said(laws::metric::order_of_queries_is_immaterial::<Tried>(&options(fault), &ranking))
    };
    assert_eq!(order("none"), "");
    assert!(order("memory").contains("in reverse order"));
}

#[test]
fn a_backend_that_looks_at_the_other_texts_of_a_call_is_named() {
    let law =
        |fault| backend(|one, _, texts| laws::backend::chunked_equals_whole(one, texts), fault);
    assert_eq!(law(Fault::None), "");
    assert!(law(Fault::Chunks).starts_with("Inference: texts have other embeddings one by one"));
}

#[test]
fn a_backend_that_forgets_its_optimiser_or_loads_a_damaged_state_is_named() {
    let law = laws::backend::saved_and_loaded_goes_on_identically;
    let goes_on = |fault| backend(|one, other, texts| law(one, other, texts, STEP), fault);
    assert_eq!(goes_on(Fault::None), "");
    assert!(goes_on(Fault::Forgetful).ends_with("the model trains otherwise than the one saved"));
    let law = laws::backend::a_damaged_state_is_refused;
    let refused = |fault| backend(|one, _, texts| law(one, texts), fault);
    assert_eq!(refused(Fault::None), "");
    assert_eq!(refused(Fault::Careless), "a state with `state` missing was loaded");
}

proptest! {
    #[test]
    fn a_corpus_is_laid_out_as_a_host_promises(corpus in strategies::corpora()) {
        prop_assert!(corpus.view().check_layout().is_ok());
    }

    #[test]
    fn a_batch_of_embeddings_can_be_and_no_passage_is_both_right_and_ignored(
        batch in strategies::embedding_batches(),
    ) {
        let evaluated = batch.evaluate_by(&mut Tried::new(Fault::None).unwrap(), super::Wanted::ALL);
        prop_assert!(evaluated.is_ok());
        for (query, (right, ignored)) in batch.positives.iter().zip(&batch.ignored).enumerate() {
            prop_assert!(right.contains(&(query as u32)));
            prop_assert!(right.is_sorted() && ignored.is_sorted());
            prop_assert!(right.iter().all(|passage| !ignored.contains(passage)));
        }
    }

    #[test]
    fn reordering_a_ranking_back_and_forth_leaves_it_as_it_was(ranking in strategies::rankings()) {
        let backwards: Vec<usize> = (0..ranking.view().queries()).rev().collect();
        let again = ranking.reordered(&backwards).reordered(&backwards);
        prop_assert_eq!(format!("{:?}", again.view()), format!("{:?}", ranking.view()));
    }
}
