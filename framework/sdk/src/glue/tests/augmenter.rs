use super::specimen::Specimen;
use super::*;
use crate::glue;

fn augment(texts: &abi::Texts, out: &mut Texts) -> Result<(), (abi::Status, String)> {
    let table = glue::augmenter::table::<Specimen>();
    let made = make(table.create, table.destroy, "{}");
    let sink = out.sink();
    // SAFETY: everything lives through the call.
    call(|error| unsafe { table.augment.unwrap()(made.instance, texts, &raw const sink, error) })
}

#[test]
fn every_text_becomes_one_in_their_order() {
    let (texts, mut out) = (TwoTexts::new(), Texts::default());
    augment(&texts.raw(), &mut out).unwrap();
    assert_eq!(out.taken, ["grün de Query 3 7", " en Passage 4 7"]);
}

#[test]
fn no_texts_may_come_as_null_columns() {
    let mut out = Texts::default();
    augment(&abi::Texts::empty(), &mut out).unwrap();
    assert!(out.taken.is_empty());
}

#[test]
fn a_sink_that_refuses_is_not_called_again_and_its_status_comes_back() {
    let (texts, mut out) = (TwoTexts::new(), Texts { refuse: true, ..Texts::default() });
    let failure = augment(&texts.raw(), &mut out).unwrap_err();
    assert_eq!(failure, (17, "the host's text sink returned status 17".into()));
    assert_eq!(out.calls, 1);
}

#[test]
fn what_is_no_text_is_refused() {
    let mut crooked = TwoTexts::new();
    crooked.text[1] = not_utf8();
    let mut null = TwoTexts::new();
    null.text[1] = abi::Str { data: std::ptr::null(), len: 1 };
    let mut endless = TwoTexts::new();
    endless.text[1].data = NOT_UTF8.as_ptr();
    endless.text[1].len = usize::MAX;
    let mut role = TwoTexts::new();
    role.role[0] = 9;
    for texts in [&crooked, &null, &endless, &role] {
        let failure = augment(&texts.raw(), &mut Texts::default()).unwrap_err();
        assert_eq!(failure.0, abi::STATUS_INVALID);
    }
    let whole = TwoTexts::new();
    let texts = abi::Texts { language: std::ptr::null(), ..whole.raw() };
    let failure = augment(&texts, &mut Texts::default()).unwrap_err();
    assert!(failure.1.starts_with("texts."), "{}", failure.1);
}
