use proptest::prelude::*;
use triglot_sdk::testkit::strategies::texts;
use triglot_sdk::testkit::{TextBuilder, laws};

use super::*;

fn make(probability: f64, languages: Option<&str>) -> Result<DropWords> {
    let languages = languages.map(|code| vec![code.to_owned()]);
    DropWords::create(
        Options {
            probability,
            languages,
        },
        &Context::detached(0),
    )
}

#[test]
fn a_share_of_the_words_is_left_out() {
    let long = vec!["word"; 10_000].join(" ");
    let texts = TextBuilder::queries(&[&long]);
    let shorter = laws::augmenter::rewrites(|| make(0.3, None), &texts.view()).unwrap();
    let kept = shorter[0].split(' ').count();
    assert!(
        (6_800..7_200).contains(&kept),
        "{kept} of 10000 words are left"
    );
}

#[test]
fn options_have_defaults_and_bounds() {
    let options: Options = serde_json::from_value(serde_json::json!({})).unwrap();
    assert_eq!(options.probability, 0.1);
    assert!(make(1.5, None).is_err() && make(f64::NAN, None).is_err());
}

proptest! {
    #[test]
    fn what_is_left_stands_in_its_old_order(texts in texts(), probability in 0.0..=1.0) {
        let texts = texts.view();
        let rewritten = laws::augmenter::rewrites(|| make(probability, None), &texts)?;
        for (text, shorter) in texts.iter().zip(rewritten) {
            let mut words = text.text.split(' ');
            prop_assert!(shorter.split(' ').all(|word| words.any(|other| other == word)));
        }
    }

    #[test]
    fn texts_of_other_languages_and_texts_at_probability_0_stay_as_they_are(texts in texts()) {
        let texts = texts.view();
        for (probability, language) in [(0.9, Some("xx")), (0.0, None)] {
            let rewritten = laws::augmenter::rewrites(|| make(probability, language), &texts)?;
            prop_assert!(texts.iter().map(|text| text.text).eq(rewritten));
        }
    }
}
