//! Creating, calling and destroying.

use std::sync::atomic::{AtomicPtr, Ordering};

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

/// Keeps the address of the services where the instance is.
unsafe extern "C" fn create_keeping_services(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments and place.
    unsafe {
        let status = create(args, instance, error);
        KEPT.store((*args).host.cast_mut(), Ordering::SeqCst);
        status
    }
}

static KEPT: AtomicPtr<abi::Host> = AtomicPtr::new(std::ptr::null_mut());

#[test]
fn services_outlive_their_instance_and_note_who_calls_them_then() {
    let services = services();
    let component = augmenter(Some(create_keeping_services));
    let made = Augmenter::create(&component, &Default::default(), 1, &services).unwrap();
    // SAFETY: the services that the plugin was given, which are for good.
    let host = unsafe { &*KEPT.load(Ordering::SeqCst) };
    let cancelled = || {
        // SAFETY: as above.
        unsafe { host.cancelled.unwrap()(host.context) }
    };
    let not_utf8 = [0xC3, 0x28];
    let message = abi::Str { data: not_utf8.as_ptr(), len: 2 };
    let log = || {
        // SAFETY: as above; the message is there.
        unsafe { host.log.unwrap()(host.context, abi::LOG_INFO, message, message) }
    };
    assert_eq!(cancelled(), 0);
    log();
    services.check_late_calls().unwrap();

    drop(made);
    assert_eq!(cancelled(), 1, "what runs on is told to stop");
    log();
    let late = services.check_late_calls().unwrap_err().to_string();
    let told = "it called the host's `cancelled`, `log` after its instance was destroyed";
    assert_eq!(late, format!("plugin raw/table: {told}"));
    services.check_late_calls().unwrap();
}

/// Refuses, and writes behind the error buffer, as a failing plugin may that takes its capacity for that of a longer one.
unsafe extern "C" fn refuse_at_length(
    _: *const abi::CreateArgs,
    _: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's buffer; the byte behind it is the misdeed.
    unsafe { (*error).data.add((*error).capacity).write(1) };
    abi::STATUS_INVALID
}

#[test]
fn a_breach_stands_above_what_the_plugin_says() {
    let component = augmenter(Some(refuse_at_length));
    let made = Augmenter::create(&component, &Default::default(), 1, &services());
    let told = "cannot create an instance: it wrote a byte past the end of the error text";
    assert_eq!(text(made), told);
}
