//! What all parts of a model share in one pass over a pack: dropout, and how attention is told where tokens are.

use super::config::Config;
use super::relative::{Buckets, Rotary};
use crate::kernels::distances::Distances;
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::pack::Pack;
use crate::kernels::rotation::Rotation;
use crate::parameter::Parameter;

/// Which probability holds at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// That of hidden states.
    Hidden,
    /// That of attention.
    Attention,
}

/// The sites where a family drops out, as in transformers.
pub(crate) type Sites = &'static [(Site, Rate)];

/// The probabilities of dropout in a pass; both are 0 in inference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probabilities {
    pub hidden: f64,
    pub attention: f64,
}

impl Probabilities {
    /// Those of inference.
    pub(crate) const NONE: Self = Self { hidden: 0.0, attention: 0.0 };
}

/// One pass over a pack.
pub(crate) struct Pass<'a> {
    pub pack: &'a Pack,
    /// Whether a backward pass will follow; if not, what only it needs is not kept.
    pub keeps_tape: bool,
    sites: Sites,
    probabilities: Probabilities,
    relative: Option<Distances>,
    rotaries: Vec<(Rotary, Rotation, Option<Distances>)>,
}

impl<'a> Pass<'a> {
    /// A pass of a model.
    pub(crate) fn new(
        config: &Config,
        parameters: &[Parameter],
        pack: &'a Pack,
        probabilities: Probabilities,
    ) -> Self {
        let longest = pack.rows().map(|rows| rows.len()).max().unwrap_or(0);
        let heads = config.heads;
        let mut rotaries: Vec<(Rotary, Rotation, Option<Distances>)> = Vec::new();
        for rotary in config.layout.layers.iter().filter_map(|layer| layer.rotary) {
            if rotaries.iter().all(|(known, ..)| *known != rotary) {
                let rotation = Rotation::new(heads.width, rotary.theta, longest);
                rotaries.push((rotary, rotation, rotary.distances(heads.heads, longest)));
            }
        }
        let distances = |buckets: Buckets| buckets.distances(parameters, heads.heads, longest);
        Self {
            pack,
            keeps_tape: true,
            sites: config.family.sites,
            probabilities,
            relative: config.layout.buckets.map(distances),
            rotaries,
        }
    }

    /// The same, of which nothing is kept for a backward pass.
    pub(crate) fn without_tape(self) -> Self {
        Self { keeps_tape: false, ..self }
    }

    /// The dropout of a site in a layer; `None` where nothing is dropped.
    pub(crate) fn dropout(&self, site: Site, layer: usize) -> Option<Dropout<'a>> {
        let (_, rate) = self.sites.iter().find(|(listed, _)| *listed == site)?;
        let probability = match rate {
            Rate::Hidden => self.probabilities.hidden,
            Rate::Attention => self.probabilities.attention,
        };
        Dropout::new(self.pack, site, layer, probability)
    }

    /// What turns the queries and keys of a layer.
    pub(crate) fn rotation(&self, rotary: Option<Rotary>) -> Option<&Rotation> {
        self.rotary(rotary).map(|(_, rotation, _)| rotation)
    }

    /// What is added to the scores of a layer.
    pub(crate) fn distances(&self, rotary: Option<Rotary>) -> Option<&Distances> {
        match rotary {
            Some(_) => self.rotary(rotary).and_then(|(.., distances)| distances.as_ref()),
            None => self.relative.as_ref(),
        }
    }

    fn rotary(&self, rotary: Option<Rotary>) -> Option<&(Rotary, Rotation, Option<Distances>)> {
        self.rotaries.iter().find(|(known, ..)| Some(*known) == rotary)
    }
}
