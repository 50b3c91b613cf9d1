//! One line of the journal, to bytes and back. The crate's first page defines the format.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Event;

/// The length of `,"crc":"01234567"}`.
const SEAL: usize = 18;

/// Why a line is not an event.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// The checksum does not belong to the bytes: the line was torn or changed.
    Checksum(String),
    /// The bytes are as they were written, but they are not the event that belongs here.
    Content(String),
}

impl Fault {
    pub(crate) fn into_problem(self) -> String {
        match self {
            Self::Checksum(problem) | Self::Content(problem) => problem,
        }
    }
}

#[derive(Serialize)]
struct Fields<'a, T: ?Sized> {
    seq: u64,
    time: String,
    kind: &'a str,
    data: &'a T,
}

#[derive(Deserialize)]
struct OwnedFields {
    seq: u64,
    time: Timestamp3339,
    kind: String,
    data: Value,
}

/// A timestamp that is read from its RFC 3339 form.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Timestamp3339(Timestamp);

impl TryFrom<String> for Timestamp3339 {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

/// The line of an event, its newline included; an error says why the event could not be read back.
pub(crate) fn encode<T: Serialize + ?Sized>(
    seq: u64,
    time: Timestamp,
    kind: &str,
    data: &T,
) -> Result<Vec<u8>, String> {
    let fields = Fields { seq, time: format!("{time:.3}"), kind, data };
    let mut line = serde_json::to_vec(&fields).map_err(|error| error.to_string())?;
    line.pop();
    let seal = seal(&line);
    line.extend_from_slice(seal.as_bytes());
    // Some data can be written but not read, such as arrays within arrays beyond the parser's depth. One such
    // line would spoil the journal for good, so what is written is what has been read.
    decode(&line, seq).map_err(Fault::into_problem)?;
    line.push(b'\n');
    Ok(line)
}

/// The event of a line, its newline taken off, which should bear the number `seq`.
pub(crate) fn decode(line: &[u8], seq: u64) -> Result<Event, Fault> {
    let (body, found) =
        line.len().checked_sub(SEAL).and_then(|middle| line.split_at_checked(middle)).ok_or_else(
            || Fault::Checksum(format!("a line of {} bytes is too short for an event", line.len())),
        )?;
    let expected = seal(body);
    if found != expected.as_bytes() {
        let found = String::from_utf8_lossy(found);
        return Err(Fault::Checksum(format!(
            "the line ends in `{found}` where its bytes ask for `{expected}`"
        )));
    }
    let fields: OwnedFields =
        serde_json::from_slice(line).map_err(|error| Fault::Content(error.to_string()))?;
    if fields.seq != seq {
        return Err(Fault::Content(format!(
            "the event has the number {} where {seq} was due",
            fields.seq
        )));
    }
    Ok(Event { seq, time: fields.time.0, kind: fields.kind, data: fields.data })
}

/// The last bytes of the line that begins with `body`.
fn seal(body: &[u8]) -> String {
    format!(r#","crc":"{:08x}"}}"#, crc32fast::hash(body))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The checksum was computed by Python's `zlib.crc32`.
    const GOLDEN: &str = concat!(
        r#"{"seq":0,"time":"2026-11-21T14:00:00.123Z","kind":"metric","#,
        r#""data":{"key":"train/loss","step":1,"value":"NaN"},"crc":"5f13cc6c"}"#,
        "\n"
    );

    #[test]
    fn the_line_is_the_one_that_the_documentation_shows() {
        let time = "2026-11-21T14:00:00.123987Z".parse().unwrap();
        let line =
            encode(0, time, "metric", &json!({"key": "train/loss", "step": 1, "value": "NaN"}))
                .unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), GOLDEN);
        assert!(include_str!("lib.rs").contains(GOLDEN.trim_end()));
    }

    #[test]
    fn a_line_in_the_wrong_place_is_a_fault_of_content() {
        let fault = decode(GOLDEN.trim_end().as_bytes(), 7).unwrap_err();
        assert_eq!(fault, Fault::Content("the event has the number 0 where 7 was due".into()));
    }

    #[test]
    fn data_that_could_not_be_read_back_is_refused() {
        let deep = (0..200).fold(json!(0), |inner, _| json!([inner]));
        let problem = encode(0, Timestamp::UNIX_EPOCH, "deep", &deep).unwrap_err();
        assert!(problem.contains("recursion limit"), "{problem}");
    }
}
