use proptest::prelude::*;
use triglot_sdk::testkit::strategies::texts;
use triglot_sdk::testkit::{TextBuilder, laws};
use triglot_sdk::{Backend, Context, Mode, Step};

use super::Options;
use super::table::Trigrams;

const STEP: Step = Step {
    learning_rate: 0.5,
    weight_decay: 0.0,
    clip: Some(1.0),
};

fn fresh() -> Trigrams {
    Trigrams::create(Options { dim: 5, rows: 50 }, &Context::detached(7)).unwrap()
}

fn prepared() -> Trigrams {
    let mut backend = fresh();
    backend.prepare(None).unwrap();
    backend
}

#[test]
fn options_have_defaults_and_bounds() {
    let options: Options = serde_json::from_value(serde_json::json!({ "dim": 32 })).unwrap();
    assert_eq!(
        options,
        Options {
            dim: 32,
            rows: 8192
        }
    );
    assert!(Trigrams::create(Options { dim: 0, rows: 1 }, &Context::detached(7)).is_err());
}

#[test]
fn a_step_goes_down_the_slope_and_clips() {
    let (mut backend, texts) = (prepared(), TextBuilder::queries(&["sea", "the sea"]));
    let size = |embeddings: &[f32]| embeddings.iter().map(|x| x * x).sum::<f32>();
    let mut last = f32::INFINITY;
    for _ in 0..5 {
        // The law trains towards zero.
        let (embeddings, report) = laws::backend::train(&mut backend, &texts.view(), STEP).unwrap();
        assert!(size(&embeddings) < last);
        last = size(&embeddings);
        assert_eq!(report.tokens, 10);
    }
}

#[test]
fn a_tape_serves_one_backward() {
    let (mut backend, texts) = (prepared(), TextBuilder::queries(&["sea"]));
    laws::backend::encode(&mut backend, Mode::Tape, &texts.view()).unwrap();
    let gradients = triglot_sdk::Matrix::new(&[1.0; 5], 1, 5).unwrap();
    assert!(backend.backward(gradients).is_ok());
    assert!(backend.backward(gradients).is_err());
}

#[test]
fn a_damaged_state_and_one_of_another_shape_are_refused() {
    let texts = TextBuilder::queries(&["sea", "the sea"]);
    laws::backend::a_damaged_state_is_refused(&mut prepared(), &texts.view()).unwrap();

    let other = Trigrams::create(Options { dim: 10, rows: 25 }, &Context::detached(7));
    let error = laws::backend::saved_and_loaded_goes_on_identically(
        &mut prepared(),
        &mut other.unwrap(),
        &texts.view(),
        STEP,
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("does not begin with `trigrams 25 x 10`")
    );
}

proptest! {
    #[test]
    fn a_text_has_one_embedding_in_whatever_company(texts in texts()) {
        laws::backend::chunked_equals_whole(&mut prepared(), &texts.view())?;
    }

    #[test]
    fn a_saved_model_trains_on_as_if_it_had_not_been_saved(texts in texts()) {
        let (mut trained, mut fresh) = (prepared(), fresh());
        let law = laws::backend::saved_and_loaded_goes_on_identically;
        law(&mut trained, &mut fresh, &texts.view(), STEP)?;
    }
}
