//! The tables as a host in C would call them: raw pointers, its own sizes, its own buffers.

mod augmenter;
mod backend;
mod calls;
mod groups;
mod metric;
mod objective;
mod sampler;
mod specimen;
mod variables;

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

/// An instance made from a table, destroyed with the test.
struct Made {
    instance: *mut c_void,
    destroy: abi::Destroy,
}

impl Drop for Made {
    fn drop(&mut self) {
        // SAFETY: made by the table that `destroy` is of.
        unsafe { self.destroy.unwrap()(self.instance) };
    }
}

/// An error buffer of 64 bytes, of which the callee may have the first `capacity`.
struct ErrorText {
    bytes: [u8; 64],
    raw: abi::ErrorBuffer,
}

impl ErrorText {
    const CANARY: u8 = 0xA5;

    fn new(capacity: usize) -> Self {
        let raw = abi::ErrorBuffer { data: std::ptr::null_mut(), capacity, len: 99 };
        Self { bytes: [Self::CANARY; 64], raw }
    }

    /// For one call.
    fn raw(&mut self) -> *mut abi::ErrorBuffer {
        self.raw.data = (&raw mut self.bytes).cast();
        &raw mut self.raw
    }

    /// What was written, once nothing was found written beyond it.
    fn text(&self) -> &str {
        assert!(self.raw.len <= self.raw.capacity);
        let (written, beyond) = self.bytes.split_at(self.raw.len);
        assert!(beyond.iter().all(|byte| *byte == Self::CANARY));
        std::str::from_utf8(written).unwrap()
    }
}

/// Runs one raw call; a failure comes back with its text.
fn call(
    function: impl FnOnce(*mut abi::ErrorBuffer) -> abi::Status,
) -> Result<(), (abi::Status, String)> {
    let mut bytes = [0u8; 512];
    let mut buffer =
        abi::ErrorBuffer { data: bytes.as_mut_ptr().cast(), capacity: bytes.len(), len: 0 };
    match function(&raw mut buffer) {
        abi::STATUS_OK => Ok(()),
        status => Err((status, std::str::from_utf8(&bytes[..buffer.len]).unwrap().to_owned())),
    }
}

fn args(options: &str) -> abi::CreateArgs {
    abi::CreateArgs { options: abi::Str::new(options), seed: 7, ..abi::CreateArgs::empty() }
}

/// Makes an instance of a kind whose create takes the common arguments alone.
fn make(create: abi::Create, destroy: abi::Destroy, options: &str) -> Made {
    let args = args(options);
    let mut instance = std::ptr::null_mut();
    // SAFETY: arguments and place live through the call.
    call(|error| unsafe { create.unwrap()(&raw const args, &raw mut instance, error) }).unwrap();
    Made { instance, destroy }
}

/// What a text sink of the host took.
#[derive(Default)]
struct Texts {
    taken: Vec<String>,
    refuse: bool,
    calls: usize,
}

impl Texts {
    fn sink(&mut self) -> abi::TextSink {
        abi::TextSink {
            context: std::ptr::from_mut(self).cast(),
            put: Some(put_text),
            ..abi::TextSink::empty()
        }
    }
}

unsafe extern "C" fn put_text(context: *mut c_void, text: abi::Str) -> abi::Status {
    // SAFETY: the context of `Texts::sink`.
    let texts = unsafe { &mut *context.cast::<Texts>() };
    texts.calls += 1;
    if texts.refuse {
        return 17;
    }
    // SAFETY: lent for the call.
    let text = unsafe { abi::slice(text.data, text.len) }.unwrap();
    texts.taken.push(String::from_utf8(text.to_vec()).unwrap());
    abi::STATUS_OK
}

/// Two texts with their columns.
struct TwoTexts {
    text: [abi::Str; 2],
    language: [abi::Str; 2],
    role: [u8; 2],
    key: [u64; 2],
}

impl TwoTexts {
    fn new() -> Self {
        Self {
            text: [abi::Str::new("grün"), abi::Str::EMPTY],
            language: [abi::Str::new("de"), abi::Str::new("en")],
            role: [abi::ROLE_QUERY, abi::ROLE_PASSAGE],
            key: [3, 4],
        }
    }

    fn raw(&self) -> abi::Texts {
        abi::Texts {
            count: 2,
            text: self.text.as_ptr(),
            language: self.language.as_ptr(),
            role: self.role.as_ptr(),
            key: self.key.as_ptr(),
            ..abi::Texts::empty()
        }
    }
}

/// Two bytes that no UTF-8 text holds.
const NOT_UTF8: [u8; 2] = [0xC3, 0x28];

fn not_utf8() -> abi::Str {
    abi::Str { data: NOT_UTF8.as_ptr(), len: NOT_UTF8.len() }
}

/// A struct as a newer side would make it: 16 bytes longer, which nobody may touch.
#[repr(C)]
struct Longer<T> {
    known: T,
    beyond: [u64; 2],
}

impl<T: Sized32> Longer<T> {
    fn new(known: T) -> Self {
        let mut this = Self { known, beyond: [u64::MAX; 2] };
        // SAFETY: the size comes first, and the struct is as long as it says now.
        unsafe { (&raw mut this).cast::<u32>().write(size_of::<Self>() as u32) };
        this
    }

    /// The whole struct, for the other side to read and write.
    fn raw(&mut self) -> *mut T {
        std::ptr::from_mut(self).cast()
    }

    fn known(self) -> T {
        assert_eq!(self.beyond, [u64::MAX; 2]);
        self.known
    }
}
