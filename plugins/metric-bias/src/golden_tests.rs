//! Equality with SciPy: see `tests/golden/make_golden.py`.

use serde::Deserialize;

use crate::equal_rank::equal_ranks;
use crate::rank_correlation::spearman;

#[derive(Deserialize)]
struct Golden {
    spearman: Vec<(Vec<u32>, Vec<u32>, Option<f64>)>,
    kruskal: Vec<(Vec<u32>, Vec<u32>, Option<f64>)>,
}

type Statistic = fn(&[u32], &[u32]) -> Option<f64>;

#[test]
fn correlations_and_p_values_equal_those_of_scipy() {
    let golden = include_str!("../tests/golden/golden.json");
    let golden: Golden = serde_json::from_str(golden).unwrap();
    let statistics: [(_, Statistic); 2] =
        [(golden.spearman, spearman), (golden.kruskal, equal_ranks)];
    for (cases, statistic) in statistics {
        assert!(cases.len() > 40);
        assert!(cases.iter().any(|(.., expected)| expected.is_none()));
        for (one, other, expected) in cases {
            let found = statistic(&one, &other);
            assert_eq!(found.is_some(), expected.is_some(), "{one:?} {other:?}");
            let (found, expected) = (found.unwrap_or(0.0), expected.unwrap_or(0.0));
            let near = (found - expected).abs() <= 1e-12 || (found / expected - 1.0).abs() <= 1e-9;
            assert!(near, "{one:?} {other:?}: {found}, expected {expected}");
        }
    }
}
