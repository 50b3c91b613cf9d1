//! Reading a data file line by line, plain or gzip, hashed on its way.
//!
//! A collection of millions of documents does not fit into memory beside what is made of it, so its files are never
//! held as a whole: what is in memory is a line. Lines end with LF or CRLF, and a byte order mark before the first is
//! none of its text.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::file::{GZIP, damaged};
use super::shape::Checked;
use crate::error::{Diagnostic, Error, Result};
use crate::files;

/// The longest line, in bytes: beyond it lies a file that is not of lines, or malice.
const LONGEST: u64 = 256 << 20;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is done with a line, told with its number from 1.
pub(super) type Take<'t> = &'t mut dyn FnMut(usize, &str) -> Checked<()>;

/// Gives every line of a file to `take`; tells the BLAKE3 hash of what lies on disk.
pub(super) fn of_file(path: &Path, take: Take<'_>) -> Result<String> {
    let hashed = Hashed { inner: files::input_open(path)?, hasher: blake3::Hasher::new() };
    let mut raw = BufReader::new(hashed);
    walk(&mut raw, path, LONGEST, take)?;
    // Behind the last member of a gzip file nothing is left, so that all of the file has been hashed.
    Ok(raw.get_ref().hasher.finalize().to_hex().to_string())
}

/// Gives every line of what is called `path` to `take`, unpacked where it is gzip.
pub(super) fn of_bytes(bytes: &[u8], path: &Path, take: Take<'_>) -> Result<()> {
    walk(&mut BufReader::new(bytes), path, LONGEST, take)
}

fn walk<R: Read>(raw: &mut BufReader<R>, path: &Path, longest: u64, take: Take<'_>) -> Result<()> {
    let start = raw.fill_buf().map_err(|source| files::input_error(path, &source))?;
    match start.starts_with(&GZIP) {
        true => each(&mut BufReader::new(MultiGzDecoder::new(raw)), path, true, longest, take),
        false => each(raw, path, false, longest, take),
    }
}

fn each(
    reader: &mut impl BufRead,
    path: &Path,
    packed: bool,
    longest: u64,
    take: Take<'_>,
) -> Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(longest.saturating_add(1)).read_until(b'\n', &mut line);
        let read = read.map_err(|source| failure(path, packed, number, &source))?;
        if read == 0 {
            break;
        }
        if read as u64 > longest {
            let problem = format!("the line is longer than {longest} bytes");
            return Err(Diagnostic::new(problem).file(path).line(number).into());
        }
        let content = line.strip_suffix(b"\n").unwrap_or(&line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let content = match number {
            1 => content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content),
            _ => content,
        };
        let content = std::str::from_utf8(content)
            .map_err(|_| Diagnostic::new("the text is not UTF-8").file(path).line(number))?;
        take(number, content).map_err(|problem| Diagnostic {
            line: problem.line.or(Some(number)),
            file: problem.file.clone().or_else(|| Some(path.to_owned())),
            ..*problem
        })?;
    }
    Ok(())
}

fn failure(path: &Path, packed: bool, line: usize, source: &std::io::Error) -> Error {
    let of_gzip = matches!(
        source.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput
    );
    match packed && of_gzip {
        true => Diagnostic::new(damaged(source)).file(path).line(line).into(),
        false => files::input_error(path, source),
    }
}

/// A reader that hashes what it reads.
struct Hashed<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn lines(bytes: &[u8]) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        of_bytes(bytes, Path::new("x"), &mut |number, line| {
            lines.push(line.to_owned());
            assert_eq!(number, lines.len());
            Ok(())
        })?;
        Ok(lines)
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_whole_text_packed_or_not(text in "[a\u{feff}é\n\r]{0,40}") {
            let whole = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let expected: Vec<String> = whole.split('\n').map(|line| {
                line.strip_suffix('\r').unwrap_or(line).to_owned()
            }).collect();
            // What follows the last line break is a line only where there is something of it.
            let after_break = text.is_empty() || text.ends_with('\n');
            let expected = &expected[..expected.len() - usize::from(after_break)];
            prop_assert_eq!(lines(text.as_bytes()).unwrap(), expected);
            prop_assert_eq!(lines(&packed(text.as_bytes())).unwrap(), expected);
        }
    }

    #[test]
    fn the_hash_is_that_of_the_file_as_it_lies_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for bytes in [b"a\nb".to_vec(), packed(&b"one line\n".repeat(40_000)), Vec::new()] {
            std::fs::write(&path, &bytes).unwrap();
            let hash = of_file(&path, &mut |_, _| Ok(())).unwrap();
            assert_eq!(hash, blake3::hash(&bytes).to_hex().to_string());
        }
    }

    #[test]
    fn what_is_wrong_names_file_and_line() {
        let problem = lines(b"a\n\xff\n").unwrap_err().to_string();
        assert_eq!(problem, "x:2: the text is not UTF-8");
        let whole = packed(b"a\nb\nc\n");
        let problem = lines(&whole[..whole.len() - 9]).unwrap_err().to_string();
        assert!(problem.contains("the gzip data is truncated"), "{problem}");
        let mut raw = BufReader::new(&b"abc\nabcd\n"[..]);
        let problem = walk(&mut raw, Path::new("x"), 4, &mut |_, _| Ok(())).unwrap_err();
        assert_eq!(problem.to_string(), "x:2: the line is longer than 4 bytes");
        let refuse: Take<'_> = &mut |_, _| Err(Diagnostic::new("no").into());
        assert_eq!(of_bytes(b"a", Path::new("x"), refuse).unwrap_err().to_string(), "x:1: no");
    }
}
