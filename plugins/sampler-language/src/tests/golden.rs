//! The draws of the default options are part of what a published seed means, and do not change.

use super::*;

/// Epoch length, a hundred batches and two far away, in one number.
fn digest<S: Ours>() -> u64 {
    let sets = [0b1111, 0b0111, 0b1010, 0b1100, 0b1111, 0b0011, 0b1011];
    let rows: Vec<(u128, u32)> = (0..240).map(|i| (sets[i % 7], 0)).collect();
    let data = Data::new(&CODES[..4], &rows);
    let corpus = data.view();
    let mut sampler: S = create(&json!({}), &corpus, 7).unwrap();
    let mut digest = sampler.epoch_length(&corpus);
    for ordinal in (0..100).chain([1 << 20, 1 << 40]) {
        let batch = draw(&mut sampler, &corpus, 13, ordinal);
        for row in batch.queries().iter().chain(batch.passages()) {
            digest = triglot_sdk::mix(&[digest, u64::from(*row)]);
        }
    }
    digest
}

#[test]
fn the_default_options_draw_what_they_drew_when_runs_were_recorded() {
    assert_eq!(digest::<Monolingual>(), 14_446_411_760_513_241_601);
    assert_eq!(digest::<SameLanguage>(), 13_551_715_453_220_855_997);
    assert_eq!(digest::<CrossLingual>(), 4_259_004_849_951_724_340);
}
