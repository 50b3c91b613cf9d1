//! Every misdeed of the faulty library, and what becomes of a run with it.

/// A misdeed and what it leads to.
pub struct Row {
    pub misdeed: &'static str,
    /// The components of a run that are the faulty library's; all others are honest.
    pub kinds: &'static [&'static str],
    /// Further arguments of the run.
    pub further: &'static [&'static str],
    pub outcome: Outcome,
}

/// What becomes of a run.
pub enum Outcome {
    /// It fails, with an error against the component that goes on with this.
    Fails(&'static str),
    /// The same, where the component is first asked, before there is a run.
    FailsBefore(&'static str),
    /// The command is refused before there is a run, with this among its words.
    Refused(&'static str),
    /// It fails for want of memory, with the component that took it.
    Outgrows,
    /// The process dies as the component does this.
    Dies(&'static str),
    /// The process ends by `exit(0)` as the component does this, and fails for it.
    Exits(&'static str),
    /// It finishes, for this reason: only the checker can tell.
    Unseen(&'static str),
}

use Outcome::{Dies, Exits, Fails, FailsBefore, Outgrows, Refused, Unseen};

const KINDS: &[&str] = &["sampler", "augmenter", "backend", "objective", "metric"];
const WITH_MATRICES: &[&str] = &["backend", "objective"];
const WITH_OUTPUTS: &[&str] = &["backend", "objective", "metric"];

const CREATE_PANICS: &str = "cannot create an instance: panicked: create panics, as it was told to";

const IN_CHUNKS: &[&str] = &["--set", "train.stage.main.chunk=4"];
const SALT: &str = "train.stage.main.mix.monolingual.options.salt=900";
const PEPPER: &str = "train.stage.main.mix.monolingual.options.pepper=1";
const UNTIL_FULL: &[&str] = &["--set", "train.stage.main.steps=100", "--memory-limit", "400MiB"];

const fn row(misdeed: &'static str, kinds: &'static [&'static str], outcome: Outcome) -> Row {
    Row { misdeed, kinds, further: &[], outcome }
}

impl Row {
    const fn with(self, further: &'static [&'static str]) -> Self {
        Self { further, ..self }
    }
}

pub const ROWS: &[Row] = &[
    // The library.
    row("null-table", KINDS, Refused("returned no table of components")),
    row("short-table", KINDS, Refused("returned no table of components")),
    row("bad-utf8-name", KINDS, Refused("its name is malformed")),
    row("description-not-json", KINDS, Refused("is not JSON")),
    row("slow-description", KINDS, Unseen("a run may wait for a library to open")),
    row("extension-for-anything", KINDS, Unseen("what the host asks for is there, and empty")),
    // Life and options.
    row("panic-in-create", &["sampler"], FailsBefore(CREATE_PANICS)),
    row("panic-in-create", &["augmenter"], FailsBefore(CREATE_PANICS)),
    row("panic-in-create", &["backend"], FailsBefore(CREATE_PANICS)),
    row("panic-in-create", &["objective"], FailsBefore(CREATE_PANICS)),
    row("panic-in-create", &["metric"], FailsBefore(CREATE_PANICS)),
    row("leak", KINDS, Unseen("an instance of each component is far from any limit")),
    row("leak-in-calls", &["objective"], Outgrows).with(UNTIL_FULL),
    // Those that end with the training: the others are given a moment, in which a busy machine may not run their threads.
    row("late-call", &["sampler"], Fails("it called the host's `")),
    row("late-call", &["augmenter"], Fails("it called the host's `")),
    row("late-call", &["objective"], Fails("it called the host's `")),
    row(
        "lies-in-schema",
        &["sampler"],
        Refused("faulty/sampler refuses: `salt` is 900; it must be from 0 to 500"),
    )
    .with(&["--set", SALT]),
    row("takes-unknown-option", &["sampler"], Refused("pepper")).with(&["--set", PEPPER]),
    row(
        "size-equality",
        KINDS,
        Unseen("this host's structs are of the size that the library knows"),
    ),
    row(
        "ignores-size",
        WITH_MATRICES,
        Unseen("this host's structs are of the size that the library knows"),
    ),
    // Any call.
    row(
        "panic",
        &["sampler"],
        Fails("cannot draw a batch: panicked: the call panics, as it was told to"),
    ),
    row(
        "panic",
        &["augmenter"],
        Fails("cannot augment texts: panicked: the call panics, as it was told to"),
    ),
    row(
        "panic",
        &["backend"],
        Fails("cannot encode texts: panicked: the call panics, as it was told to"),
    ),
    row(
        "panic",
        &["objective"],
        Fails("cannot compute the loss: panicked: the call panics, as it was told to"),
    ),
    row(
        "panic",
        &["metric"],
        Fails("cannot compute values: panicked: the call panics, as it was told to"),
    ),
    row("abort", &["sampler"], Dies("draw a batch")),
    row("abort", &["augmenter"], Dies("augment texts")),
    row("abort", &["backend"], Dies("encode texts")),
    row("abort", &["objective"], Dies("compute the loss")),
    row("abort", &["metric"], Dies("compute values")),
    row("exit", &["sampler"], Exits("draw a batch")),
    row("exit", &["augmenter"], Exits("augment texts")),
    row("exit", &["backend"], Exits("encode texts")),
    row("exit", &["objective"], Exits("compute the loss")),
    row("exit", &["metric"], Exits("compute values")),
    row(
        "hang",
        &["sampler"],
        Fails("cannot draw a batch: the call has not come back after 5 s (`--call-limit`)"),
    )
    .with(&["--call-limit", "5"]),
    row("ignores-cancel", KINDS, Unseen("nobody asks the run to stop")),
    row(
        "overrun",
        &["backend"],
        Fails("cannot encode texts: it wrote 4 bytes past the end of the embeddings"),
    ),
    row(
        "overrun",
        &["objective"],
        Fails("cannot compute the loss: it wrote 4 bytes past the end of the gradients of queries"),
    ),
    row(
        "overrun",
        &["metric"],
        Fails("cannot compute values: it wrote 8 bytes past the end of the values"),
    ),
    row(
        "error-overrun",
        &["sampler"],
        Fails("cannot draw a batch: it wrote 16 bytes past the end of the error text"),
    ),
    row(
        "error-overrun",
        &["augmenter"],
        Fails("cannot augment texts: it wrote 16 bytes past the end of the error text"),
    ),
    row(
        "error-overrun",
        &["backend"],
        Fails("cannot encode texts: it wrote 16 bytes past the end of the error text"),
    ),
    row(
        "error-overrun",
        &["objective"],
        Fails("cannot compute the loss: it wrote 16 bytes past the end of the error text"),
    ),
    row(
        "error-overrun",
        &["metric"],
        Fails("cannot compute values: it wrote 16 bytes past the end of the error text"),
    ),
    row(
        "mutated-input",
        &["sampler"],
        Fails("cannot draw a batch: the column `length` of the corpus has changed"),
    ),
    row(
        "mutated-input",
        &["augmenter"],
        Fails("cannot augment texts: it changed the keys of texts"),
    ),
    row("mutated-input", &["backend"], Fails("cannot encode texts: it changed the keys of texts")),
    row(
        "mutated-input",
        &["objective"],
        Fails("cannot compute the loss: it changed the embeddings of queries"),
    ),
    row(
        "mutated-input",
        &["metric"],
        Fails("cannot compute values: it changed the ranks of judged passages"),
    ),
    row(
        "nondeterminism",
        &["sampler"],
        Fails("cannot draw a batch: batch 0, drawn twice, differs"),
    ),
    row(
        "nondeterminism",
        &["augmenter"],
        Fails("cannot augment texts: text 0, augmented twice, differs"),
    ),
    row(
        "nondeterminism",
        &["backend"],
        Fails("cannot encode texts: text 0 has another embedding with a tape than without one"),
    )
    .with(IN_CHUNKS),
    row("nondeterminism", &["objective"], Unseen("no loss is computed twice")),
    row(
        "nondeterminism",
        &["metric"],
        Fails("cannot compute values: success@10 of the same ranking, computed twice, differs"),
    ),
    row("shared-state", KINDS, Unseen("a run calls one instance at a time")),
    row("short-struct", &["sampler"], Fails("cannot draw a batch: the batch is malformed")),
    row(
        "short-struct",
        &["metric"],
        FailsBefore("cannot name the columns: a column is null or too short"),
    ),
    row("bad-utf8", &["sampler"], Fails("cannot draw a batch: caf\u{FFFD}")),
    row("bad-utf8", &["augmenter"], Fails("cannot augment texts: a text is not UTF-8")),
    row(
        "bad-utf8",
        &["backend"],
        Fails("cannot take the model's fingerprint: a text is not UTF-8"),
    ),
    row(
        "bad-utf8",
        &["objective"],
        Fails("cannot compute the loss: the name of a number is not UTF-8"),
    ),
    row(
        "bad-utf8",
        &["metric"],
        FailsBefore("cannot name the columns: the name of a column is not UTF-8"),
    ),
    row("ignores-stride", WITH_MATRICES, Unseen("the matrices of this run have no gaps")),
    row("dies-of-zero-rows", KINDS, Unseen("nothing in this run is empty")),
    row("dies-of-nan", WITH_OUTPUTS, Unseen("no number of this run is NaN")),
    // Of one kind.
    row("bad-rows", &["sampler"], Fails("cannot draw a batch: batch 0: row ")),
    row("remembers", &["sampler"], Fails("cannot draw a batch: batch 0, drawn twice, differs")),
    row("wrong-epoch", &["sampler"], Unseen("nothing but the length of an epoch depends on it")),
    row("short-epoch", &["sampler"], Unseen("nothing but the length of an epoch depends on it")),
    row("half-law", &["sampler"], Unseen("only a preview of batches asks for the law")),
    row("wrong-count", &["augmenter"], Fails("cannot augment texts: 15 texts for 16")),
    row("forgets-key", &["augmenter"], Unseen("texts are augmented twice in the same places")),
    row("wrong-gradient", &["objective"], Unseen("no gradient is computed in another way")),
    row("needs-gradients", &["objective"], Unseen("a run asks for every gradient")),
    row("learns-in-evaluation", &["objective"], Unseen("no loss is computed twice")),
    row("dropout-in-inference", &["backend"], Unseen("the same keys drop the same numbers")),
    row("chunk-dependent", &["backend"], Unseen("a chunk that is encoded twice is the same chunk"))
        .with(IN_CHUNKS),
    row("frozen-variable", &["backend"], Unseen("a model may hold a variable as it is")),
    row(
        "forgets-state",
        &["backend"],
        Unseen("a run that goes on from a state has no other to be compared with"),
    ),
    row("loads-anything", &["backend"], Unseen("a run loads what it saved")),
    row("half-load", &["backend"], Unseen("a run loads what it saved")),
    row("half-load-of-optimiser", &["backend"], Unseen("a run loads what it saved")),
    row(
        "stale-fingerprint",
        &["backend"],
        Unseen("nothing else tells that embeddings have changed"),
    ),
    row("order-dependent", &["metric"], Unseen("the queries of a run have one order")),
    row(
        "out-of-range",
        &["metric"],
        Fails("cannot compute values: success@10 is 2, outside [0, 1]"),
    ),
];
