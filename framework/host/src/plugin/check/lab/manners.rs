//! How the laboratory behaves towards a plugin: within the contract, but never as the author tried it.

use triglot_abi::{self as abi, Sized32};

use super::call::Trouble;
use super::memory::{Lent, Memory};

/// How the laboratory behaves; the default is a host that is as the contract was when it was compiled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// What structs say of their size.
    pub sizes: Sizes,
    /// The buffer for the text of an error.
    pub error: ErrorRoom,
    /// Elements between two rows of a matrix.
    pub gap: usize,
    /// Whether as little is lent as the contract allows: null where a length is zero, and a host without services.
    pub least: bool,
}

/// What structs say of their size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sizes {
    /// What the host was compiled with.
    #[default]
    Equal,
    /// More, as of a host of a later minor version; what it appended is garbage to a plugin of today.
    Longer,
    /// One struct says less, and garbage stands where the rest would be.
    Shorter {
        /// The struct.
        name: &'static str,
        /// What it says.
        size: usize,
    },
}

/// The buffer for the text of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorRoom {
    /// Enough for any text.
    #[default]
    Usual,
    /// No buffer at all.
    Null,
    /// A buffer of so many bytes; at 0 its pointer is null.
    Of(usize),
}

impl Manners {
    /// Where something lent begins; null where it is empty and as little is lent as may be.
    pub(super) fn place<T>(&self, lent: &Lent) -> *const T {
        match self.least && lent.is_empty() {
            true => std::ptr::null(),
            false => lent.pointer(),
        }
    }
}

/// What a later minor version appended, in bytes.
const APPENDED: usize = 64;

/// A struct that grows, in memory between canaries.
pub(super) struct Struct {
    memory: Memory,
    /// The bytes that a callee may write.
    writable: std::ops::Range<usize>,
}

impl Struct {
    /// A struct to read; `name` is its name in the contract.
    pub(super) fn to_read<T: Sized32>(name: &str, value: T, manners: &Manners) -> Self {
        Self::new(name, value, manners, false)
    }

    /// A struct to write.
    pub(super) fn to_write<T: Sized32>(name: &str, value: T, manners: &Manners) -> Self {
        Self::new(name, value, manners, true)
    }

    fn new<T: Sized32>(name: &str, value: T, manners: &Manners, written: bool) -> Self {
        let own = size_of::<T>();
        let says = match manners.sizes {
            Sizes::Equal => own,
            Sizes::Longer => own + APPENDED,
            Sizes::Shorter { name: shorter, size } if shorter == name => size,
            Sizes::Shorter { .. } => own,
        };
        let memory = Memory::holding(format!("the struct {name}"), &vec![0xA5u8; own.max(says)]);
        let size = u32::try_from(says).unwrap_or(u32::MAX);
        // SAFETY: the memory has room for a whole `T`, aligned; the type begins with its size and has no padding; its
        // whole fields are copied as far as it says to be long, whatever follows stays garbage.
        unsafe {
            std::ptr::copy_nonoverlapping(
                (&raw const value).cast::<u8>(),
                memory.pointer(),
                own.min(says),
            );
            memory.pointer::<u32>().write(size);
        }
        let start = size_of::<u32>();
        let writable = if written { start..own.min(says).max(start) } else { start..start };
        Self { memory: memory.taken_as_it_is(), writable }
    }

    pub(super) fn pointer<T: Sized32>(&self) -> *mut T {
        self.memory.pointer()
    }

    /// Whether nothing was written but what may be.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        self.memory.check([self.writable.clone()])
    }

    /// What the struct holds, of which missing fields are zero.
    pub(super) fn read<T: Sized32>(&self) -> T {
        // SAFETY: the memory holds as many bytes as it says; plugins wrote plain numbers and pointers.
        unsafe { T::read(self.pointer()) }.unwrap_or_else(T::empty)
    }
}

/// An error buffer between canaries, and the struct that leads to it.
pub(super) struct ErrorLent {
    room: ErrorRoom,
    capacity: usize,
    text: Memory,
    buffer: Memory,
}

/// Enough for any text of an error.
const USUAL_CAPACITY: usize = 4096;

impl ErrorLent {
    pub(super) fn new(room: ErrorRoom) -> Self {
        let capacity = match room {
            ErrorRoom::Usual => USUAL_CAPACITY,
            ErrorRoom::Null => 0,
            ErrorRoom::Of(capacity) => capacity,
        };
        let text = Memory::holding("the error buffer", &vec![0xA5u8; capacity]);
        let data = if capacity == 0 { std::ptr::null_mut() } else { text.pointer::<u8>() };
        let buffer =
            Memory::holding("the struct ErrorBuffer", &[data.expose_provenance(), capacity, 0]);
        Self { room, capacity, text, buffer }
    }

    pub(super) fn pointer(&self) -> *mut abi::ErrorBuffer {
        match self.room {
            ErrorRoom::Null => std::ptr::null_mut(),
            ErrorRoom::Usual | ErrorRoom::Of(_) => self.buffer.pointer(),
        }
    }

    /// Whether nothing was written beyond the buffer.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        let length = size_of::<[usize; 2]>()..size_of::<[usize; 3]>();
        self.buffer.check([length])?;
        self.text.check_margins()
    }

    /// The text that was written, once length and encoding are found in order.
    pub(super) fn text(&self, call: &str) -> Result<String, Trouble> {
        let len = self.buffer.values::<usize>().last().copied().unwrap_or(0);
        if len > self.capacity {
            return Err(Trouble::Violated(format!(
                "`{call}` says it wrote {len} bytes into an error buffer of {}",
                self.capacity
            )));
        }
        let mut bytes = self.text.values::<u8>();
        bytes.truncate(len);
        String::from_utf8(bytes).map_err(|_| {
            Trouble::Violated(format!(
                "the error text of `{call}` is not UTF-8 ({len} bytes in a buffer of {})",
                self.capacity
            ))
        })
    }
}
