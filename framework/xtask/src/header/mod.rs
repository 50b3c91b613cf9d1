//! The C header of the plugin contract, from the source of `triglot-abi`.
//!
//! The contract is plain C written in Rust: public `repr(C)` structs, aliases and constants. So its source is read as it
//! stands ([`read`]) and said again in C, declarations ([`declare`]) as well as comments ([`comment`]): a new module,
//! struct or constant comes into the header by itself, and what has no counterpart in C fails here, not at an author's.
//! A generator for any crate (cbindgen) was tried and left: it puts all constants ahead of all types, a function on one
//! line, and comments as they stand, in the words of Rust.

mod comment;
mod declare;
mod names;
mod read;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::path::Path;

use comment::Indent;
use declare::{declaration, value};
use names::Names;
use read::{Field, Item, Module, Shape};

/// Why there is no header, in one line.
type Result<T> = std::result::Result<T, String>;

/// Why the file, the guard, and what only C needs.
const TOP: &str = "\
#ifndef TRIGLOT_PLUGIN_H
#define TRIGLOT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/** Put before the definition of the entry function, so that the library exports it. */
#ifndef TRIGLOT_EXPORT
#if defined(_WIN32)
#define TRIGLOT_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TRIGLOT_EXPORT __attribute__((visibility(\"default\")))
#else
#define TRIGLOT_EXPORT
#endif
#endif

/**
 * Whether the struct at `pointer`, which the other side made, holds `field` of `type`: by the rule
 * of growth a field that it does not hold counts as zero, and is neither read nor written.
 */
#define TRIGLOT_HAS(type, pointer, field) \\
    ((pointer)->struct_size >= offsetof(type, field) + sizeof((pointer)->field))

/** A literal as a `triglot_str`, to initialise one with. */
#define TRIGLOT_STR(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

#ifdef __cplusplus
extern \"C\" {
#endif
";

const BOTTOM: &str = "
#ifdef __cplusplus
}
#endif

#endif
";

/// The header, from the folder of the contract's source.
pub fn header(source: &Path) -> Result<String> {
    header_of(|file| {
        let source = std::fs::read_to_string(source.join(file));
        source.map_err(|error| format!("cannot read {file} of the contract: {error}"))
    })
}

/// The header of the crate whose files `source` reads.
fn header_of(source: impl Fn(&str) -> Result<String>) -> Result<String> {
    write(&read::modules(source)?)
}

fn write(modules: &[Module]) -> Result<String> {
    let names = Names::of(modules)?;
    let [first, rest @ ..] = modules else {
        return Err("there is no module to make a header of".to_owned());
    };
    let mut out = String::from("/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n");
    let mut about = first.docs.clone();
    let origin = "Generated from `framework/abi` by `cargo xtask schemas`: not to be edited.";
    about.extend([String::new(), origin.to_owned()]);
    out += &comment::comment(&about, Indent::None, &names)?;
    out += TOP;
    out += "\n/* The structs, in the order of their definitions. */\n";
    for (name, _) in modules.iter().flat_map(Module::structs) {
        let name = names.of_type(name)?;
        writeln!(out, "typedef struct {name} {name};").map_err(|error| error.to_string())?;
    }
    for item in &first.items {
        out += &self::item(item, &names)?;
    }
    for module in rest.iter().filter(|module| !module.items.is_empty()) {
        out += &section(module, &names)?;
        for item in &module.items {
            out += &self::item(item, &names)?;
        }
    }
    out += &entry(modules, &names)?;
    out += BOTTOM;
    Ok(out)
}

/// The heading of a module: its essay between two lines.
fn section(module: &Module, names: &Names) -> Result<String> {
    let rule = "=".repeat(comment::WIDTH - 6);
    let essay = comment::comment(&module.docs, Indent::None, names)?;
    let essay = essay.trim_start_matches("/**").trim_end().trim_end_matches("*/").trim();
    let essay = essay.trim_start_matches("* ");
    Ok(format!("\n/* {rule}\n * {essay}\n * {rule} */\n"))
}

fn item(item: &Item, names: &Names) -> Result<String> {
    let about = comment::comment(&item.docs, Indent::None, names)?;
    let name = &item.name;
    let body = match &item.shape {
        Shape::Constant { ty, expr } => {
            format!("#define {} {}\n", names.of_constant(name)?, value(name, ty, expr)?)
        }
        Shape::Alias(ty) => {
            let aliased = declaration(ty, names.of_type(name)?, "typedef ".len(), names)?;
            format!("typedef {aliased};\n")
        }
        Shape::Struct(fields) => {
            let fields: Result<String> = fields.iter().map(|each| field(each, names)).collect();
            format!("struct {} {{\n{}}};\n", names.of_type(name)?, fields?)
        }
    };
    // Constants of one enumeration stand together.
    let gap = if matches!(item.shape, Shape::Constant { .. }) && !item.begins { "" } else { "\n" };
    Ok(format!("{gap}{about}{body}"))
}

fn field(field: &Field, names: &Names) -> Result<String> {
    let about = comment::comment(&field.docs, Indent::Field, names)?;
    let indent = Indent::Field.text();
    let declared = declaration(&field.ty, &field.name, indent.len(), names)?;
    Ok(format!("{about}{indent}{declared};\n"))
}

/// The prototype of the one export: the symbol that a constant names, of the type that an alias describes.
fn entry(modules: &[Module], names: &Names) -> Result<String> {
    let find = |name: &str| {
        let mut all = modules.iter().flat_map(|module| &module.items);
        all.find(|item| item.name == name).ok_or(format!("the contract has no `{name}`"))
    };
    let (symbol, alias) = (find("ENTRY_SYMBOL")?, find("Entry")?);
    let (Shape::Constant { expr, .. }, Shape::Alias(ty)) = (&symbol.shape, &alias.shape) else {
        return Err("`ENTRY_SYMBOL` is no constant or `Entry` no alias".to_owned());
    };
    let prototype = declare::prototype(ty, read::text(expr)?, names)?;
    let about = comment::comment(&alias.docs, Indent::None, names)?;
    Ok(format!("\n{about}TRIGLOT_EXPORT {prototype};\n"))
}
