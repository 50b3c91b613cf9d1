//! Comments: what the contract says of itself, in the words of C.
//!
//! Markdown stays, for it reads well as it stands. Links lose their brackets, names become those of C, lines are broken
//! anew, and what stands under the heading `# In Rust` is left out. A name that means nothing in C is a mistake.

use super::Result;
use super::names::Names;

/// The longest line of the header.
pub const WIDTH: usize = 100;

/// Where a comment stands.
#[derive(Debug, Clone, Copy)]
pub enum Indent {
    /// Outside of everything.
    None,
    /// Before a field.
    Field,
}

impl Indent {
    /// What stands before each line.
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Field => "    ",
        }
    }
}

/// The comment of these lines; none without a line.
pub fn comment(lines: &[String], indent: Indent, names: &Names) -> Result<String> {
    let indent = indent.text();
    let (mut out, mut first) = (Vec::new(), true);
    for block in blocks(lines) {
        if !std::mem::take(&mut first) && !block.follows {
            out.push(String::new());
        }
        let text = translate(&block.text, names)?;
        let hanging = if block.listed { "  " } else { "" };
        out.extend(wrap(&text, WIDTH - indent.len() - 3, hanging));
    }
    if let Some(line) = out.iter().find(|line| line.contains("/*") || line.contains("*/")) {
        return Err(format!("a comment of C cannot hold: {line}"));
    }
    Ok(match out.as_slice() {
        [] => String::new(),
        [one] if indent.len() + one.chars().count() + 7 <= WIDTH => {
            format!("{indent}/** {one} */\n")
        }
        several => {
            let line = |line: &String| format!("{indent} * {line}").trim_end().to_owned() + "\n";
            let body: String = several.iter().map(line).collect();
            format!("{indent}/**\n{body}{indent} */\n")
        }
    })
}

/// A paragraph, or an entry of a list.
struct Block {
    text: String,
    listed: bool,
    /// Whether no empty line stands before it.
    follows: bool,
}

fn blocks(lines: &[String]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut gap = true;
    for line in lines.iter().take_while(|line| line.trim() != "# In Rust") {
        let listed = line.starts_with("* ");
        match blocks.last_mut() {
            _ if line.trim().is_empty() => gap = true,
            Some(block) if !gap && !listed => {
                block.text.push(' ');
                block.text += line.trim();
            }
            _ => {
                blocks.push(Block { text: line.trim().to_owned(), listed, follows: !gap });
                gap = false;
            }
        }
    }
    blocks
}

/// The text with the names of C and without links.
fn translate(text: &str, names: &Names) -> Result<String> {
    // "[`" opens a link, but "`[" opens a pattern.
    let mut out = String::new();
    for (i, span) in text.split('`').enumerate() {
        if i % 2 == 0 {
            let after_link = if i > 0 { span.strip_prefix(']').unwrap_or(span) } else { span };
            out += after_link.strip_suffix('[').unwrap_or(after_link);
            continue;
        }
        let linked = text.split('`').nth(i - 1).is_some_and(|before| before.ends_with('['));
        out += &format!("`{}`", code(span, linked, names)?);
    }
    Ok(out)
}

fn code(span: &str, linked: bool, names: &Names) -> Result<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let span = span.strip_prefix("crate::").unwrap_or(span);
    let alone = span.chars().all(|c| is_word(c) || "():".contains(c));
    let meaningless = alone
        && names.of_any(span).is_none()
        && !span.starts_with("sizeof(")
        && (span.contains("::")
            || span.starts_with(|c: char| c.is_ascii_uppercase())
            || linked && (span.ends_with("()") || names.is_module(span)));
    if meaningless {
        return Err(format!("a comment says `{span}`, which means nothing in C"));
    }
    let mut out = String::new();
    let mut rest = span;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        out += &names.of_any(part).unwrap_or_else(|| part.to_owned());
        rest = after;
    }
    Ok(out)
}

/// The words in lines of at most `width` columns, all but the first after `hanging`.
fn wrap(text: &str, width: usize, hanging: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{hanging}{word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
