//! Pictures for the page: drawn here, inline, with nothing to load.
//!
//! Nobody has to see colours: lines differ in dashes and markers, cells and bars carry their numbers, and whatever a
//! picture shows stands beside it as a table too. Colours are classes; the page's style gives each a value for light and
//! dark.

mod bars;
mod heat;
mod lines;
mod scale;

pub use bars::{Bar, bars};
pub use heat::{Look, heat};
pub use lines::{PER_PICTURE, lines};

/// A coordinate, as SVG writes it: a tenth of a pixel is finer than any screen.
fn at(value: f64) -> String {
    format!("{value:.1}")
}
