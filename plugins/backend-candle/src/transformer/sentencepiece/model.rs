//! The content of spiece.model: a message of protobuf, of which only what a tokenizer needs is read.

use std::fmt::Display;
use std::io::Read;
use std::path::{Path, PathBuf};

use prost::Message;
use triglot_sdk::{Error, Result};

use super::{SPIECE, UNKNOWN, charsmap};
use crate::files;
use crate::options::MAX_VOCABULARY;

/// Bytes that a file may have; that of mT5 has 4 MB.
const MAX_BYTES: u64 = 64 << 20;

/// `ModelProto` of sentencepiece_model.proto; the fields of these messages have the numbers and defaults that they have
/// there.
#[derive(Message)]
struct ModelProto {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<PieceProto>,
    #[prost(message, optional, tag = "2")]
    trainer_spec: Option<TrainerSpec>,
    #[prost(message, optional, tag = "3")]
    normalizer_spec: Option<NormalizerSpec>,
}

#[derive(Message)]
struct PieceProto {
    #[prost(string, tag = "1")]
    piece: String,
    #[prost(float, tag = "2")]
    score: f32,
    #[prost(int32, optional, tag = "3", default = "1")]
    kind: Option<i32>,
}

#[derive(Message)]
struct TrainerSpec {
    #[prost(int32, optional, tag = "3", default = "1")]
    model_type: Option<i32>,
    #[prost(int32, tag = "40")]
    unk_id: i32,
}

#[derive(Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", tag = "2")]
    precompiled_charsmap: Vec<u8>,
}

/// The kinds of models, by their numbers.
const MODELS: [&str; 5] = ["", "UNIGRAM", "BPE", "WORD", "CHAR"];
const UNIGRAM: i32 = 1;

/// Kinds of pieces.
const UNKNOWN_PIECE: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// What a tokenizer needs, checked.
pub(super) struct Model {
    /// Their places are their ids.
    pub pieces: Vec<Piece>,
    /// The rules of normalisation; empty, where there are none.
    pub charsmap: Vec<u8>,
}

/// A piece of the vocabulary.
pub(super) struct Piece {
    pub piece: String,
    pub score: f32,
    /// Whether it is a token of its own, wherever it stands in a text.
    pub added: bool,
    /// Whether it is such a token and no part of a text.
    pub control: bool,
}

impl Model {
    /// Reads the folder's file; returns its path too, for later errors about its content.
    pub(super) fn read(folder: &Path) -> Result<(PathBuf, Self)> {
        let (path, file) = files::open(folder, SPIECE)?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())))?;
        let model = Self::parse(&bytes)
            .map_err(|why| Error::invalid(format!("{}: {why}", path.display())))?;
        Ok((path, model))
    }

    fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("found more than {MAX_BYTES} bytes, allowed are as many"));
        }
        let proto = ModelProto::decode(bytes)
            .map_err(|error| format!("not a whole model of SentencePiece: {error}"))?;
        // They follow on the pieces, so a file that was cut off between two pieces has neither.
        let (Some(trainer), Some(normalizer)) = (proto.trainer_spec, proto.normalizer_spec) else {
            let parts = "expected are pieces, `trainer_spec` and `normalizer_spec`";
            return Err(format!("not a whole model of SentencePiece: {parts}"));
        };
        check_model_type(trainer.model_type())?;
        let count = proto.pieces.len();
        if !(UNKNOWN + 1..=MAX_VOCABULARY).contains(&count) {
            return Err(refused(
                "`pieces`",
                count,
                format_args!("{} to {MAX_VOCABULARY}", UNKNOWN + 1),
            ));
        }
        check_unknown(trainer.unk_id, &proto.pieces)?;
        charsmap::check(&normalizer.precompiled_charsmap)
            .map_err(|why| format!("`precompiled_charsmap`: {why}"))?;
        let pieces = proto.pieces.into_iter().enumerate().map(|(id, piece)| piece.check(id));
        Ok(Self {
            pieces: pieces.collect::<std::result::Result<_, _>>()?,
            charsmap: normalizer.precompiled_charsmap,
        })
    }
}

fn check_model_type(found: i32) -> std::result::Result<(), String> {
    if found == UNIGRAM {
        return Ok(());
    }
    let name = usize::try_from(found).ok().and_then(|found| MODELS.get(found)).unwrap_or(&"");
    Err(refused("`model_type`", format_args!("{found} {name}"), "1 UNIGRAM, which every T5 has"))
}

fn check_unknown(found: i32, pieces: &[PieceProto]) -> std::result::Result<(), String> {
    let kind = pieces[UNKNOWN].kind();
    if usize::try_from(found) != Ok(UNKNOWN) {
        let why = format_args!("{UNKNOWN}, which transformers takes for every T5");
        return Err(refused("`unk_id`", found, why));
    }
    if kind != UNKNOWN_PIECE {
        let what = format!("`type` of piece {UNKNOWN}, `unk_id`");
        return Err(refused(&what, kind, format_args!("{UNKNOWN_PIECE} UNKNOWN")));
    }
    Ok(())
}

impl PieceProto {
    fn check(self, id: usize) -> std::result::Result<Piece, String> {
        if self.piece.is_empty() {
            return Err(refused(&format!("`piece` of piece {id}"), "nothing", "a text"));
        }
        if !self.score.is_finite() {
            let what = format!("`score` of piece {id}, `{}`", self.piece);
            return Err(refused(&what, self.score, "finite numbers"));
        }
        let kind = self.kind();
        Ok(Piece {
            piece: self.piece,
            score: self.score,
            added: matches!(kind, CONTROL | USER_DEFINED),
            control: kind == CONTROL,
        })
    }
}

fn refused(what: &str, found: impl Display, allowed: impl Display) -> String {
    format!("{what}: found {found}, allowed is {allowed}")
}
