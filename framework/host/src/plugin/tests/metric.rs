use triglot_abi::Sized32;

use super::*;
use crate::manifest::types::Setting;
use crate::plugin::{Metric, Ranking};

/// Which columns the metric names, by its options.
unsafe extern "C" fn create_by_options(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments and place.
    unsafe {
        let options = (*args).options;
        let options = abi::slice(options.data, options.len).unwrap();
        let case = options.iter().filter(|byte| byte.is_ascii_digit());
        let case = case.fold(0, |number, digit| 10 * number + u64::from(digit - b'0'));
        *instance = Box::into_raw(Box::new(case)).cast();
    }
    abi::STATUS_OK
}

unsafe extern "C" fn columns(
    instance: *mut c_void,
    out: *const abi::ColumnSink,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's instance and sink.
    unsafe {
        let (case, sink) = (*instance.cast::<u64>(), &*out);
        let put = |name, lowest, highest| {
            let column =
                abi::Column { name: abi::Str::new(name), lowest, highest, ..abi::Column::empty() };
            sink.put.unwrap()(sink.context, &raw const column)
        };
        match case {
            1 => abi::STATUS_OK,
            2 => put("a b", 0.0, 1.0),
            3 => put("twice", 0.0, 1.0) + put("twice", 0.0, 1.0),
            4 => put("nan", f64::NAN, 1.0),
            5 => put("upside-down", 1.0, 0.0),
            6 => sink.put.unwrap()(sink.context, std::ptr::null()),
            _ => put("value", 0.0, f64::INFINITY),
        }
    }
}

unsafe extern "C" fn compute(
    instance: *mut c_void,
    _: *const abi::Ranking,
    values: *mut f64,
    count: usize,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's instance and values.
    unsafe {
        match *instance.cast::<u64>() {
            8 => *values.add(count - 1) = -0.5,
            9 => *values.add(count - 1) = f64::INFINITY,
            _ => {}
        }
    }
    abi::STATUS_OK
}

fn metric(case: u64) -> Result<Metric, CallError> {
    let table = abi::Metric {
        create: Some(create_by_options),
        destroy: Some(destroy),
        columns: Some(columns),
        compute: Some(compute),
        ..abi::Metric::empty()
    };
    let component = component(Kind::Metric, Functions::Metric(Arc::new(table)));
    let options = [("case".to_owned(), case.into())].into_iter().collect();
    Metric::create(&component, &options, &services())
}

fn ranking() -> Ranking {
    Ranking {
        query_language: vec![0; 2],
        query_group: vec![0; 2],
        pool_size: vec![1; 2],
        relevant: vec![1; 2],
        judged_offsets: vec![0; 3],
        top_offsets: vec![0; 3],
        ..Ranking::default()
    }
}

#[test]
fn columns_that_cannot_be_are_refused() {
    let problems = [
        "it has none",
        r#"a column is named "a b", allowed is [a-z0-9._@-]+"#,
        "two columns are named `twice`",
        "nan has the impossible range [NaN, 1]",
        "upside-down has the impossible range [1, 0]",
        "a column is null or too short",
    ];
    for (case, problem) in (1..).zip(problems) {
        assert_eq!(text(metric(case)), format!("cannot name the columns: {problem}"));
    }
}

#[test]
fn what_a_metric_does_not_write_is_undefined() {
    let values = metric(7).unwrap().compute(Setting::Monolingual, &ranking()).unwrap();
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|value| value.is_nan()));
}

#[test]
fn a_value_outside_its_range_or_infinite_is_a_failure() {
    for (case, value) in [(8, "-0.5"), (9, "inf")] {
        let failed = metric(case).unwrap().compute(Setting::Monolingual, &ranking());
        let problem = format!("cannot compute values: value is {value}, outside [0, inf]");
        assert_eq!(text(failed), problem);
    }
}

#[test]
fn a_ranking_whose_columns_do_not_fit_never_reaches_the_plugin() {
    let whole = ranking();
    let refused = [
        Ranking { pool_size: vec![1], ..whole.clone() },
        Ranking { judged_offsets: vec![0, 0], ..whole.clone() },
        Ranking { judged_offsets: vec![0, 1, 1], ..whole.clone() },
        Ranking { judged_offsets: vec![0, 1, 0], ..whole.clone() },
        Ranking { top_score: vec![1.0], ..whole.clone() },
    ];
    for ranking in refused {
        let failed = metric(7).unwrap().compute(Setting::Monolingual, &ranking);
        assert_eq!(failed.unwrap_err().status, abi::STATUS_INVALID);
    }
    let empty = Ranking::default();
    assert!(metric(7).unwrap().compute(Setting::Monolingual, &empty).unwrap().is_empty());
}
