//! Everything that the library can do wrong.

use std::sync::OnceLock;

/// The variable that names the misdeed. It lacks the prefix of triglot's own, which would make it a key of the manifest.
pub const VARIABLE: &str = "FAULTY";

macro_rules! misdeeds {
    ($($(#[doc = $what:literal])+ $misdeed:ident = $name:literal,)+) => {
        /// What the library does wrong. "Call" is the main call of a kind: sample, augment, encode, evaluate, compute.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Misdeed {
            $($(#[doc = $what])+ $misdeed,)+
        }

        impl Misdeed {
            const ALL: &[(Self, &str)] = &[$((Self::$misdeed, $name),)+];
        }
    };
}

misdeeds! {
    // The library.
    /// The entry returns no table.
    NullTable = "null-table",
    /// The table says that it is 3 bytes long.
    ShortTable = "short-table",
    /// The library's name is not UTF-8.
    BadUtf8Name = "bad-utf8-name",
    /// The description of every component is not JSON.
    DescriptionNotJson = "description-not-json",
    /// The entry takes 3 seconds.
    SlowDescription = "slow-description",
    /// Every optional group that is asked for is there.
    ExtensionForAnything = "extension-for-anything",

    // Life and options.
    /// Create panics.
    PanicInCreate = "panic-in-create",
    /// Create keeps 1 MiB for ever.
    Leak = "leak",
    /// Every call keeps 16 MiB for ever; 64 KiB once that is half a GiB.
    LeakInCalls = "leak-in-calls",
    /// A thread logs and asks whether to stop after destroy has returned.
    LateCall = "late-call",
    /// Create refuses numbers above 0.5 times what the schema allows.
    LiesInSchema = "lies-in-schema",
    /// Create takes options that the schema forbids.
    TakesUnknownOption = "takes-unknown-option",
    /// Create and call refuse a struct whose size is not exactly that of the contract today.
    SizeEquality = "size-equality",
    /// Backend info and objective output are written whole, however small the caller says its struct is.
    IgnoresSize = "ignores-size",

    // Any call.
    /// Every call panics.
    Panic = "panic",
    /// Every call ends the process.
    Abort = "abort",
    /// Every call ends the process by `exit(0)`.
    Exit = "exit",
    /// Every call sleeps for ever.
    Hang = "hang",
    /// Once asked to stop, every call goes on for 3 seconds.
    IgnoresCancel = "ignores-cancel",
    /// Gradients, embeddings and values are written past their end.
    Overrun = "overrun",
    /// Every call fails, with more text than the error buffer holds.
    ErrorOverrun = "error-overrun",
    /// A call changes what it was lent: the corpus, the keys, the embeddings, the ranking.
    MutatedInput = "mutated-input",
    /// A count of all calls goes into every result.
    Nondeterminism = "nondeterminism",
    /// All instances use one scratch cell, and results change if two use it at once.
    SharedState = "shared-state",
    /// Batches and columns say that they are 3 bytes long.
    ShortStruct = "short-struct",
    /// Errors of samplers, augmented texts, fingerprints, names of numbers and names of columns are not UTF-8.
    BadUtf8 = "bad-utf8",
    /// Rows of matrices are taken to follow each other without gaps.
    IgnoresStride = "ignores-stride",
    /// No rows, texts, or queries are a panic.
    DiesOfZeroRows = "dies-of-zero-rows",
    /// NaN among embeddings, gradients or scores is a panic.
    DiesOfNan = "dies-of-nan",

    // Samplers.
    /// A batch names a row that the corpus lacks.
    BadRows = "bad-rows",
    /// A batch depends on how many were drawn before.
    Remembers = "remembers",
    /// The length of an epoch is one batch too many.
    WrongEpoch = "wrong-epoch",
    /// The length of an epoch is said to be one batch.
    ShortEpoch = "short-epoch",
    /// The probabilities of its law add up to a half.
    HalfLaw = "half-law",

    // Augmenters.
    /// One text too few comes back.
    WrongCount = "wrong-count",
    /// The place of a text in its batch stands in for its key.
    ForgetsKey = "forgets-key",

    // Objectives.
    /// The gradient of the queries is a tenth too long.
    WrongGradient = "wrong-gradient",
    /// Gradients are written without asking whether they are wanted.
    NeedsGradients = "needs-gradients",
    /// An evaluation changes the losses after it.
    LearnsInEvaluation = "learns-in-evaluation",

    // Backends.
    /// Dropout acts in inference too.
    DropoutInInference = "dropout-in-inference",
    /// Embeddings of a batch are centred, so that they depend on its other texts.
    ChunkDependent = "chunk-dependent",
    /// One of the two variables gets no gradient.
    FrozenVariable = "frozen-variable",
    /// A saved state lacks the optimiser's.
    ForgetsState = "forgets-state",
    /// Load takes any folder for a state.
    LoadsAnything = "loads-anything",
    /// A load that is refused has changed the model.
    HalfLoad = "half-load",
    /// A load that is refused has changed the optimiser's state.
    HalfLoadOfOptimiser = "half-load-of-optimiser",
    /// The fingerprint stays as it is when the embeddings change.
    StaleFingerprint = "stale-fingerprint",

    // Metrics.
    /// Values depend on the order of the queries.
    OrderDependent = "order-dependent",
    /// Values lie outside the stated range.
    OutOfRange = "out-of-range",
}

impl Misdeed {
    /// The misdeed that the variable names, if there is one.
    ///
    /// # Errors
    /// If it is unknown: what is allowed.
    pub fn asked() -> Result<Option<Self>, &'static str> {
        static ASKED: OnceLock<Result<Option<Misdeed>, String>> = OnceLock::new();
        let asked = ASKED.get_or_init(|| {
            let Some(asked) = std::env::var_os(VARIABLE) else { return Ok(None) };
            let found = Self::ALL.iter().find(|(_, name)| asked == **name);
            found.map(|(misdeed, _)| Some(*misdeed)).ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|(_, name)| *name).collect();
                format!("{VARIABLE}: no misdeed {asked:?}\n  allowed: {}", names.join(", "))
            })
        });
        asked.as_ref().map(|misdeed| *misdeed).map_err(String::as_str)
    }

    /// Whether this is what the library is to do.
    pub fn now(self) -> bool {
        Self::asked() == Ok(Some(self))
    }
}
