use super::specimen::Specimen;
use super::*;
use crate::glue;

/// One query and two passages of two numbers, a stride of three apart.
struct Case {
    embeddings: [f32; 5],
    numbers: [u32; 2],
    offsets: [u32; 2],
    positives: [u32; 1],
}

impl Case {
    fn new() -> Self {
        Self {
            embeddings: [1.0, 2.0, -9.0, 4.0, 8.0],
            numbers: [0, 1],
            offsets: [0, 1],
            positives: [1],
        }
    }

    fn raw(&self) -> abi::ObjectiveBatch {
        let numbers = self.numbers.as_ptr();
        let matrix = abi::Matrix { data: self.embeddings.as_ptr(), rows: 2, cols: 2, stride: 3 };
        let csr =
            abi::Csr { offsets: self.offsets.as_ptr(), items: self.positives.as_ptr(), rows: 1 };
        abi::ObjectiveBatch {
            queries: abi::Matrix { rows: 1, ..matrix },
            passages: matrix,
            query_language: numbers,
            passage_language: numbers,
            query_example: numbers,
            passage_example: numbers,
            positives: csr,
            ignored: csr,
            ..abi::ObjectiveBatch::empty()
        }
    }
}

fn evaluate(
    batch: &abi::ObjectiveBatch,
    output: *mut abi::ObjectiveOutput,
) -> Result<(), (abi::Status, String)> {
    let table = glue::objective::table::<Specimen>();
    let made = make(table.create, table.destroy, "{}");
    // SAFETY: batch and output live through the call.
    call(|error| unsafe { table.evaluate.unwrap()(made.instance, batch, output, error) })
}

#[test]
fn gradients_are_written_where_they_are_wanted_and_nowhere_else() {
    let (case, mut gradients) = (Case::new(), [-1.0f32; 7]);
    let passages = abi::MatrixMut { data: gradients.as_mut_ptr(), rows: 2, cols: 2, stride: 4 };
    let mut output =
        abi::ObjectiveOutput { passage_gradients: passages, ..abi::ObjectiveOutput::empty() };
    evaluate(&case.raw(), &raw mut output).unwrap();
    assert_eq!(output.loss, 18.0);
    assert_eq!(gradients, [1.0, 2.0, -1.0, -1.0, 3.0, 4.0, -1.0]);
}

#[test]
fn null_gradients_and_null_scalars_are_not_wanted() {
    let mut output = abi::ObjectiveOutput::empty();
    evaluate(&Case::new().raw(), &raw mut output).unwrap();
    assert_eq!(output.loss, 18.0);
}

#[test]
fn gradients_of_another_shape_are_refused() {
    let mut gradients = [0.0f32; 4];
    let queries = abi::MatrixMut { data: gradients.as_mut_ptr(), rows: 2, cols: 2, stride: 2 };
    let mut output =
        abi::ObjectiveOutput { query_gradients: queries, ..abi::ObjectiveOutput::empty() };
    let failure = evaluate(&Case::new().raw(), &raw mut output).unwrap_err();
    assert_eq!(failure.0, abi::STATUS_INVALID);
    assert_eq!(gradients, [0.0; 4]);
}

#[test]
fn no_rows_may_come_as_null_pointers() {
    let mut output = abi::ObjectiveOutput { loss: 5.0, ..abi::ObjectiveOutput::empty() };
    evaluate(&abi::ObjectiveBatch::empty(), &raw mut output).unwrap();
    assert_eq!(output.loss, 0.0);
}

#[test]
fn outputs_of_an_older_and_of_a_newer_host_keep_what_lies_beyond() {
    let mut older = abi::ObjectiveOutput { struct_size: 16, ..abi::ObjectiveOutput::empty() };
    older.query_gradients.rows = 77;
    evaluate(&Case::new().raw(), &raw mut older).unwrap();
    assert_eq!((older.struct_size, older.loss, older.query_gradients.rows), (16, 18.0, 77));
    let mut newer = Longer::new(abi::ObjectiveOutput::empty());
    evaluate(&Case::new().raw(), newer.raw()).unwrap();
    assert_eq!(newer.known().loss, 18.0);
}

#[test]
fn lists_that_do_not_fit_the_batch_are_refused() {
    let case = Case::new();
    let whole = case.raw();
    let outside = Case { positives: [2], ..Case::new() };
    let falling = Case { offsets: [1, 0], ..Case::new() };
    let two_rows = abi::Csr { rows: 0, ..whole.ignored };
    let endless = abi::Csr { rows: usize::MAX, ..whole.ignored };
    let refused = [
        abi::ObjectiveBatch { positives: outside.raw().positives, ..whole },
        abi::ObjectiveBatch { ignored: falling.raw().ignored, ..whole },
        abi::ObjectiveBatch { ignored: two_rows, ..whole },
        abi::ObjectiveBatch { positives: endless, ..whole },
        abi::ObjectiveBatch { query_example: std::ptr::null(), ..whole },
        abi::ObjectiveBatch { extra_count: 1, ..whole },
    ];
    for batch in refused {
        let mut output = abi::ObjectiveOutput::empty();
        let failure = evaluate(&batch, &raw mut output).unwrap_err();
        assert_eq!(failure.0, abi::STATUS_INVALID, "{batch:?}");
    }
}

unsafe extern "C" fn put(context: *mut c_void, name: abi::Str, value: f64) -> abi::Status {
    assert_eq!(name.len, "count".len());
    // SAFETY: the context of the test.
    unsafe { *context.cast::<f64>() = value };
    17
}

#[test]
fn a_scalar_sink_is_called_and_its_status_comes_back() {
    let mut told = -1.0f64;
    let sink = abi::ScalarSink {
        context: (&raw mut told).cast(),
        put: Some(put),
        ..abi::ScalarSink::empty()
    };
    let mut output =
        abi::ObjectiveOutput { scalars: &raw const sink, ..abi::ObjectiveOutput::empty() };
    assert_eq!(evaluate(&Case::new().raw(), &raw mut output).unwrap_err().0, 17);
    assert_eq!(told, 0.0);
}
