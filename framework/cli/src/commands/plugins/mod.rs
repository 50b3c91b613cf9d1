//! `triglot plugins`.

mod check;
mod list;
mod new;
mod show;

use serde_json::{Value, json};
use triglot_host::Result;
use triglot_host::plugin::Component;

use crate::args::Plugins;
use crate::context::Context;
use crate::terminal;

/// What a plugin in C or C++ is written against: an author needs no more of this repository.
const HEADER: &str = include_str!("../../../../../schemas/triglot_plugin.h");

/// Lists, shows, begins or checks plugins, or prints what one is written against.
///
/// # Errors
/// As the command.
pub fn plugins(context: &Context, command: Plugins) -> Result<()> {
    match command {
        Plugins::List => list::list(context),
        Plugins::Show { name } => show::show(context, &name),
        Plugins::New(asked) => new::new(context, &asked),
        Plugins::Header => match context.common.json {
            true => terminal::print_json(&json!({ "triglot_plugin.h": HEADER })),
            false => terminal::print(HEADER),
        },
        Plugins::Check(asked) => check::check(context, &asked),
        Plugins::CheckCase { request } => check::check_case(&request),
    }
}

/// A component as one JSON object.
fn object(component: &Component) -> Value {
    json!({
        "kind": component.kind.as_str(),
        "name": component.name(),
        "version": component.version,
        "abi": format!("1.{}", component.abi_minor),
        "file": component.path,
        "summary": component.summary,
        "needs": component.needs,
        "options": component.schema,
    })
}
