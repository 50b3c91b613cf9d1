//! Where dictionaries are read from.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::options::Options;
use crate::testing::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// An archive of these members.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn options(dictionaries: &Path, files: serde_json::Value) -> Options {
    let options = json!({ "dictionaries": dictionaries, "files": files, "p": 1.0 });
    serde_json::from_value(options).unwrap()
}

#[test]
fn a_dictionary_is_the_same_in_a_folder_in_an_archive_and_alone_packed_or_not() {
    let folder = Folder::new(&[]);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let lines: &[u8] = b"dog\tHund\n";
    let packed = gzip(lines);
    write("folder/in/de.txt", lines);
    write("folder/de.txt.gz", &packed);
    let archive =
        tar(&[("other.txt", b"no dictionary"), ("in/de.txt", lines), ("./de.gz", &packed)]);
    for (dictionaries, file) in [
        (folder.path("folder"), "in/de.txt"),
        (folder.path("folder"), "./in/de.txt"),
        (folder.path("folder"), "de.txt.gz"),
        (write("a.tar", &archive), "in/de.txt"),
        (write("a.tar", &archive), "de.gz"),
        (write("a.tar.gz", &gzip(&archive)), "in/de.txt"),
        (write("a.tgz", &gzip(&archive)), "./in/de.txt"),
        (write("alone.txt", lines), "alone.txt"),
        (write("alone.gz", &packed), "alone.gz"),
    ] {
        let mut made = make(&options(&dictionaries, json!({ "de": file }))).unwrap();
        assert_eq!(switched(&mut made, "A dog!", 7), "A Hund!", "{}", dictionaries.display());
    }
}

#[test]
fn of_two_members_of_one_name_the_later_counts_and_a_file_may_serve_two_languages() {
    let folder = Folder::new(&[]);
    let archive = folder.path("a.tar");
    let bytes = tar(&[("x", b"dog\told\n"), ("x", b"dog\tnew\n"), ("y", b"dog\ty\n")]);
    std::fs::write(&archive, bytes).unwrap();
    let mut made = make(&options(&archive, json!({ "de": "x", "de-AT": "x" }))).unwrap();
    for key in 0..20 {
        assert_eq!(switched(&mut made, "dog", key), "new");
    }
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_nearest_and_some_that_are() {
    let folder = Folder::new(&[("german", "a\tb\n"), ("spanish", "a\tb\n")]);
    let archive = folder.path("a.tar");
    std::fs::write(&archive, tar(&[("in/german.txt", b"a\tb\n"), ("in/thai.txt", b"a\tb\n")]))
        .unwrap();
    let empty = folder.path("empty");
    std::fs::create_dir(&empty).unwrap();
    for (dictionaries, file, problem) in [
        (
            archive.clone(),
            "in/grman.txt",
            "; did you mean `in/german.txt`?; it has in/german.txt, in/thai.txt",
        ),
        (archive, "nothing-like-it.tsv", "; it has in/german.txt, in/thai.txt"),
        (empty, "german.txt", "; it is empty"),
        (
            folder.path("german.txt"),
            "germen.txt",
            "; did you mean `german.txt`?; it has german.txt",
        ),
    ] {
        let inside = dictionaries.display();
        let expected = format!("files: `de`: there is no `{file}` in {inside}{problem}");
        assert_eq!(refusal(&options(&dictionaries, json!({ "de": file }))), expected);
    }
    let there = refusal(&options(&folder.path(""), json!({ "de": "germany.txt" })));
    assert!(there.contains("did you mean `german.txt`?"), "{there}");
}

#[test]
fn a_line_that_is_no_entry_is_named_with_its_file() {
    let folder = Folder::new(&[("de", "dog\tHund\ncat Katze\n")]);
    let (file, archive) = (folder.path("de.txt"), folder.path("a.tar.gz"));
    std::fs::write(&archive, gzip(&tar(&[("in/de.txt", &std::fs::read(&file).unwrap())]))).unwrap();
    let problem = "line 2: found 0 tabs in \"cat Katze\", allowed is one";
    assert_eq!(
        refusal(&folder.options(json!({}))),
        format!("dictionaries: {}, {problem}", file.display())
    );
    assert_eq!(
        refusal(&options(&archive, json!({ "de": "in/de.txt" }))),
        format!("dictionaries: in/de.txt in {}, {problem}", archive.display())
    );
}

#[test]
fn what_cannot_be_unpacked_is_refused() {
    let folder = Folder::new(&[]);
    let whole = gzip(&tar(&[("de.txt", b"dog\tHund\n")]));
    for (name, bytes) in [
        ("cut.tar.gz", &whole[..whole.len() / 2]),
        ("cut.gz", &gzip(b"dog\tHund\n")[..12]),
        ("text.tar", b"dog\tHund\n".repeat(100).as_slice()),
    ] {
        let path = folder.path(name);
        std::fs::write(&path, bytes).unwrap();
        let told = refusal(&options(&path, json!({ "de": name })));
        let expected = format!("dictionaries: {} cannot be read: ", path.display());
        assert!(told.starts_with(&expected), "{told}");
    }
}
