//! One honest component of each kind, with the mistakes that its author could have made.

mod augmenter;
mod backend;
mod metric;
mod objective;
mod sampler;

use std::sync::OnceLock;

use triglot_sdk::abi;
use triglot_sdk::export::{self, Table};

/// The table of the components, as the SDK makes it.
pub fn table() -> *const abi::Plugin {
    static TABLE: OnceLock<Table> = OnceLock::new();
    export::guard(|| {
        TABLE.get_or_init(|| {
            let components = vec![
                export::sampler::<sampler::Pairs>(),
                export::augmenter::<augmenter::Turn>(),
                export::backend::<backend::Words>(),
                export::objective::<objective::Squares>(),
                export::metric::<metric::First>(),
            ];
            Table::new("faulty", env!("CARGO_PKG_VERSION"), components)
        })
    })
}
