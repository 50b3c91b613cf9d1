//! A plugin library that does whatever wrong it is told to.
//!
//! It holds one component of each kind, honest and small, built with the SDK. The environment variable [`VARIABLE`] names
//! a [`Misdeed`], and then the library does that, in every component that can. Two rooms hold the misdeeds:
//!
//! * [`components`]: the mistakes that an author of safe code can make. They stand in the component itself, beside the
//!   line that does it right.
//! * [`raw`]: what only a plugin without the SDK can do. There the honest table is copied, and functions that misbehave
//!   round the honest ones take their places.
//!
//! [`VARIABLE`]: misdeed::VARIABLE
//! [`Misdeed`]: misdeed::Misdeed
#![allow(unsafe_code)]

mod components;
mod conduct;
mod misdeed;
mod raw;
