//! Declarations: types, functions and values of the contract in C.

use syn::{Expr, GenericArgument, Lit, PathArguments, ReturnType, Type, TypeFnPtr};

use super::comment::WIDTH;
use super::names::Names;
use super::{Result, read};

/// `name` declared as `ty`, the way C does, where `indent` columns stand before it: `const triglot_str *name`.
pub fn declaration(ty: &Type, name: &str, indent: usize, names: &Names) -> Result<String> {
    declare(ty, name, false, indent, names)
}

/// A function of the type that `ty` points to: `int32_t name(void)`.
pub fn prototype(ty: &Type, name: String, names: &Names) -> Result<String> {
    match ty {
        Type::FnPtr(function) => self::function(function, &name, 0, names),
        _ => Err(format!("`{name}` is no function")),
    }
}

/// Pointers are written from the inside out, so what `declarator` says grows to the left.
fn declare(
    ty: &Type,
    declarator: &str,
    constant: bool,
    indent: usize,
    names: &Names,
) -> Result<String> {
    match ty {
        Type::Ptr(pointer) => {
            let qualifier = if constant { "const " } else { "" };
            let inner = format!("*{qualifier}{declarator}");
            let constant = matches!(pointer.mutability, syn::PointerMutability::Const(_));
            declare(&pointer.elem, &inner, constant, indent, names)
        }
        Type::Array(array) if !declarator.starts_with('*') => {
            let length = integer(&array.len)?;
            declare(&array.elem, &format!("{declarator}[{length}]"), constant, indent, names)
        }
        Type::FnPtr(function) => {
            self::function(function, &format!("(*{declarator})"), indent, names)
        }
        Type::Path(path) => {
            let last = path.path.segments.last().ok_or("a type without a name")?;
            match &last.arguments {
                PathArguments::None => {
                    let qualifier = if constant { "const " } else { "" };
                    let base = base(&last.ident.to_string(), names)?;
                    Ok(format!("{qualifier}{base} {declarator}"))
                }
                PathArguments::AngleBracketed(inner) if last.ident == "Option" => {
                    match inner.args.first() {
                        // A function that may be null is what a pointer to a function in C is.
                        Some(GenericArgument::Type(inner @ Type::FnPtr(_))) => {
                            declare(inner, declarator, constant, indent, names)
                        }
                        _ => Err(format!("`{declarator}` is optional, but no function")),
                    }
                }
                _ => Err(format!("`{declarator}` is of a type that C does not have")),
            }
        }
        _ => Err(format!("`{declarator}` is of a type that C does not have")),
    }
}

/// A function, its arguments broken between two where the line would be too long.
fn function(ty: &TypeFnPtr, name: &str, indent: usize, names: &Names) -> Result<String> {
    let opening = match &ty.output {
        ReturnType::Default => format!("void {name}("),
        ReturnType::Type(_, output) => {
            format!("{}(", declare(output, name, false, indent, names)?)
        }
    };
    let argument = |argument: &syn::NamedArg| match &argument.name {
        Some((name, _)) => declaration(&argument.ty, &name.to_string(), indent, names),
        None => Err(format!("an argument of `{name}` has no name")),
    };
    let arguments: Vec<String> = ty.inputs.iter().map(argument).collect::<Result<_>>()?;
    if arguments.is_empty() {
        return Ok(format!("{opening}void)"));
    }
    let hanging = indent + opening.chars().count();
    let (mut out, mut column) = (opening, hanging);
    for (i, argument) in arguments.iter().enumerate() {
        let last = i + 1 == arguments.len();
        // After it comes a comma, or a bracket and a semicolon.
        let end = column + 1 + argument.len() + if last { 2 } else { 1 };
        if i > 0 && end > WIDTH {
            out += &format!("\n{}", " ".repeat(hanging));
            column = hanging;
        } else if i > 0 {
            out.push(' ');
            column += 1;
        }
        out += argument;
        out.push(if last { ')' } else { ',' });
        column += argument.len() + 1;
    }
    Ok(out)
}

fn base<'a>(name: &str, names: &'a Names) -> Result<&'a str> {
    Ok(match name {
        "c_void" => "void",
        "c_char" => "char",
        "u8" => "uint8_t",
        "u16" => "uint16_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "i8" => "int8_t",
        "i16" => "int16_t",
        "i32" => "int32_t",
        "i64" => "int64_t",
        "usize" => "size_t",
        "f32" => "float",
        "f64" => "double",
        other => names.of_type(other)?,
    })
}

/// The value of a constant, of its own signedness.
pub fn value(name: &str, ty: &Type, expr: &Expr) -> Result<String> {
    let written_out = |_| format!("the value of `{name}` must be written out");
    match ty {
        Type::Reference(_) => Ok(format!("{:?}", read::text(expr).map_err(written_out)?)),
        Type::Path(path) => {
            let unsigned = path.path.get_ident().is_some_and(|ty| ty.to_string().starts_with('u'));
            let suffix = if unsigned { "u" } else { "" };
            Ok(format!("{}{suffix}", integer(expr).map_err(written_out)?))
        }
        _ => Err(format!("`{name}` is of a type that C does not have")),
    }
}

fn integer(expr: &Expr) -> Result<u32> {
    match expr {
        Expr::Lit(literal) if let Lit::Int(number) = &literal.lit => {
            number.base10_parse().map_err(|error| error.to_string())
        }
        _ => Err("a number must be written out".to_owned()),
    }
}
