//! The contract as its source says it: the public modules of a crate, and what in them has a counterpart in C.

use syn::{Attribute, Expr, ItemStruct, Lit, Meta, Type, UseTree, Visibility};

use super::Result;

/// A module with what it declares; the crate itself is one without a name.
#[derive(Debug)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// The lines of its essay.
    pub docs: Vec<String>,
    /// Constants, aliases and structs in the order of the source.
    pub items: Vec<Item>,
    /// The modules whose items it uses.
    uses: Vec<String>,
}

impl Module {
    /// Its structs by name.
    pub fn structs(&self) -> impl Iterator<Item = (&str, &[Field])> {
        self.items.iter().filter_map(|item| match &item.shape {
            Shape::Struct(fields) => Some((item.name.as_str(), fields.as_slice())),
            _ => None,
        })
    }
}

/// Something that a module declares.
#[derive(Debug)]
pub struct Item {
    /// Its name in Rust.
    pub name: String,
    /// The lines of its comment.
    pub docs: Vec<String>,
    /// What it is.
    pub shape: Shape,
    /// Whether it is apart from the item before it: of another sort, or the first of another enumeration.
    pub begins: bool,
}

/// What an item is.
#[derive(Debug)]
pub enum Shape {
    /// A number or a text.
    Constant { ty: Type, expr: Expr },
    /// A name for an integer or a function.
    Alias(Type),
    /// A `repr(C)` struct.
    Struct(Vec<Field>),
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The lines of its comment.
    pub docs: Vec<String>,
    /// Its type.
    pub ty: Type,
}

/// The crate whose files `read` reads, then its public modules, each after those that it uses.
pub fn modules(read: impl Fn(&str) -> Result<String>) -> Result<Vec<Module>> {
    let (root, names) = module(String::new(), &read("lib.rs")?)?;
    let mut waiting = Vec::new();
    for name in names {
        let source = read(&format!("{name}.rs"))?;
        waiting.push(module(name, &source)?.0);
    }
    let mut ordered = vec![root];
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|module| {
            let waits_for = |name: &String| waiting.iter().any(|other| other.name == *name);
            !module.uses.iter().any(waits_for)
        });
        let ready = ready.ok_or("modules of the contract use each other in a circle")?;
        ordered.push(waiting.remove(ready));
    }
    Ok(ordered)
}

/// One module from its source, and the names of its public modules.
fn module(name: String, source: &str) -> Result<(Module, Vec<String>)> {
    let file = syn::parse_file(source).map_err(|error| format!("module `{name}`: {error}"))?;
    let mut module = Module { name, docs: docs(&file.attrs), items: Vec::new(), uses: Vec::new() };
    let mut modules = Vec::new();
    let mut family = None;
    for item in &file.items {
        let (name, attributes, shape) = match item {
            syn::Item::Use(used) => {
                module.uses.extend(used_module(&used.tree));
                continue;
            }
            syn::Item::Mod(inner) if is_public(&inner.vis) => {
                modules.push(inner.ident.to_string());
                continue;
            }
            syn::Item::Const(item) if is_public(&item.vis) && crosses(&item.ty) => {
                let (ty, expr) = ((*item.ty).clone(), (*item.expr).clone());
                (&item.ident, &item.attrs, Shape::Constant { ty, expr })
            }
            syn::Item::Type(item) if is_public(&item.vis) => {
                (&item.ident, &item.attrs, Shape::Alias((*item.ty).clone()))
            }
            syn::Item::Struct(item) if is_public(&item.vis) && is_repr_c(item) => {
                (&item.ident, &item.attrs, Shape::Struct(fields(item)?))
            }
            _ => continue,
        };
        let name = name.to_string();
        // `KIND_SAMPLER` and `KIND_METRIC` are of one enumeration.
        let own = match shape {
            Shape::Constant { .. } => name.split('_').next().map(str::to_owned),
            _ => None,
        };
        let begins = own.is_none() || own != family;
        family = own;
        module.items.push(Item { name, docs: docs(attributes), shape, begins });
    }
    Ok((module, modules))
}

fn fields(item: &ItemStruct) -> Result<Vec<Field>> {
    let field = |field: &syn::Field| {
        let name = field.ident.as_ref().ok_or(format!("`{}` is a tuple", item.ident))?;
        Ok(Field { name: name.to_string(), docs: docs(&field.attrs), ty: field.ty.clone() })
    };
    item.fields.iter().map(field).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_repr_c(item: &ItemStruct) -> bool {
    let is = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("repr") && list.tokens.to_string() == "C",
        _ => false,
    };
    item.attrs.iter().any(is)
}

/// Whether constants of this type cross the border: numbers and texts, but no tables of Rust's own.
fn crosses(ty: &Type) -> bool {
    match ty {
        Type::Path(_) => true,
        Type::Reference(reference) => !matches!(*reference.elem, Type::Slice(_)),
        _ => false,
    }
}

/// The lines of a comment, without the blank that begins each.
fn docs(attributes: &[Attribute]) -> Vec<String> {
    let line = |attribute: &Attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let line = text(&pair.value).ok().filter(|_| pair.path.is_ident("doc"))?;
        Some(line.strip_prefix(' ').unwrap_or(&line).to_owned())
    };
    attributes.iter().filter_map(line).collect()
}

/// The text that an expression is.
pub fn text(expr: &Expr) -> Result<String> {
    match expr {
        Expr::Lit(literal) if let Lit::Str(text) = &literal.lit => Ok(text.value()),
        _ => Err("a text must be written out".to_owned()),
    }
}

/// The module of `use crate::module::…`.
fn used_module(tree: &UseTree) -> Option<String> {
    let UseTree::Path(root) = tree else { return None };
    let UseTree::Path(module) = &*root.tree else { return None };
    (root.ident == "crate").then(|| module.ident.to_string())
}
