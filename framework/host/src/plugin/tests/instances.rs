//! Creating, calling and destroying.

use triglot_abi::Sized32;

use super::*;
use crate::plugin::{Augmenter, Backend, Texts};

fn augmenter(create: abi::Create) -> Arc<Component> {
    let table = abi::Augmenter {
        create,
        destroy: Some(destroy),
        augment: Some(augment),
        ..abi::Augmenter::empty()
    };
    component(Kind::Augmenter, Functions::Augmenter(Arc::new(table)))
}

/// Does as the first text says.
unsafe extern "C" fn augment(
    _: *mut c_void,
    texts: *const abi::Texts,
    out: *const abi::TextSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments.
    unsafe {
        let (sink, first) = (&*out, *(*texts).text);
        let put = sink.put.unwrap();
        match abi::slice(first.data, first.len).unwrap() {
            b"panic" => return abi::STATUS_PANICKED,
            b"cancel" => return abi::STATUS_CANCELLED,
            b"odd" => return 1234,
            b"boast" => (*error).len = usize::MAX,
            b"bytes" => {
                let not_utf8 = [0xC3, 0x28];
                let bad = abi::Str { data: not_utf8.as_ptr(), len: 2 };
                assert_eq!(put(sink.context, bad), abi::STATUS_INVALID);
                assert_eq!(put(sink.context, first), abi::STATUS_INVALID);
                return 55;
            }
            _ => return put(sink.context, first),
        }
    }
    abi::STATUS_FAILED
}

fn run(text: &str) -> Result<Vec<String>, CallError> {
    let mut augmenter =
        Augmenter::create(&augmenter(Some(create)), &Default::default(), 1, &services())?;
    let mut texts = Texts::default();
    texts.push(text, "en", abi::ROLE_QUERY, 1);
    augmenter.augment(&texts)
}

unsafe extern "C" fn create_nothing(
    _: *const abi::CreateArgs,
    _: *mut *mut c_void,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    abi::STATUS_OK
}

#[test]
fn an_ok_without_an_instance_is_a_failure() {
    let component = augmenter(Some(create_nothing));
    let made = Augmenter::create(&component, &Default::default(), 1, &services());
    assert_eq!(text(made), "cannot create an instance: it said OK and gave none");
}

#[test]
fn a_component_of_another_kind_is_refused() {
    let made = Backend::create(&augmenter(Some(create)), &Default::default(), 1, &services());
    assert_eq!(text(made), "cannot create an instance: it is an augmenter, not a backend");
}

#[test]
fn a_status_without_text_is_told_in_the_host_s_words() {
    assert_eq!(text(run("odd")), "cannot augment texts: status 1234, without a word");
    assert_eq!(text(run("cancel")), "cannot augment texts: cancelled");
    assert!(run("cancel").is_err_and(|error| crate::Error::from(error).is_interrupted()));
}

#[test]
fn an_error_text_that_claims_more_than_its_buffer_is_taken_as_full() {
    let error = run("boast").unwrap_err();
    assert_eq!((error.status, error.message.len()), (abi::STATUS_FAILED, 4096));
}

#[test]
fn a_mistake_in_a_sink_stands_above_the_status_and_ends_the_taking() {
    assert_eq!(text(run("bytes")), "cannot augment texts: a text is not UTF-8");
}

#[test]
fn another_number_of_texts_is_a_failure() {
    assert_eq!(run("fine").unwrap(), ["fine"]);
    let component = augmenter(Some(create));
    let made = Augmenter::create(&component, &Default::default(), 1, &services());
    let mut texts = Texts::default();
    texts.push("a", "en", abi::ROLE_QUERY, 1);
    texts.push("b", "en", abi::ROLE_QUERY, 2);
    assert_eq!(text(made.unwrap().augment(&texts)), "cannot augment texts: 1 texts for 2");
}

#[test]
fn an_instance_that_panicked_is_not_called_again() {
    let component = augmenter(Some(create));
    let made = Augmenter::create(&component, &Default::default(), 1, &services());
    let mut augmenter = made.unwrap();
    let of = |text: &'static str| {
        let mut texts = Texts::default();
        texts.push(text, "en", abi::ROLE_QUERY, 1);
        texts
    };
    assert!(augmenter.augment(&of("panic")).is_err());
    let again = text(augmenter.augment(&of("fine")));
    assert_eq!(again, "cannot augment texts: an earlier call panicked");
}
