use super::{Result, header_of};

/// What every contract has.
const ENTRY: &str = r#"
    /// The symbol.
    pub const ENTRY_SYMBOL: &str = "entry_v1";
    /// Gives a number. Thread: load.
    pub type Entry = unsafe extern "C" fn() -> *const u32;
"#;

/// The header of a crate with one module, `part`.
fn header_with(part: &str) -> Result<String> {
    header_of_crate(&[("part", part)])
}

fn header_of_crate(parts: &[(&str, &str)]) -> Result<String> {
    let modules: String = parts.iter().map(|(name, _)| format!("pub mod {name};\n")).collect();
    let root = format!("//! A contract.\n{modules}mod private;\n{ENTRY}");
    header_of(|file| match file {
        "lib.rs" => Ok(root.clone()),
        other => {
            let part = parts.iter().find(|(name, _)| format!("{name}.rs") == other);
            part.map(|(_, source)| (*source).to_owned()).ok_or(format!("{other} is read"))
        }
    })
}

fn assert_says(header: &str, expected: &str) {
    assert!(header.contains(expected), "no `{expected}` in:\n{header}");
}

#[test]
fn structs_fields_and_functions_are_declared_as_c_does() {
    let header = header_with(
        r#"
        /// A thing.
        #[repr(C)]
        pub struct BigThing {
            /// Three bytes.
            pub bytes: [u8; 3],
            /// Texts.
            pub texts: *const *const u8,
            /// A place.
            pub place: *mut *mut c_void,
            /// Does it.
            pub f: Option<unsafe extern "C" fn(a: usize, thing: *const BigThing) -> i32>,
            /// Says nothing.
            pub g: Option<unsafe extern "C" fn(context: *mut c_void)>,
        }"#,
    );
    let header = header.unwrap();
    assert_says(&header, "typedef struct triglot_big_thing triglot_big_thing;\n");
    assert_says(&header, "/** A thing. */\nstruct triglot_big_thing {\n    /** Three bytes. */\n");
    for field in [
        "uint8_t bytes[3]",
        "const uint8_t *const *texts",
        "void **place",
        "int32_t (*f)(size_t a, const triglot_big_thing *thing)",
        "void (*g)(void *context)",
    ] {
        assert_says(&header, &format!("    {field};\n"));
    }
    assert_says(&header, "\nTRIGLOT_EXPORT const uint32_t *entry_v1(void);\n");
}

#[test]
fn constants_are_of_the_type_that_they_have() {
    let header = header_with(
        r#"
        /// A status.
        pub type Status = i32;
        /// Bad.
        pub const STATUS_BAD: Status = 2;
        /// Old.
        pub const KIND_OLD: u32 = 1;
        /// Only in Rust.
        pub const TABLE: &[u32] = &[1];
        /// A name.
        pub const NAME: &str = "a\"b";
        const PRIVATE: u32 = 1;"#,
    );
    let header = header.unwrap();
    assert_says(&header, "typedef int32_t triglot_status;\n");
    assert_says(&header, "#define TRIGLOT_STATUS_BAD 2\n");
    assert_says(&header, "#define TRIGLOT_KIND_OLD 1u\n");
    assert_says(&header, "#define TRIGLOT_NAME \"a\\\"b\"\n");
    assert!(!header.contains("TABLE") && !header.contains("PRIVATE"), "{header}");
}

#[test]
fn a_module_comes_after_those_that_it_uses() {
    let one = "use crate::two::Inner;\n/// Outer.\n#[repr(C)]\npub struct Outer { pub i: Inner }";
    let two = "/// Inner.\n#[repr(C)]\npub struct Inner { pub n: u32 }";
    let header = header_of_crate(&[("one", one), ("two", two)]).unwrap();
    let at = |text: &str| header.find(text).unwrap();
    assert!(at("struct triglot_inner {") < at("struct triglot_outer {"));
    let circle = "use crate::one::Outer;";
    assert!(header_of_crate(&[("one", one), ("two", circle)]).is_err());
}

#[test]
fn comments_use_the_names_of_c_and_no_links() {
    let header = header_with(
        r"
        //! About it.
        //!
        //! # In Rust
        //! [`Sized32::read`] is not for C.

        /// See [`Thing`], `sizeof(Thing)`, [`crate::KIND_OLD`] or another of the `KIND_` constants; `[a-z]+` stays,
        /// and so does `lower`.
        #[repr(C)]
        pub struct Thing { pub n: u32 }
        /// Old.
        pub const KIND_OLD: u32 = 1;",
    );
    let header = header.unwrap();
    assert_says(
        &header,
        "See `triglot_thing`, `sizeof(triglot_thing)`, `TRIGLOT_KIND_OLD` or another",
    );
    assert_says(&header, "`TRIGLOT_KIND_` constants; `[a-z]+` stays, and so does `lower`.");
    assert_says(&header, "\n * About it.\n");
    assert!(!header.contains("In Rust") && !header.contains("Sized32"), "{header}");
}

#[test]
fn a_name_that_means_nothing_in_c_is_refused() {
    for span in ["[`Sized32::read`]", "`Option`", "[`slice()`]", "[`part`]", "`STATUS_LOST`"] {
        let source = format!("/// See {span}.\npub const KIND_OLD: u32 = 1;");
        let problem = header_with(&source).unwrap_err();
        assert!(problem.contains("means nothing in C"), "{span}: {problem}");
    }
}

#[test]
fn what_c_does_not_have_is_refused() {
    let fields = ["&'static str", "Option<u32>", "(u32, u32)", "Unknown", "Vec<u8>", "[u8; LEN]"];
    for ty in fields {
        let source = format!("/// It.\n#[repr(C)]\npub struct Thing {{ pub field: {ty} }}");
        assert!(header_with(&source).is_err(), "{ty}");
    }
    for constant in ["A: u32 = 1 << 3", "B: u32 = OTHER", "C: &str = OTHER"] {
        let problem = header_with(&format!("pub const {constant};")).unwrap_err();
        assert!(problem.contains("written out"), "{constant}: {problem}");
    }
    let nameless = "pub type F = unsafe extern \"C\" fn(u32);";
    assert!(header_with(nameless).unwrap_err().contains("has no name"));
    assert!(header_with("/// A */ B\npub const A: u32 = 1;").is_err());
}

#[test]
fn long_comments_and_functions_are_broken_between_words_and_arguments() {
    let words = "word ".repeat(60);
    let arguments: Vec<String> = (0..12).map(|i| format!("argument_{i}: u32")).collect();
    let header = header_with(&format!(
        "/// {words}\n///\n/// * one {words}\n/// * two\npub type F = unsafe extern \"C\" fn({});",
        arguments.join(", ")
    ));
    let header = header.unwrap();
    assert!(header.lines().all(|line| line.chars().count() <= 100), "{header}");
    assert_says(&header, "word\n *\n * * one word");
    assert_says(&header, "word\n * * two\n */\ntypedef void (*triglot_f)(uint32_t argument_0,");
}

#[test]
fn two_things_of_one_name_are_refused() {
    let twice = "/// A.\npub type AB = u32;\npub type Ab = u32;\npub type AB = i32;";
    assert!(header_with(twice).unwrap_err().contains("triglot_a_b"));
}
