//! How an instance behaves in every call, whatever its kind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{park, sleep};
use std::time::Duration;

use triglot_sdk::{Context, Error, Host, Result};

use crate::misdeed::Misdeed;

/// What every instance holds, and asks at the begin of every call.
pub struct Conduct {
    host: Host,
    /// Unlike that of every other instance.
    instance: u64,
}

impl Conduct {
    /// To be made where an instance is. `option` is the name and value of its number, and the largest there may be.
    pub fn new(context: &Context, option: (&str, f64, f64)) -> Result<Self> {
        static INSTANCES: AtomicU64 = AtomicU64::new(0);
        if Misdeed::PanicInCreate.now() {
            panic!("create panics, as it was told to");
        }
        if Misdeed::Leak.now() {
            keep(1 << 20);
        }
        let (name, value, largest) = option;
        let allowed = if Misdeed::LiesInSchema.now() { largest / 2.0 } else { largest };
        if !(0.0..=allowed).contains(&value) {
            let problem = format!("`{name}` is {value}; it must be from 0 to {allowed}");
            return Err(Error::invalid(problem));
        }
        let instance = INSTANCES.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Self { host: context.host.clone(), instance })
    }

    /// To be called at the begin of every call, with the number of rows that it is about.
    pub fn call(&self, rows: usize) {
        if Misdeed::Panic.now() {
            panic!("the call panics, as it was told to");
        }
        if Misdeed::Abort.now() {
            std::process::abort();
        }
        if Misdeed::Exit.now() {
            std::process::exit(0);
        }
        if Misdeed::Hang.now() {
            eprintln!("the call hangs, as it was told to");
            loop {
                park();
            }
        }
        if Misdeed::IgnoresCancel.now() && self.host.cancelled() {
            sleep(Duration::from_secs(3));
        }
        if Misdeed::LeakInCalls.now() {
            static CALLS: AtomicU64 = AtomicU64::new(0);
            // Less once it is half a GiB, so that the machine lives to tell.
            keep(if CALLS.fetch_add(1, Ordering::Relaxed) < 32 { 16 << 20 } else { 64 << 10 });
        }
        die_of_zero(rows);
    }

    /// To be called in every loop: ends the call once the host asks for that.
    pub fn go_on(&self) -> Result<()> {
        match self.host.cancelled() && !Misdeed::IgnoresCancel.now() {
            true => Err(Error::cancelled()),
            false => Ok(()),
        }
    }

    /// What goes into a result and should not: 0 where all is well.
    pub fn noise(&self) -> u64 {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        static SCRATCH: AtomicU64 = AtomicU64::new(0);
        if Misdeed::Nondeterminism.now() {
            return CALLS.fetch_add(1, Ordering::Relaxed);
        }
        if Misdeed::SharedState.now() {
            SCRATCH.store(self.instance, Ordering::Relaxed);
            sleep(Duration::from_millis(2));
            return u64::from(SCRATCH.load(Ordering::Relaxed) != self.instance);
        }
        0
    }
}

/// The panic of who divides by the number of rows, or asks for the first.
pub fn die_of_zero(rows: usize) {
    if Misdeed::DiesOfZeroRows.now() && rows == 0 {
        panic!("index out of bounds: the len is 0 but the index is 0");
    }
}

/// The panic of who compares numbers and takes it that one of two is the larger.
pub fn die_of_nan<'a>(numbers: impl IntoIterator<Item = &'a f32>) {
    if Misdeed::DiesOfNan.now() && numbers.into_iter().any(|number| number.is_nan()) {
        panic!("called `Option::unwrap()` on a `None` value");
    }
}

/// Touches so many bytes and never gives them back.
fn keep(bytes: usize) {
    std::mem::forget(std::hint::black_box(vec![1u8; bytes]));
}
