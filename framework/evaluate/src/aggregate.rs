//! From one value a query to one figure a setting, and from one figure a trial to a mean and its spread.
//!
//! Three levels are kept: per query, the mean per group, and the macro mean over groups, in which a language with
//! few questions counts as much as one with many. NaN means undefined (no rank distance with a single relevant
//! passage, say): such values are left out and counted, never taken for zero. All sums run in f64 and in input order.

/// The figures of one metric in one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The mean of the group means, over groups with a defined value; none where no group has one.
    pub macro_mean: Option<f64>,
    /// The groups, in the order given.
    pub groups: Vec<GroupSummary>,
}

/// The figures of one metric in one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSummary {
    /// The group's name.
    pub name: String,
    /// The mean of the defined values; none where there are none.
    pub mean: Option<f64>,
    /// How many values are defined.
    pub count: usize,
    /// How many are not.
    pub undefined: usize,
}

/// Averages per query values, given group by group, within the groups and then over them.
pub fn aggregate<N, V>(groups: impl IntoIterator<Item = (N, V)>) -> Summary
where
    N: Into<String>,
    V: IntoIterator<Item = f64>,
{
    let summarise = |(name, values): (N, V)| {
        let mut total = 0;
        let (mean, count) = mean(values.into_iter().inspect(|_| total += 1));
        GroupSummary { name: name.into(), mean, count, undefined: total - count }
    };
    let groups: Vec<GroupSummary> = groups.into_iter().map(summarise).collect();
    let (macro_mean, _) = mean(groups.iter().filter_map(|group| group.mean));
    Summary { macro_mean, groups }
}

/// A mean over trials, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The mean of the defined values.
    pub mean: f64,
    /// The sample standard deviation, over n − 1; none with fewer than two values.
    pub deviation: Option<f64>,
    /// How many values are defined.
    pub count: usize,
}

/// The mean and sample standard deviation of the defined values; none where there are none.
pub fn spread(values: &[f64]) -> Option<Spread> {
    let (mean, count) = mean(values.iter().copied());
    let mean = mean?;
    let squares = values
        .iter()
        .filter(|value| !value.is_nan())
        .map(|value| (value - mean).powi(2))
        .sum::<f64>();
    let deviation = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
    Some(Spread { mean, deviation, count })
}

/// The mean of the values that are not NaN, and how many they are.
fn mean(values: impl IntoIterator<Item = f64>) -> (Option<f64>, usize) {
    let defined = values.into_iter().filter(|value| !value.is_nan());
    let (sum, count) = defined.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    ((count > 0).then(|| sum / count as f64), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_group_counts_as_much_as_a_large_one() {
        let summary = aggregate([("en", vec![1.0, 1.0, 1.0]), ("fi", vec![0.0])]);
        assert_eq!(summary.macro_mean, Some(0.5));
    }

    #[test]
    fn undefined_values_are_left_out_and_counted() {
        let summary =
            aggregate([("en", vec![f64::NAN, 0.25, 0.75]), ("fi", vec![f64::NAN]), ("sv", vec![])]);
        assert_eq!(summary.macro_mean, Some(0.5));
        let figures: Vec<_> =
            summary.groups.iter().map(|group| (group.mean, group.count, group.undefined)).collect();
        assert_eq!(figures, [(Some(0.5), 2, 1), (None, 0, 1), (None, 0, 0)]);
    }

    #[test]
    fn without_a_defined_value_there_is_no_mean() {
        assert_eq!(aggregate([("en", [f64::NAN])]).macro_mean, None);
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[f64::NAN]), None);
    }

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let found = spread(&[1.0, f64::NAN, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((found.mean, found.count), (2.5, 4));
        assert!((found.deviation.unwrap() - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(spread(&[7.0]).unwrap(), Spread { mean: 7.0, deviation: None, count: 1 });
    }
}
