//! The backend's table.

use std::ffi::c_void;

use triglot_sdk::abi::{self, Sized32};

use super::augmenter::put_latin1;
use super::{call, life};
use crate::misdeed::Misdeed;

life::life!(Backend, KIND_BACKEND);
life::plain_create!();

pub fn table() -> abi::Backend {
    abi::Backend {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(get_extension),
        info: Some(info),
        fingerprint: Some(fingerprint),
        encode: Some(encode),
        backward: Some(backward),
        ..honest()
    }
}

unsafe extern "C" fn info(
    instance: *mut c_void,
    info: *mut abi::BackendInfo,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(honest) = honest().info else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract; that more may be written than the struct holds is the misdeed.
    unsafe {
        if info.is_null() || !Misdeed::IgnoresSize.now() {
            return honest(instance, info, error);
        }
        let mut mine = abi::BackendInfo::empty();
        let status = honest(instance, &raw mut mine, error);
        mine.struct_size = (*info).struct_size;
        info.write(mine);
        status
    }
}

unsafe extern "C" fn fingerprint(
    instance: *mut c_void,
    out: *const abi::TextSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(honest) = honest().fingerprint else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract, and the sink of the relay lives through the call.
    unsafe {
        match abi::TextSink::read(out) {
            Some(relay) if Misdeed::BadUtf8.now() => {
                let latin1 = abi::TextSink {
                    struct_size: abi::TextSink::SIZE,
                    context: (&raw const relay).cast_mut().cast(),
                    put: Some(put_latin1),
                    ..relay
                };
                honest(instance, &raw const latin1, error)
            }
            _ => honest(instance, out, error),
        }
    }
}

unsafe extern "C" fn encode(
    instance: *mut c_void,
    mode: u32,
    texts: *const abi::Texts,
    mut out: abi::MatrixMut,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(encode) = honest().encode else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract; the writes past the matrix and into the keys are the misdeeds.
    unsafe {
        let Some(mine) = abi::Texts::read(texts) else {
            return encode(instance, mode, texts, out, error);
        };
        if let Some(status) = call::refused(error, (mine.struct_size, abi::Texts::SIZE)) {
            return status;
        }
        if Misdeed::IgnoresStride.now() {
            out.stride = out.cols;
        }
        let status = encode(instance, mode, texts, out, error);
        if Misdeed::Overrun.now() && out.rows > 0 {
            out.data.add((out.rows - 1) * out.stride + out.cols).write(1.0);
        }
        if Misdeed::MutatedInput.now() && mine.count > 0 {
            *mine.key.cast_mut() += 1;
        }
        status
    }
}

unsafe extern "C" fn backward(
    instance: *mut c_void,
    mut gradients: abi::Matrix,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(backward) = honest().backward else { return abi::STATUS_UNSUPPORTED };
    if Misdeed::IgnoresStride.now() {
        gradients.stride = gradients.cols;
    }
    // SAFETY: the caller keeps the contract, and a smaller stride stays inside the matrix.
    unsafe { backward(instance, gradients, error) }
}
