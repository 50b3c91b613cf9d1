//! Corrections for asking more than one question of the same data.

/// How p-values of one family are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Correction {
    /// Holm's, step by step (Holm 1979): never less powerful than Bonferroni's, under the same assumptions, which are
    /// none.
    #[default]
    Holm,
    /// Every p times the number of questions.
    Bonferroni,
    /// None at all.
    None,
}

impl Correction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Holm, Self::Bonferroni, Self::None];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holm => "holm",
            Self::Bonferroni => "bonferroni",
            Self::None => "none",
        }
    }
}

/// The p-values of a family, corrected so that they may each be held against the level of the whole family: the
/// probability that any true null hypothesis is rejected stays below it.
pub fn correct(p: &[f64], correction: Correction) -> Vec<f64> {
    let questions = p.len();
    match correction {
        Correction::None => p.to_vec(),
        Correction::Bonferroni => p.iter().map(|p| (p * questions as f64).min(1.0)).collect(),
        Correction::Holm => {
            let mut order: Vec<usize> = (0..questions).collect();
            order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
            let mut corrected = vec![1.0; questions];
            let mut largest = 0.0f64;
            for (before, at) in order.into_iter().enumerate() {
                largest = largest.max((p[at] * (questions - before) as f64).min(1.0));
                corrected[at] = largest;
            }
            corrected
        }
    }
}
