//! Dealing: which of several classes is drawn at ordinal n, and for the how-manieth time.
//!
//! Both follow from n alone, so that whatever a class hands out, its batches or its pairs, can be numbered without
//! walking there. Ordinals are dealt in rounds, in each of which every class has a fixed quota of places; a round is
//! shuffled by a permutation under its own key. So shares are exact over every whole round, and no class starves.

use triglot_sdk::Permutation;

use crate::weight::Weight;

/// Places in a round that is dealt by an exponent: shares are exact to a millionth.
const PLACES: u64 = 1 << 20;

/// What a class has to hand out, in the unit in which it is dealt: batches, or pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// How many items it has: the n of p ∝ nˢ.
    pub items: u64,
    /// How many units they fill once.
    pub once: u64,
    /// Units of an epoch of its own: `once`, or more where it deals to smaller classes in turn.
    pub epoch: u64,
}

/// Deals ordinals to classes.
#[derive(Debug, Clone)]
pub struct Deal {
    /// Where the places of each class end in a round, before it is shuffled.
    ends: Vec<u64>,
    shuffled: bool,
    epoch: u64,
}

impl Deal {
    /// Deals to classes with these supplies, each of at least one unit; `None` where there is none.
    pub fn new(weight: Weight, supplies: &[Supply]) -> Option<Self> {
        let once = || supplies.iter().map(|supply| supply.once);
        let quotas: Vec<u64> = match weight {
            Weight::Uniform | Weight::RoundRobin => vec![1; supplies.len()],
            Weight::Size => once().collect(),
            Weight::Exponent(exponent) => apportion(exponent, supplies),
        };
        let ends = quotas.iter().scan(0, |end, quota| {
            *end += quota;
            Some(*end)
        });
        let ends: Vec<u64> = ends.collect();
        let round = *ends.last()?;
        let rounds =
            quotas.iter().zip(supplies).map(|(quota, supply)| supply.epoch.div_ceil(*quota));
        let epoch = match weight {
            Weight::Exponent(_) => once().sum(),
            _ => round * rounds.max()?,
        };
        Some(Self { ends, shuffled: weight != Weight::RoundRobin, epoch })
    }

    /// Units of an epoch: the whole rounds in which every class is dealt its own epoch at least once; by an exponent, as
    /// many units as all items fill once.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The class that ordinal `n` is dealt to, and how often it was dealt to before.
    pub fn at(&self, key: [u64; 2], n: u64) -> (usize, u64) {
        let places = self.ends.last().copied().unwrap_or(1);
        let (round, mut place) = (n / places, n % places);
        if self.shuffled {
            place = Permutation::new(places, &[key[0], key[1], round]).at(place);
        }
        let class = self.ends.partition_point(|end| *end <= place);
        let (before, quota) = (self.start(class), self.quota(class));
        (class, round * quota + place - before)
    }

    /// The share of ordinals that go to a class.
    pub fn share(&self, class: usize) -> f64 {
        self.quota(class) as f64 / self.ends.last().copied().unwrap_or(1) as f64
    }

    fn start(&self, class: usize) -> u64 {
        class.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0)
    }

    fn quota(&self, class: usize) -> u64 {
        self.ends.get(class).map_or(0, |end| end - self.start(class))
    }
}

/// Places of a round by p ∝ nˢ: the whole parts, at least 1, and what is left of the round by largest remainder.
fn apportion(exponent: f64, supplies: &[Supply]) -> Vec<u64> {
    let most = supplies.iter().map(|supply| supply.items).max().unwrap_or(1) as f64;
    let weights = supplies.iter().map(|supply| (supply.items as f64 / most).powf(exponent));
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|weight| PLACES as f64 * weight / sum).collect();
    let mut quotas: Vec<u64> = exact.iter().map(|places| (*places as u64).max(1)).collect();
    let mut by_remainder: Vec<usize> = (0..exact.len()).filter(|i| exact[*i] >= 1.0).collect();
    by_remainder.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()));
    let left = PLACES.saturating_sub(quotas.iter().sum());
    for class in by_remainder.into_iter().take(left as usize) {
        quotas[class] += 1;
    }
    quotas
}
