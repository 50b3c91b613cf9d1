//! The conformance checker: what a plugin's author runs before anybody else opens the library.
//!
//! A plugin is code in somebody else's process, so the worst that it can do is not a wrong number but the end of that
//! process. The checker therefore asks every question in a process of its own, with a time limit: a crash or a hang
//! is an answer like any other, and the next question is asked.
//!
//! * [`Case`] is one question: a name to select it by, a line that says what it asks, and a function. They stand in
//!   `cases/`, one file a concern.
//! * [`Runner`] asks: it starts the child processes and reads their answers. It does not know what executable it runs
//!   in, so the caller gives it the command that ends in [`serve`].
//! * `lab/` is where a case meets the component: a host of bad manners that plays by the rules. Structs of other
//!   sizes, error buffers too small, matrices with gaps; and everything it lends lies between canaries.
//! * `material/` is what components are fed.
//!
//! A case that fails names what the contract says and what was seen instead, for a reader who knows nothing of how the
//! case is written.

mod answer;
mod case;
mod cases;
mod child;
mod given;
mod lab;
mod material;
mod options;
mod process;
mod runner;
mod system;

pub use answer::{Finding, Outcome, Report, Verdict};
pub use case::{Case, Scope};
pub use cases::all;
pub use child::{Described, Request, Task, serve};
pub use given::Given;
pub use runner::{Aim, Runner, libraries};
