use super::specimen::Specimen;
use super::*;
use crate::glue;

fn table() -> &'static abi::Backend {
    glue::backend::table::<Specimen>()
}

fn extension(name: abi::Str) -> *const c_void {
    // SAFETY: the name lives through the call.
    unsafe { table().get_extension.unwrap()(name) }
}

/// What a variable sink took, up to as many variables as it wants.
struct Taken {
    variables: Vec<(String, Vec<f32>, f64)>,
    room: usize,
}

unsafe extern "C" fn put(context: *mut c_void, variable: *const abi::Variable) -> abi::Status {
    // SAFETY: the context of `visit`; the variable and what it points to are lent for the call.
    let (taken, name, values, norm) = unsafe {
        let variable = abi::Variable::read(variable).unwrap();
        let name = abi::slice(variable.name.data, variable.name.len).unwrap();
        let values = abi::slice(variable.values, variable.count).unwrap();
        (&mut *context.cast::<Taken>(), name, values, variable.gradient_norm)
    };
    if taken.variables.len() == taken.room {
        return 17;
    }
    let name = std::str::from_utf8(name).unwrap().to_owned();
    taken.variables.push((name, values.to_vec(), norm));
    abi::STATUS_OK
}

fn visit(options: &str, room: usize) -> (Result<(), (abi::Status, String)>, Taken) {
    let group = extension(abi::Str::new(abi::EXTENSION_VARIABLES)).cast();
    // SAFETY: the group of this name has this table.
    let variables = unsafe { abi::Variables::read(group) }.unwrap();
    let made = make(table().create, table().destroy, options);
    let mut taken = Taken { variables: vec![], room };
    let sink = abi::VariableSink {
        context: (&raw mut taken).cast(),
        put: Some(put),
        ..abi::VariableSink::empty()
    };
    // SAFETY: instance and sink live through the call.
    let visit = |error| unsafe { variables.visit.unwrap()(made.instance, &raw const sink, error) };
    (call(visit), taken)
}

#[test]
fn only_the_name_of_a_group_finds_it() {
    assert!(!extension(abi::Str::new("triglot.variables/1")).is_null());
    for other in ["triglot.variables/2", "triglot.variables/1 ", "", "triglot.params/1"] {
        assert!(extension(abi::Str::new(other)).is_null(), "{other}");
    }
    assert!(extension(abi::Str::EMPTY).is_null());
    assert!(extension(not_utf8()).is_null());
}

#[test]
fn every_variable_crosses_in_its_order() {
    let (result, taken) = visit("{}", usize::MAX);
    result.unwrap();
    let all = [("bias".to_owned(), vec![0.5], 0.0), ("weight".to_owned(), vec![1.0, 2.0], 3.0)];
    assert_eq!(taken.variables, all);
}

#[test]
fn what_the_sink_or_the_backend_refuses_ends_the_visit() {
    let (result, taken) = visit("{}", 1);
    assert_eq!((result.unwrap_err().0, taken.variables.len()), (17, 1));
    let (result, taken) = visit(r#"{"call": "fail"}"#, 1);
    assert_eq!((result.unwrap_err().0, taken.variables.len()), (abi::STATUS_FAILED, 0));
}
