//! Reading a data file whole: plain or gzip (told by its first bytes, since names lie), hashed as it lies on disk.
//!
//! The tables hold every text in memory anyway, so a file is read at once; that keeps the ways in which reading
//! can fail in this one place, apart from what the formats can get wrong.

use std::io::{ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::error::Category;

use crate::error::{Diagnostic, Result};
use crate::files;

/// The most bytes to which a file may unpack: beyond them lies a mistake, or malice.
const LARGEST: u64 = 4 << 30;
/// With what gzip data begins.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Some editors put it before the text of a file. It is taken off there, never off a text within the file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes of the file at `path`, unpacked where they are gzip, and the BLAKE3 hash of what lies on disk.
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, String)> {
    let raw = files::input_read(path)?;
    let hash = blake3::hash(&raw).to_hex().to_string();
    Ok((unpacked(raw, path)?, hash))
}

/// The bytes of what is called `path`, unpacked where they are gzip.
pub(super) fn unpacked(raw: Vec<u8>, path: &Path) -> Result<Vec<u8>> {
    match raw.starts_with(&GZIP) {
        true => Ok(unpack(&raw, LARGEST).map_err(|problem| Diagnostic::new(problem).file(path))?),
        false => Ok(raw),
    }
}

/// The bytes of what is called `path` as text, without the byte order mark that may stand before it.
pub(super) fn text(bytes: Vec<u8>, path: &Path) -> Result<String> {
    let mut text = String::from_utf8(bytes).map_err(|source| {
        let valid = source.as_bytes().iter().take(source.utf8_error().valid_up_to());
        let line = valid.filter(|byte| **byte == b'\n').count() + 1;
        Diagnostic::new("the text is not UTF-8").file(path).line(line)
    })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.remove(0);
    }
    Ok(text)
}

fn unpack(packed: &[u8], largest: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut reader = MultiGzDecoder::new(packed).take(largest.saturating_add(1));
    match reader.read_to_end(&mut bytes) {
        Ok(_) if reader.limit() == 0 => {
            Err(format!("the gzip data unpacks to more than {largest} bytes"))
        }
        Ok(_) => Ok(bytes),
        Err(source) if source.kind() == ErrorKind::UnexpectedEof => {
            Err(format!("{}, after {} bytes", damaged(&source), packed.len()))
        }
        Err(source) => Err(damaged(&source)),
    }
}

/// What to say of gzip data that cannot be unpacked.
pub(super) fn damaged(source: &std::io::Error) -> String {
    match source.kind() {
        ErrorKind::UnexpectedEof => {
            "the gzip data is truncated: the file ends in the midst of it".to_owned()
        }
        _ => format!("the gzip data is damaged: {source}"),
    }
}

/// What a JSON parser found wrong, with the column; the line stands in the diagnostic.
pub(super) fn json_problem(source: &serde_json::Error) -> String {
    let message = source.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let kind = match source.classify() {
        Category::Eof => "the JSON ends too early",
        Category::Data => "the JSON is not of the shape that the reader reads",
        Category::Syntax | Category::Io => "malformed JSON",
    };
    format!("{kind}: {what}, at column {}", source.column())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_that_unpacks_to_more_than_the_bound_is_refused() {
        let packed = packed(&[b'a'; 1000]);
        assert_eq!(unpack(&packed, 1000).unwrap().len(), 1000);
        assert!(unpack(&packed, 999).unwrap_err().contains("more than 999 bytes"));
    }

    #[test]
    fn truncated_and_damaged_gzip_are_told_apart() {
        let packed = packed(b"a text that is long enough to be cut anywhere");
        for length in 2..packed.len() {
            assert!(unpack(&packed[..length], 1000).unwrap_err().contains("truncated"), "{length}");
        }
        let mut damaged = packed;
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert!(unpack(&damaged, 1000).unwrap_err().contains("damaged"));
    }

    #[test]
    fn only_the_byte_order_mark_of_the_file_is_taken_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "\u{feff}\u{feff}a").unwrap();
        assert_eq!(text(read(&path).unwrap().0, &path).unwrap(), "\u{feff}a");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, packed(b"one\ntwo \xff\n")).unwrap();
        let message = text(read(&path).unwrap().0, &path).unwrap_err().to_string();
        assert!(message.ends_with("a:2: the text is not UTF-8"), "{message}");
    }
}
