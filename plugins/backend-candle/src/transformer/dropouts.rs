//! Where a family drops out, and with which of the two probabilities that every config has.

use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::pack::Pack;

/// Which probability holds at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// That of hidden states.
    Hidden,
    /// That of attention.
    Attention,
}

/// The sites of a family, as transformers has them.
pub(crate) type Sites = &'static [(Site, Rate)];

/// The probabilities of a pass; both are 0 in inference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probabilities {
    pub hidden: f64,
    pub attention: f64,
}

impl Probabilities {
    /// Those of inference.
    pub(crate) const NONE: Self = Self { hidden: 0.0, attention: 0.0 };
}

/// The dropouts of one pass over a pack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropouts<'a> {
    pub pack: &'a Pack,
    pub sites: Sites,
    pub probabilities: Probabilities,
}

impl<'a> Dropouts<'a> {
    /// That of a site in a layer; `None` where nothing is dropped.
    pub(crate) fn at(&self, site: Site, layer: usize) -> Option<Dropout<'a>> {
        let (_, rate) = self.sites.iter().find(|(listed, _)| *listed == site)?;
        let probability = match rate {
            Rate::Hidden => self.probabilities.hidden,
            Rate::Attention => self.probabilities.attention,
        };
        Dropout::new(self.pack, site, layer, probability)
    }
}
