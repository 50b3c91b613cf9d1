//! What holds for every call: errors, panics, create and destroy.

use super::specimen::{FAILURE, Specimen};
use super::*;
use crate::glue;

fn table() -> &'static abi::Augmenter {
    glue::augmenter::table::<Specimen>()
}

fn augment(made: &Made, error: *mut abi::ErrorBuffer) -> abi::Status {
    let texts = TwoTexts::new();
    let (raw, mut taken) = (texts.raw(), Texts::default());
    let sink = taken.sink();
    // SAFETY: everything lives through the call.
    unsafe { table().augment.unwrap()(made.instance, &raw const raw, &raw const sink, error) }
}

fn made(options: &str) -> Made {
    make(table().create, table().destroy, options)
}

/// Calls create with a canary in the place for the instance, and gives back what stands there.
fn create(args: *const abi::CreateArgs) -> (*mut c_void, Result<(), (abi::Status, String)>) {
    let canary = std::ptr::without_provenance_mut(0xA5A5);
    let mut instance = canary;
    // SAFETY: arguments and place live through the call.
    let result = call(|error| unsafe { table().create.unwrap()(args, &raw mut instance, error) });
    assert_eq!(instance == canary, result.is_err());
    (instance, result)
}

#[test]
fn an_error_is_cut_on_a_character_border() {
    let made = made(r#"{ "call": "fail" }"#);
    for capacity in 0..=64 {
        let mut error = ErrorText::new(capacity);
        assert_eq!(augment(&made, error.raw()), abi::STATUS_FAILED);
        let fits = FAILURE.floor_char_boundary(capacity);
        assert_eq!(error.text(), &FAILURE[..fits]);
    }
}

#[test]
fn an_error_without_a_buffer_is_still_a_status() {
    let made = made(r#"{ "call": "fail" }"#);
    assert_eq!(augment(&made, std::ptr::null_mut()), abi::STATUS_FAILED);
    for capacity in [0, 64] {
        let mut error = abi::ErrorBuffer { data: std::ptr::null_mut(), capacity, len: 99 };
        assert_eq!(augment(&made, &raw mut error), abi::STATUS_FAILED);
        assert_eq!(error.len, 0);
    }
}

#[test]
fn a_panic_becomes_a_status_and_the_instance_may_only_be_destroyed() {
    let made = made(r#"{ "call": "panic" }"#);
    let mut error = ErrorText::new(64);
    assert_eq!(augment(&made, error.raw()), abi::STATUS_PANICKED);
    assert_eq!(error.text(), "panicked: boom");
    let mut error = ErrorText::new(64);
    assert_eq!(augment(&made, error.raw()), abi::STATUS_PANICKED);
    assert!(error.text().starts_with("an earlier call panicked"));
}

#[test]
fn a_failure_poisons_nothing() {
    let made = made(r#"{ "call": "fail" }"#);
    assert_eq!(augment(&made, std::ptr::null_mut()), abi::STATUS_FAILED);
    assert_eq!(augment(&made, std::ptr::null_mut()), abi::STATUS_FAILED);
}

#[test]
fn a_panic_does_not_cross_even_if_what_it_carries_panics_when_dropped() {
    // What panics when dropped is leaked by intention, which Miri would report.
    if cfg!(miri) {
        return;
    }
    let in_call = made(r#"{ "call": "panic-twice" }"#);
    let mut error = ErrorText::new(64);
    assert_eq!(augment(&in_call, error.raw()), abi::STATUS_PANICKED);
    assert_eq!(error.text(), "panicked: no message");
    drop(made(r#"{ "drop": "panic" }"#));
    drop(made(r#"{ "drop": "panic-twice" }"#));
    let (_, created) = create(&raw const *Box::new(args(r#"{ "create": "panic-twice" }"#)));
    assert_eq!(created.unwrap_err().0, abi::STATUS_PANICKED);
}

#[test]
fn a_create_that_fails_leaves_the_place_for_the_instance_alone() {
    let cases = [
        (r#"{ "create": "fail" }"#, abi::STATUS_FAILED, FAILURE),
        (r#"{ "create": "panic" }"#, abi::STATUS_PANICKED, "boom"),
        (r#"{ "crate": "fail" }"#, abi::STATUS_INVALID, "unknown field `crate`"),
        ("[1", abi::STATUS_INVALID, "options: "),
    ];
    for (options, status, text) in cases {
        let args = args(options);
        let failure = create(&raw const args).1.unwrap_err();
        assert_eq!(failure.0, status, "{options}");
        assert!(failure.1.contains(text), "{}", failure.1);
    }
    let unreadable = abi::CreateArgs { options: not_utf8(), ..args("") };
    let failure = create(&raw const unreadable).1.unwrap_err();
    assert_eq!(failure, (abi::STATUS_INVALID, "options is not UTF-8".into()));
    assert_eq!(create(std::ptr::null()).1.unwrap_err().0, abi::STATUS_INVALID);
}

#[test]
fn nowhere_to_put_the_instance_is_an_error() {
    let args = args("{}");
    // SAFETY: the arguments live through the call.
    let result = call(|error| unsafe {
        table().create.unwrap()(&raw const args, std::ptr::null_mut(), error)
    });
    assert_eq!(result.unwrap_err().0, abi::STATUS_INVALID);
}

#[test]
fn arguments_of_an_older_and_of_a_newer_host_are_understood() {
    let mut newer = Longer::new(args("{}"));
    let older = abi::CreateArgs { struct_size: 8, ..args("not JSON, and not there for this size") };
    for args in [newer.raw().cast_const(), &raw const older] {
        let (instance, result) = create(args);
        result.unwrap();
        drop(Made { instance, destroy: table().destroy });
    }
    newer.known();
}

#[test]
fn a_null_instance_is_an_error_to_call_and_nothing_to_destroy() {
    let null = Made { instance: std::ptr::null_mut(), destroy: table().destroy };
    assert_eq!(augment(&null, std::ptr::null_mut()), abi::STATUS_INVALID);
}

#[test]
fn an_unknown_extension_is_null() {
    // SAFETY: the name lives through the call.
    let found = unsafe { table().get_extension.unwrap()(abi::Str::new("triglot.unheard-of/9")) };
    assert!(found.is_null());
}
