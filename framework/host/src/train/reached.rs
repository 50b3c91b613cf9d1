//! What training has come to, beside the weights: all that a later step, the record or a decision depends on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::best::{Best, StageEnd, ValidationState};
use super::counts::{AugmentCounts, Counts, LanguagePairs, add_language_pairs};
use super::stage::Taken;

/// What training did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Steps taken.
    pub steps: u64,
    /// Pairs seen.
    pub pairs: u64,
    /// Texts encoded for training, the second encoding of gradient caching not counted.
    pub texts: u64,
    /// Tokens of these texts, where the backend counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// How often a passage was neither right nor wrong for a query of its batch.
    pub ignored: u64,
    /// What the batches held, by `stage/member`.
    #[serde(default)]
    pub batches: BTreeMap<String, Counts>,
    /// Pairs of every stage by their languages, `en-de` for a query in `en` with a passage in `de`.
    #[serde(default)]
    pub language_pairs: BTreeMap<String, LanguagePairs>,
    /// What augmenters counted of the texts that each was given, by `library/component/name`: tokens, say, and how many
    /// of them were replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub augmented: AugmentCounts,
    /// Loss of the last step.
    pub last_loss: Option<f64>,
    /// The loss on what the data sets hold out, when it was last computed.
    pub validation_loss: Option<f64>,
    /// The best validation of every stage that goes by a metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best: Vec<Best>,
    /// How the stages ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageEnd>,
}

impl Summary {
    /// Counts a step on rows in these languages.
    pub(super) fn count(&mut self, stage: &str, taken: &Taken<'_>, languages: &[String]) {
        let Taken { batch, outcome, report, member, augmented, .. } = taken;
        self.steps += 1;
        self.pairs += batch.queries.len() as u64;
        self.texts += (batch.queries.len() + batch.passages.len()) as u64;
        if let Some(tokens) = report.tokens {
            *self.tokens.get_or_insert(0) += tokens;
        }
        self.ignored += batch.relevance.ignored.items().len() as u64;
        self.last_loss = Some(outcome.loss);
        self.batches.entry(format!("{stage}/{member}")).or_default().add(batch);
        let pairs = self.language_pairs.entry(stage.to_owned()).or_default();
        add_language_pairs(pairs, batch, languages);
        for (name, count) in augmented {
            *self.augmented.entry(name.clone()).or_default() += count;
        }
    }
}

/// What training has come to. A checkpoint keeps it whole, so whatever is added here survives a resume.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// What was done so far.
    pub summary: Summary,
    /// What the validations have come to.
    #[serde(default)]
    pub validation: ValidationState,
}

impl Reached {
    /// All that the record tells of it.
    pub(super) fn into_summary(self) -> Summary {
        let best = self.validation.best().cloned().collect();
        let stages = self.validation.ended().cloned().collect();
        Summary { best, stages, ..self.summary }
    }
}
