//! From values to places, and where an axis has its ticks.

/// A linear scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    /// From one tick to the next.
    step: f64,
}

impl Scale {
    /// The scale that has the values of `range` between the places `from` and `to`, widened to whole ticks.
    pub fn new((low, high): (f64, f64), from: f64, to: f64) -> Self {
        let step = step(low, high);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self { low, high, from, to, step }.wide()
    }

    /// The scale from the first to the last of the values, as they are.
    pub fn tight((low, high): (f64, f64), from: f64, to: f64) -> Self {
        Self { low, high, from, to, step: step(low, high) }.wide()
    }

    /// With room for a single value in the middle.
    fn wide(self) -> Self {
        match self.high > self.low {
            true => self,
            false => Self { low: self.low - 0.5, high: self.high + 0.5, ..self },
        }
    }

    /// Where a value stands.
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The values of the ticks, ascending.
    pub fn ticks(&self) -> Vec<f64> {
        let step = self.step;
        let (first, last) = ((self.low / step - 1e-9).ceil(), (self.high / step + 1e-9).floor());
        let count = (last - first).clamp(0.0, 20.0) as u32;
        (0..=count).map(|number| (first + f64::from(number)) * step).collect()
    }

    /// A tick's label, with as many digits as tell it from the next.
    pub fn label(&self, tick: f64) -> String {
        let digits = (-self.step.log10()).ceil().clamp(0.0, 9.0) as usize;
        let text = format!("{tick:.digits$}");
        match text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
            true => text.trim_start_matches('-').to_owned(),
            false => text.replace('-', "−"),
        }
    }
}

/// A distance between ticks that people count in, one, two or five times a power of ten, with about five of them.
fn step(low: f64, high: f64) -> f64 {
    let rough = (high - low) / 5.0;
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        let labels = |low, high| {
            let scale = Scale::new((low, high), 0.0, 1.0);
            scale.ticks().into_iter().map(|tick| scale.label(tick)).collect::<Vec<_>>()
        };
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(0.12, 0.41), ["0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels(-3.0, 212.0), ["−50", "0", "50", "100", "150", "200", "250"]);
    }

    #[test]
    fn a_single_value_stands_in_the_middle() {
        assert_eq!(Scale::tight((3.0, 3.0), 0.0, 10.0).at(3.0), 5.0);
    }

    proptest! {
        #[test]
        fn values_stand_within_the_axis_and_in_their_order(a in -1e6..1e6f64, b in -1e6..1e6f64) {
            let (low, high) = (a.min(b), a.max(b));
            let scale = Scale::new((low, high), 0.0, 100.0);
            prop_assert!(scale.at(low) >= -1e-6 && scale.at(high) <= 100.0 + 1e-6);
            prop_assert!(scale.at(low) <= scale.at(high));
            let ticks = scale.ticks();
            prop_assert!(ticks.len() >= 2 && ticks.len() <= 12, "{:?}", ticks);
        }
    }
}
