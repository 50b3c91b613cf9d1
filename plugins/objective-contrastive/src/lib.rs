//! Objectives that pull together what belongs together, most of them by pushing the rest of the batch away.
//!
//! Three components: [`info-nce`](info_nce::InfoNce), [`additive-margin`](additive_margin::AdditiveMargin) and
//! [`alignment`](alignment::Alignment); README.md beside this crate has their formulas and sources. Which passages are
//! right for a query, and which are neither right nor wrong, is the host's to say: an objective sees two lists for each
//! query and no text. What is left is arithmetic: the SDK compares embeddings and takes gradients back through the
//! comparison, [`relations`] reads the lists from either side, [`contrast`] is the loss of one query over its logits,
//! [`in_batch`] carries it through the batch, and [`temperature`] is the one parameter that can be learnt.

mod additive_margin;
mod alignment;
mod contrast;
mod in_batch;
mod info_nce;
mod options;
mod record;
mod relations;
mod temperature;

#[cfg(test)]
mod component_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod testing;

use additive_margin::AdditiveMargin;
use alignment::Alignment;
use info_nce::InfoNce;

triglot_sdk::plugin! {
    name: "contrastive",
    components: [objective InfoNce, objective AdditiveMargin, objective Alignment],
}
