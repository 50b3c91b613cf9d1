//! The options of `replay/file`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of the sampler.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The file, as `triglot plan M --batches N --write FILE` writes it.
    #[schemars(extend("format" = "path"), length(min = 1))]
    pub path: String,
    /// Take only the batches that this member of a mix drew. Left out: those of all members, in the order of the file.
    pub member: Option<String>,
    /// Take only the batches of this stage. Left out: those of all stages, in the order of the file.
    pub stage: Option<String>,
    /// What comes after the last batch: "repeat", the first again, or "error": a run that draws more fails at that step.
    #[serde(default)]
    pub at_end: AtEnd,
}

/// What comes after the last batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AtEnd {
    /// The first batch again.
    #[default]
    Repeat,
    /// An error: a run that draws more fails at that step.
    Error,
}

impl Options {
    /// Whether a batch of this stage and member is asked for.
    pub fn selects(&self, stage: &str, member: &str) -> bool {
        let wanted = |option: &Option<String>, name| option.as_deref().is_none_or(|o| o == name);
        wanted(&self.stage, stage) && wanted(&self.member, member)
    }

    /// What is selected, for a message.
    pub fn selection(&self) -> String {
        let member = self.member.iter().map(|member| format!(" of the member `{member}`"));
        let stage = self.stage.iter().map(|stage| format!(" of the stage `{stage}`"));
        member.chain(stage).collect()
    }
}
