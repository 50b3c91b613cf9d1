//! What a library exports.

use std::path::Path;

use super::*;
use crate::plugin::library::components;
use triglot_abi::Sized32;

unsafe extern "C" fn columns(
    _: *mut c_void,
    _: *const abi::ColumnSink,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    abi::STATUS_OK
}

unsafe extern "C" fn compute(
    _: *mut c_void,
    _: *const abi::Ranking,
    _: *mut f64,
    _: usize,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    abi::STATUS_OK
}

fn metric() -> abi::Metric {
    abi::Metric {
        create: Some(create),
        destroy: Some(destroy),
        columns: Some(columns),
        compute: Some(compute),
        ..abi::Metric::empty()
    }
}

fn entry(kind: u32, id: &'static str, functions: &abi::Metric) -> abi::Component {
    abi::Component {
        kind,
        id: abi::Str::new(id),
        description: abi::Str::new(r#"{ "summary": "one", "options": {}, "later": 1 }"#),
        functions: std::ptr::from_ref(functions).cast(),
        ..abi::Component::empty()
    }
}

/// Reads a library of these components.
fn read(entries: &[abi::Component]) -> Result<Vec<Arc<Component>>, String> {
    let pointers: Vec<*const abi::Component> = entries.iter().map(std::ptr::from_ref).collect();
    read_table(&table(&pointers))
}

fn table(pointers: &[*const abi::Component]) -> abi::Plugin {
    abi::Plugin {
        name: abi::Str::new("raw"),
        version: abi::Str::new("1"),
        components: pointers.as_ptr(),
        component_count: pointers.len(),
        ..abi::Plugin::empty()
    }
}

fn read_table(table: &abi::Plugin) -> Result<Vec<Arc<Component>>, String> {
    // SAFETY: what the table points to lives through the call.
    unsafe { components(table, Path::new("raw")) }
}

#[test]
fn a_kind_of_a_later_contract_is_left_out() {
    let metric = metric();
    let read = read(&[entry(77, "odd", &metric), entry(abi::KIND_METRIC, "m", &metric)]).unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].name(), read[0].summary.as_str()), ("raw/m".into(), "one"));
}

#[test]
fn a_missing_function_is_named_and_so_is_one_that_the_table_is_too_short_for() {
    let no_compute = abi::Metric { compute: None, ..metric() };
    let older = abi::Metric { struct_size: 40, ..metric() };
    let cut = abi::Metric { struct_size: 47, ..metric() };
    for functions in [no_compute, older, cut] {
        let problem = read(&[entry(abi::KIND_METRIC, "m", &functions)]).unwrap_err();
        assert_eq!(problem, "metric `m`: its function `compute` is missing");
    }
    let nothing = abi::Metric { struct_size: 3, ..metric() };
    let problem = read(&[entry(abi::KIND_METRIC, "m", &nothing)]).unwrap_err();
    assert_eq!(problem, "metric `m`: its function table is null or too short");
}

#[test]
fn a_table_of_a_later_minor_version_is_read_as_far_as_it_is_known() {
    #[repr(C)]
    struct Later(abi::Metric, [usize; 3]);
    let mut later = Later(metric(), [1; 3]);
    later.0.struct_size = size_of::<Later>() as u32;
    // SAFETY: the struct is as long as it says.
    let known = unsafe { &*std::ptr::from_ref(&later).cast::<abi::Metric>() };
    assert_eq!(read(&[entry(abi::KIND_METRIC, "m", known)]).unwrap().len(), 1);
}

#[test]
fn two_components_of_one_kind_and_name_are_refused() {
    let metric = metric();
    let twice = [entry(abi::KIND_METRIC, "m", &metric), entry(abi::KIND_METRIC, "m", &metric)];
    assert_eq!(read(&twice).unwrap_err(), "it holds two metrics named `m`");
}

#[test]
fn malformed_names_and_descriptions_are_refused() {
    let metric = metric();
    for id in ["", "A", "a b", "-a", "a/b"] {
        let problem = read(&[entry(abi::KIND_METRIC, id, &metric)]).unwrap_err();
        assert_eq!(problem, "the id of component 0 is malformed");
    }
    let not_utf8 = [0xC3, 0x28];
    let description = abi::Str { data: not_utf8.as_ptr(), len: 2 };
    let malformed = abi::Component { description, ..entry(abi::KIND_METRIC, "m", &metric) };
    assert_eq!(read(&[malformed]).unwrap_err(), "the description of `m` is not JSON");
}

#[test]
fn null_lists_and_null_components_are_refused() {
    let one = abi::Plugin { component_count: 1, ..table(&[]) };
    let null = abi::Plugin { components: std::ptr::null(), ..one };
    for refused in [null, table(&[std::ptr::null()])] {
        assert!(read_table(&refused).unwrap_err().contains("null"));
    }
    let endless = [std::ptr::null()];
    let endless = abi::Plugin { component_count: usize::MAX, ..table(&endless) };
    assert!(read_table(&endless).unwrap_err().contains("list of components"));
    assert!(read_table(&abi::Plugin { name: abi::Str::EMPTY, ..table(&[]) }).is_err());
}
