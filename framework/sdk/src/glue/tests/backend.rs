use super::specimen::Specimen;
use super::*;
use crate::glue;

fn table() -> &'static abi::Backend {
    glue::backend::table::<Specimen>()
}

fn made() -> Made {
    make(table().create, table().destroy, "{}")
}

fn encode(mode: u32, out: abi::MatrixMut) -> Result<(), (abi::Status, String)> {
    let (texts, made) = (TwoTexts::new(), made());
    let raw = texts.raw();
    // SAFETY: everything lives through the call.
    call(|error| unsafe {
        table().encode.unwrap()(made.instance, mode, &raw const raw, out, error)
    })
}

#[test]
fn an_older_host_gets_the_fields_it_knows_and_a_newer_one_keeps_its_own() {
    let made = made();
    let info = |out| {
        call(|error| {
            // SAFETY: `out` lives through the call.
            unsafe { table().info.unwrap()(made.instance, out, error) }
        })
    };
    let mut older = abi::BackendInfo { struct_size: 16, ..abi::BackendInfo::empty() };
    info(&raw mut older).unwrap();
    assert_eq!((older.struct_size, older.trainable, older.dim, older.parameters), (16, 1, 3, 0));

    let mut newer = Longer::new(abi::BackendInfo::empty());
    info(newer.raw()).unwrap();
    let newer = newer.known();
    assert_eq!((newer.struct_size, newer.dim, newer.parameters), (40, 3, 7));

    assert_eq!(info(std::ptr::null_mut()).unwrap_err().0, abi::STATUS_INVALID);
}

#[test]
fn rows_land_a_stride_apart_and_what_lies_between_them_stays() {
    let mut out = [-1.0f32; 10];
    let matrix = abi::MatrixMut { data: out.as_mut_ptr(), rows: 2, cols: 3, stride: 7 };
    encode(abi::MODE_INFERENCE, matrix).unwrap();
    assert_eq!(out, [5.0, 5.0, 5.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_matrix_that_cannot_be_is_refused() {
    let mut out = [0.0f32; 10];
    let whole = abi::MatrixMut { data: out.as_mut_ptr(), rows: 2, cols: 3, stride: 3 };
    let refused = [
        abi::MatrixMut { data: std::ptr::null_mut(), ..whole },
        abi::MatrixMut { data: whole.data.wrapping_byte_add(1), ..whole },
        abi::MatrixMut { rows: 3, ..whole },
        abi::MatrixMut { cols: 2, ..whole },
        abi::MatrixMut { stride: 2, ..whole },
        abi::MatrixMut { stride: usize::MAX, ..whole },
        abi::MatrixMut { stride: usize::MAX / 8, ..whole },
        abi::MatrixMut { rows: usize::MAX, ..whole },
    ];
    for matrix in refused {
        let failure = encode(abi::MODE_TAPE, matrix).unwrap_err();
        assert_eq!(failure.0, abi::STATUS_INVALID, "{matrix:?}");
    }
    assert_eq!(encode(9, whole).unwrap_err().0, abi::STATUS_UNSUPPORTED);
}

#[test]
fn gradients_are_read_a_stride_apart() {
    let values = [1.0f32, 2.0, -1.0, 3.0, 4.0];
    let matrix = abi::Matrix { data: values.as_ptr(), rows: 2, cols: 2, stride: 3 };
    let made = made();
    // SAFETY: the matrix lives through the call.
    let told = call(|error| unsafe { table().backward.unwrap()(made.instance, matrix, error) });
    assert_eq!(told.unwrap_err().1, "[1.0, 2.0, 3.0, 4.0]");
}

#[test]
fn a_clip_of_0_or_infinity_is_no_clip() {
    for (clip, told) in [(0.0, -1.0), (f64::INFINITY, -1.0), (f64::NAN, -1.0), (2.5, 2.5)] {
        let args = abi::StepArgs { clip, ..abi::StepArgs::empty() };
        let (made, mut report) = (made(), abi::StepReport::empty());
        // SAFETY: arguments and report live through the call.
        let step = |error| unsafe {
            table().step.unwrap()(made.instance, &raw const args, &raw mut report, error)
        };
        call(step).unwrap();
        assert_eq!((report.gradient_norm, report.tokens), (told, 7));
    }
}

#[test]
fn a_folder_and_a_fingerprint_are_text() {
    let made = made();
    let save = |folder| {
        // SAFETY: the folder lives through the call.
        call(|error| unsafe { table().save.unwrap()(made.instance, folder, error) }).unwrap_err()
    };
    assert_eq!(save(abi::Str::new("/ä")).1, "/ä");
    assert_eq!(save(not_utf8()), (abi::STATUS_INVALID, "the folder's path is not UTF-8".into()));
    let mut out = Texts::default();
    let sink = out.sink();
    // SAFETY: the sink lives through the call.
    call(|error| unsafe { table().fingerprint.unwrap()(made.instance, &raw const sink, error) })
        .unwrap();
    assert_eq!(out.taken, ["über"]);
}

/// A source that gives two texts so many times, then ends with a status.
struct Source {
    texts: TwoTexts,
    parts: usize,
    end: abi::Status,
    asked: usize,
}

unsafe extern "C" fn next(context: *mut c_void, texts: *mut abi::Texts) -> abi::Status {
    // SAFETY: the context of `prepare`, and the reader's struct.
    let (source, texts) = unsafe { (&mut *context.cast::<Source>(), &mut *texts) };
    source.asked += 1;
    assert_eq!(texts.struct_size, abi::Texts::SIZE);
    if source.asked <= source.parts {
        *texts = source.texts.raw();
        return abi::STATUS_OK;
    }
    source.end
}

fn prepare(source: &mut Source) -> Result<u64, (abi::Status, String)> {
    let made = made();
    let raw = abi::TextSource {
        context: std::ptr::from_mut(source).cast(),
        next: Some(next),
        ..abi::TextSource::empty()
    };
    let mut info = abi::BackendInfo::empty();
    // SAFETY: everything lives through the calls.
    unsafe {
        call(|error| table().prepare.unwrap()(made.instance, &raw const raw, error))?;
        call(|error| table().info.unwrap()(made.instance, &raw mut info, error))?;
    }
    Ok(info.parameters - 7)
}

#[test]
fn a_source_is_read_to_its_end_and_not_asked_again() {
    let mut source = Source { texts: TwoTexts::new(), parts: 3, end: abi::STATUS_OK, asked: 0 };
    assert_eq!(prepare(&mut source), Ok(6));
    assert_eq!(source.asked, 4);
}

#[test]
fn a_source_that_fails_is_not_asked_again_and_its_status_comes_back() {
    for status in [abi::STATUS_CANCELLED, 17] {
        let mut source = Source { texts: TwoTexts::new(), parts: 1, end: status, asked: 0 };
        assert_eq!(prepare(&mut source).unwrap_err().0, status);
        assert_eq!(source.asked, 2);
    }
    let mut source = Source { texts: TwoTexts::new(), parts: 1, end: abi::STATUS_OK, asked: 0 };
    source.texts.text[0] = not_utf8();
    assert_eq!(prepare(&mut source).unwrap_err().0, abi::STATUS_INVALID);
    assert_eq!(source.asked, 1);
}

#[test]
fn a_new_model_may_be_made_without_texts() {
    let made = made();
    // SAFETY: no texts.
    let prepare =
        |error| unsafe { table().prepare.unwrap()(made.instance, std::ptr::null(), error) };
    call(prepare).unwrap();
}
