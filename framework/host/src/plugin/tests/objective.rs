use triglot_abi::Sized32;

use super::*;
use crate::plugin::{Lists, Objective, ObjectiveBatch, ObjectiveOutcome};

/// The loss is the first number of the first query, which also says what else is done.
unsafe extern "C" fn evaluate(
    _: *mut c_void,
    batch: *const abi::ObjectiveBatch,
    output: *mut abi::ObjectiveOutput,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's arguments.
    unsafe {
        let output = &mut *output;
        for gradients in [&output.query_gradients, &output.passage_gradients] {
            if !gradients.data.is_null() {
                gradients.data.write_bytes(0, gradients.rows * gradients.cols);
            }
        }
        let first = *(*batch).queries.data;
        output.loss = f64::from(first);
        let sink = &*output.scalars;
        let put = |name| sink.put.unwrap()(sink.context, abi::Str::new(name), 0.5);
        match first as i32 {
            1 => put("share.of-5"),
            2 => put("Share of 5"),
            3 => {
                *output.passage_gradients.data.add(3) = f32::NAN;
                abi::STATUS_OK
            }
            _ => abi::STATUS_OK,
        }
    }
}

fn run(
    first: f32,
    change: impl FnOnce(&mut ObjectiveBatch<'_>),
) -> Result<ObjectiveOutcome, CallError> {
    let table = abi::Objective {
        create: Some(create),
        destroy: Some(destroy),
        evaluate: Some(evaluate),
        ..abi::Objective::empty()
    };
    let component = component(Kind::Objective, Functions::Objective(Arc::new(table)));
    let mut objective = Objective::create(&component, &Default::default(), 1, &services())?;
    let mut lists = Lists::default();
    lists.push([1]);
    let mut batch = ObjectiveBatch {
        training: true,
        step: 0,
        dim: 2,
        queries: &[first, 0.0],
        passages: &[0.0; 4],
        query_language: &[0],
        passage_language: &[0; 2],
        query_example: &[0],
        passage_example: &[0; 2],
        positives: &lists,
        ignored: &lists,
        hard_negatives: &Lists::default(),
        extra: &[],
    };
    change(&mut batch);
    objective.evaluate(&batch, Some((&mut [0.0; 2], &mut [0.0; 4])))
}

#[test]
fn a_loss_or_gradient_that_is_not_finite_is_a_failure() {
    assert_eq!(run(0.0, |_| ()).unwrap().loss, 0.0);
    assert_eq!(text(run(f32::NAN, |_| ())), "cannot compute the loss: the loss is NaN");
    assert_eq!(text(run(f32::INFINITY, |_| ())), "cannot compute the loss: the loss is inf");
    let gradient = "cannot compute the loss: the gradient of passage 1 is not finite";
    assert_eq!(text(run(3.0, |_| ())), gradient);
}

#[test]
fn a_number_goes_by_a_plain_name() {
    assert_eq!(run(1.0, |_| ()).unwrap().scalars, [("share.of-5".to_owned(), 0.5)]);
    let problem = text(run(2.0, |_| ()));
    assert!(problem.contains(r#"a number is named "Share of 5""#), "{problem}");
}

#[test]
fn a_batch_whose_columns_do_not_fit_never_reaches_the_plugin() {
    let mut outside = Lists::default();
    outside.push([2]);
    let none = Lists::default();
    type Change<'a> = Box<dyn FnOnce(&mut ObjectiveBatch<'_>) + 'a>;
    let changes: [Change<'_>; 6] = [
        Box::new(|batch| batch.dim = 0),
        Box::new(|batch| batch.dim = 3),
        Box::new(|batch| batch.query_language = &[]),
        Box::new(|batch| batch.passage_example = &[0; 3]),
        Box::new(|batch| batch.passages = &[0.0; 2]),
        Box::new(|batch| batch.queries = &[0.0; 4]),
    ];
    for change in changes {
        assert_eq!(run(0.0, change).unwrap_err().status, abi::STATUS_INVALID);
    }
    for lists in [outside, none] {
        let lists: &'static Lists = Box::leak(Box::new(lists));
        let failed = run(0.0, |batch| batch.ignored = lists);
        assert_eq!(failed.unwrap_err().status, abi::STATUS_INVALID);
    }
}

/// One number to learn, of which every step is given up.
unsafe extern "C" fn parameters(_: abi::Str) -> *const c_void {
    static PARAMETERS: abi::Parameters = abi::Parameters {
        struct_size: abi::Parameters::SIZE,
        reserved: 0,
        count: Some(count),
        step: Some(give_up),
        save: Some(on_folder),
        load: Some(on_folder),
    };
    (&raw const PARAMETERS).cast()
}

unsafe extern "C" fn count(
    _: *mut c_void,
    parameters: *mut u64,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the host's place.
    unsafe { *parameters = 1 };
    abi::STATUS_OK
}

unsafe extern "C" fn give_up(
    _: *mut c_void,
    _: *const abi::ParameterStep,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    abi::STATUS_CANCELLED
}

unsafe extern "C" fn on_folder(
    _: *mut c_void,
    _: abi::Str,
    _: *mut abi::ErrorBuffer,
) -> abi::Status {
    abi::STATUS_OK
}

#[test]
fn a_step_given_up_after_the_backend_has_moved_is_a_failure_and_no_interruption() {
    let table = abi::Objective {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(parameters),
        evaluate: Some(evaluate),
        ..abi::Objective::empty()
    };
    let component = component(Kind::Objective, Functions::Objective(Arc::new(table)));
    let mut objective = Objective::create(&component, &Default::default(), 1, &services()).unwrap();
    assert!(objective.has_parameters());
    let error = crate::Error::from(objective.step(0.1, 1.0).unwrap_err());
    assert!(!error.is_interrupted() && error.exit_code() == 1, "{error}");
}
