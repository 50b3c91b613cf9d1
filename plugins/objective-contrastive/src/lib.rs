//! Objectives that pull a query to its passages and push it from the others of the batch.
//!
//! One component so far, [`info-nce`](info_nce::InfoNce). Which passages are right for a query, and which are neither
//! right nor wrong, is the host's to say: an objective sees two lists for each query and no text. What is left is
//! arithmetic, in four rooms: [`similarity`] compares embeddings and takes gradients back through the comparison,
//! [`contrast`] is the loss of one query over its logits, [`info_nce`] walks the batch, and [`temperature`] is the one
//! parameter that can be learnt.

mod contrast;
mod info_nce;
mod options;
mod record;
mod similarity;
mod temperature;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod testing;

use info_nce::InfoNce;

triglot_sdk::plugin! { name: "contrastive", components: [objective InfoNce] }
