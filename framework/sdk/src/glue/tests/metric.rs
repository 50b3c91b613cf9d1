use super::specimen::Specimen;
use super::*;
use crate::glue;

fn table() -> &'static abi::Metric {
    glue::metric::table::<Specimen>()
}

/// Two queries, with two judged passages and none.
struct Judged {
    numbers: [u32; 2],
    grades: [i32; 2],
    judged: [usize; 3],
    top: [usize; 3],
}

impl Judged {
    fn new() -> Self {
        Self { numbers: [1; 2], grades: [1; 2], judged: [0, 2, 2], top: [0; 3] }
    }

    fn raw(&self) -> abi::Ranking {
        let numbers = self.numbers.as_ptr();
        abi::Ranking {
            setting: abi::SETTING_MULTILINGUAL,
            queries: 2,
            query_language: numbers,
            query_group: numbers,
            pool_size: numbers,
            relevant: numbers,
            judged_offsets: self.judged.as_ptr(),
            judged_rank: numbers,
            judged_grade: self.grades.as_ptr(),
            judged_language: numbers,
            top_offsets: self.top.as_ptr(),
            ..abi::Ranking::empty()
        }
    }
}

fn compute(
    ranking: *const abi::Ranking,
    values: *mut f64,
    count: usize,
) -> Result<(), (abi::Status, String)> {
    let made = make(table().create, table().destroy, "{}");
    // SAFETY: ranking and values live through the call.
    call(|error| unsafe { table().compute.unwrap()(made.instance, ranking, values, count, error) })
}

#[test]
fn values_are_written_row_by_row_and_what_is_left_is_undefined() {
    let (judged, mut values) = (Judged::new(), [-1.0; 5]);
    compute(&raw const *Box::new(judged.raw()), values.as_mut_ptr(), 4).unwrap();
    assert_eq!((values[0], values[2], values[4]), (2.0, 0.0, -1.0));
    assert!(values[1].is_nan() && values[3].is_nan());
}

#[test]
fn a_newer_host_is_understood() {
    let (judged, mut values) = (Judged::new(), [-1.0; 4]);
    let mut newer = Longer::new(judged.raw());
    compute(newer.raw(), values.as_mut_ptr(), 4).unwrap();
    newer.known();
    assert_eq!(values[0], 2.0);
}

#[test]
fn no_queries_may_come_as_null_columns() {
    compute(&raw const *Box::new(abi::Ranking::empty()), std::ptr::null_mut(), 0).unwrap();
}

#[test]
fn room_for_another_number_of_values_is_refused() {
    let (judged, mut values) = (Judged::new(), [-1.0; 5]);
    let ranking = judged.raw();
    let data = values.as_mut_ptr();
    let refused = [(data, 3), (data, 5), (std::ptr::null_mut(), 4), (data.wrapping_byte_add(1), 4)];
    for (values, count) in refused {
        let failure = compute(&raw const ranking, values, count).unwrap_err();
        assert_eq!(failure.0, abi::STATUS_INVALID);
    }
    assert_eq!(values, [-1.0; 5]);
}

#[test]
fn offsets_that_fall_or_begin_late_are_refused() {
    for offsets in [[0, 2, 1], [1, 2, 2]] {
        let judged = Judged { judged: offsets, ..Judged::new() };
        let ranking = judged.raw();
        let failure = compute(&raw const ranking, [0.0; 4].as_mut_ptr(), 4).unwrap_err();
        assert!(failure.1.starts_with("judged_offsets"), "{}", failure.1);
    }
}

unsafe extern "C" fn put(context: *mut c_void, column: *const abi::Column) -> abi::Status {
    // SAFETY: the context of `columns_come_with_their_depth`, and the metric's column.
    unsafe {
        let column = abi::Column::read(column).unwrap();
        let name = abi::slice(column.name.data, column.name.len).unwrap();
        let name = String::from_utf8(name.to_vec()).unwrap();
        (*context.cast::<Vec<(String, u32)>>()).push((name, column.depth));
    }
    abi::STATUS_OK
}

#[test]
fn columns_come_with_their_depth() {
    let made = make(table().create, table().destroy, "{}");
    let mut taken: Vec<(String, u32)> = Vec::new();
    let sink = abi::ColumnSink {
        context: (&raw mut taken).cast(),
        put: Some(put),
        ..abi::ColumnSink::empty()
    };
    // SAFETY: the sink lives through the call.
    let columns =
        |error| unsafe { table().columns.unwrap()(made.instance, &raw const sink, error) };
    call(columns).unwrap();
    assert_eq!(taken, [("first".into(), 0), ("second".into(), 5)]);
}
