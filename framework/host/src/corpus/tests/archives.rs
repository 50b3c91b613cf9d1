//! Paths that lead through archives.

use super::*;

/// A tar archive of `files`.
pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn keys(path: &str) -> String {
    format!("[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"{path}\"\n")
}

fn languages(folder: &TempDir, path: &str) -> Vec<String> {
    train(folder.path(), &keys(path)).unwrap().train.languages
}

fn message(folder: &TempDir, path: &str) -> String {
    let error = train(folder.path(), &keys(path)).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

/// A folder that holds an archive of these records a language, under the names `a/d.LANGUAGE.tsv`.
fn archived(name: &str, pack: fn(&[u8]) -> Vec<u8>) -> TempDir {
    let of = |language| tsv(&[("x", language, "g"), ("y", language, "h")]);
    let (de, en) = (of("de"), packed(of("en").as_bytes()));
    let members: [(&str, &[u8]); 3] =
        [("./a/d.de.tsv", de.as_bytes()), ("a/d.en.tsv", &en), ("a/README", b"\xff")];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), pack(&tar(&members))).unwrap();
    folder
}

#[test]
fn every_kind_of_archive_is_read_like_a_folder_and_recorded_once() {
    let plain: fn(&[u8]) -> Vec<u8> = <[u8]>::to_vec;
    for (name, pack) in [("s.tar", plain), ("s.tar.gz", packed), ("s.tgz", packed)] {
        let folder = archived(name, pack);
        assert_eq!(languages(&folder, &format!("{name}/a/d.de.tsv")), ["de"]);
        let data = train(folder.path(), &keys(&format!("{name}/a/d.{{lang}}.tsv"))).unwrap();
        assert_eq!(data.train.languages, ["de", "en"]);
        assert_eq!(data.train.text(3), "p x en");
        let archive = folder.path().join(name);
        let hash = blake3::hash(&std::fs::read(&archive).unwrap()).to_hex().to_string();
        assert_eq!(data.files, [(archive, hash)]);
    }
}

#[test]
fn a_language_in_the_name_of_the_archive_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for language in ["de", "en"] {
        let archive = tar(&[("d.tsv", tsv(&[("x", language, "g")]).as_bytes())]);
        std::fs::write(folder.path().join(format!("d-{language}.tar")), archive).unwrap();
    }
    let data = train(folder.path(), &keys("d-{lang}.tar/d.tsv")).unwrap();
    assert_eq!((data.train.languages.len(), data.files.len()), (2, 2));
}

#[test]
fn a_folder_may_be_named_like_an_archive() {
    let folder = folder(&[("s.tar/d.de.tsv", &tsv(&[("x", "de", "g")]))]);
    assert_eq!(languages(&folder, "s.tar/d.{lang}.tsv"), ["de"]);
}

#[test]
fn a_member_that_is_not_there_offers_the_nearest() {
    let folder = archived("s.tar.gz", packed);
    assert_eq!(
        message(&folder, "s.tar.gz/a/d.dee.tsv"),
        "x.toml:6: `train.data.d.path`: there is no file DATA/s.tar.gz/a/d.dee.tsv: the archive has no such member; \
         did you mean `a/d.de.tsv`?"
    );
    assert!(message(&folder, "s.tar.gz/a/{lang}.tsv").contains("no file matches"));
    assert_eq!(
        message(&folder, "s.tar.gz"),
        "x.toml:6: `train.data.d.path`: DATA/s.tar.gz is an archive, which a path leads through to a file\n  \
         allowed: DATA/s.tar.gz/a/README"
    );
}

#[test]
fn an_archive_that_is_cut_anywhere_is_refused() {
    let folder = archived("s.tar", <[u8]>::to_vec);
    let path = folder.path().join("s.tar");
    let whole = std::fs::read(&path).unwrap();
    // The last member and the end of the archive.
    for length in [1, 100, 511, 513, 600, 2047] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let message = message(&folder, "s.tar/a/d.de.tsv");
        assert!(message.starts_with("DATA/s.tar: the archive is damaged: "), "{length}: {message}");
    }
    let packed = packed(&whole);
    std::fs::write(&path, &packed[..packed.len() - 4]).unwrap();
    let message = message(&folder, "s.tar/a/d.de.tsv");
    assert!(message.starts_with("DATA/s.tar: the gzip data is truncated"), "{message}");
}

#[test]
fn text_within_an_archive_that_is_not_utf8_is_named_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let archive = tar(&[("d.tsv", b"id\tlanguage\tquery\tpassage\nx\tde\t\xff\tp\n")]);
    std::fs::write(folder.path().join("s.tar"), archive).unwrap();
    assert_eq!(message(&folder, "s.tar/d.tsv"), "DATA/s.tar/d.tsv:2: the text is not UTF-8");
}
