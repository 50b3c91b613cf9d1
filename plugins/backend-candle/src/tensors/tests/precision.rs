//! What is written in fewer bits is rounded, and read back as it was rounded.

use proptest::prelude::*;

use crate::checkpoint::WEIGHTS;
use crate::tensors::{self, Named, Precision};

fn through(values: &[f32], precision: Precision) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let shape = [values.len()];
    let named = [Named::new("x", &shape, values)];
    tensors::write_as(folder.path(), WEIGHTS, &named, None, precision).unwrap();
    let mut file = tensors::open(folder.path(), WEIGHTS).unwrap();
    let read = file.take("x", &[values.len()]).unwrap();
    file.finish().unwrap();
    read
}

#[test]
fn a_number_between_two_becomes_the_nearer_and_in_the_middle_the_even_one() {
    let third = 1.0 / 3.0;
    for (precision, given, expected) in [
        // Above 2048 the numbers of half precision lie 2 apart.
        (Precision::F16, 2049.0, 2048.0),
        (Precision::F16, 2051.0, 2052.0),
        (Precision::F16, 2049.5, 2050.0),
        (Precision::F16, 65_519.0, 65_504.0),
        (Precision::F16, 1e-9, 0.0),
        (Precision::F16, -6e-8, -5.960_464_5e-8),
        (Precision::F16, third, 0.333_251_95),
        // Above 256 those of bfloat16 do.
        (Precision::Bf16, 257.0, 256.0),
        (Precision::Bf16, 259.0, 260.0),
        (Precision::Bf16, third, 0.333_984_38),
        (Precision::Bf16, 1e38, 9.969_21e37),
        (Precision::F32, third, third),
    ] {
        assert_eq!(through(&[given, -given], precision), [expected, -expected], "{given}");
    }
}

#[test]
fn a_number_too_large_is_an_error_that_names_its_tensor_and_leaves_no_file() {
    for (precision, value, expected) in [
        (Precision::F16, 65_520.0, "tensor `y`: 6.552e4 is too large for float16"),
        (Precision::F16, -1e6, "tensor `y`: -1e6 is too large for float16"),
        (Precision::Bf16, f32::MAX, "tensor `y`: 3.4028235e38 is too large for bfloat16"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (small, large) = ([1.0], [0.5, value]);
        let named = [Named::new("x", &[1], &small), Named::new("y", &[2], &large)];
        let error = tensors::write_as(folder.path(), WEIGHTS, &named, None, precision).unwrap_err();
        assert!(error.message().contains(expected), "{}", error.message());
        assert!(!folder.path().join(WEIGHTS).exists());
    }
}

proptest! {
    #[test]
    fn what_was_rounded_once_is_not_rounded_again(values in proptest::collection::vec(-6e4f32..6e4, 1..50)) {
        for precision in [Precision::F16, Precision::Bf16] {
            let once = through(&values, precision);
            prop_assert_eq!(&through(&once, precision), &once);
            for (rounded, value) in once.iter().zip(&values) {
                // Half of the last of 8 bits, or of the smallest number.
                prop_assert!((rounded - value).abs() <= value.abs() / 256.0 + 3e-8);
            }
        }
    }
}
