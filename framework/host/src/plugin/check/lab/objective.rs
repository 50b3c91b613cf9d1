//! Objectives in the laboratory.

use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::Lab;
use super::call::Trouble;
use super::instance::Instance;
use super::manners::{Manners, Struct};
use super::memory::{Lent, LentMatrix, Room};
use super::parameters::Parameters;
use super::watch::Watch;
use crate::plugin::Lists;
use crate::plugin::check::material::Embeddings;
use crate::plugin::objective::take_scalar;
use crate::plugin::raw::Taken;

/// An objective.
pub struct Objective {
    instance: Instance,
    functions: Arc<abi::Objective>,
}

/// What is asked of an evaluation beside the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the loss is trained on.
    pub training: bool,
    /// The gradients of the queries.
    pub queries: bool,
    /// The gradients of the passages.
    pub passages: bool,
    /// Named numbers.
    pub scalars: bool,
}

impl Wanted {
    /// Everything, for training.
    pub const ALL: Self = Self { training: true, queries: true, passages: true, scalars: true };
    /// The loss alone.
    pub const LOSS: Self =
        Self { training: false, queries: false, passages: false, scalars: false };
}

/// What an objective said.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// The loss.
    pub loss: f64,
    /// ∂loss/∂queries, where wanted.
    pub queries: Option<Vec<f32>>,
    /// ∂loss/∂passages, where wanted.
    pub passages: Option<Vec<f32>>,
    /// Named numbers.
    pub scalars: Vec<(String, f64)>,
}

impl Objective {
    pub(super) fn create(
        lab: &Lab,
        functions: &Arc<abi::Objective>,
        options: &str,
    ) -> Result<Self, Trouble> {
        let table = (functions.create, functions.destroy);
        // SAFETY: all that the arguments point to lives through the call.
        let instance = Instance::create(lab, options, table, |f, args, place, error| unsafe {
            f(args, place, error)
        })?;
        Ok(Self { instance, functions: Arc::clone(functions) })
    }

    /// Loss and gradients of a batch, as the objective wrote them.
    ///
    /// # Errors
    /// As any call in the laboratory, and if a number's name is malformed.
    pub fn evaluate(&self, batch: &Embeddings, wanted: Wanted) -> Result<Loss, Trouble> {
        let manners = self.instance.manners();
        let lent = LentEmbeddings::new(batch, manners);
        let raw = abi::ObjectiveBatch { training: wanted.training.into(), ..lent.raw(batch) };
        let raw = Struct::to_read("ObjectiveBatch", raw, manners);
        let room = |what, values: &[f32]| {
            Room::new(
                what,
                values.len().checked_div(batch.dim).unwrap_or(0),
                batch.dim,
                manners.gap,
            )
        };
        let queries = wanted.queries.then(|| room("the gradients of the queries", &batch.queries));
        let passages =
            wanted.passages.then(|| room("the gradients of the passages", &batch.passages));
        let nowhere = abi::MatrixMut {
            data: std::ptr::null_mut(),
            rows: 0,
            cols: batch.dim,
            stride: batch.dim,
        };
        let mut taken = Taken::new();
        let sink = abi::ScalarSink {
            struct_size: abi::ScalarSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take_scalar),
        };
        let sink = Struct::to_read("ScalarSink", sink, manners);
        let output = abi::ObjectiveOutput {
            struct_size: abi::ObjectiveOutput::SIZE,
            reserved: 0,
            loss: f64::NAN,
            query_gradients: queries.as_ref().map_or(nowhere, Room::matrix),
            passage_gradients: passages.as_ref().map_or(nowhere, Room::matrix),
            scalars: if wanted.scalars { sink.pointer() } else { std::ptr::null() },
        };
        let output = Struct::to_write("ObjectiveOutput", output, manners);
        // SAFETY: batch and output, and all they point to, live through the call.
        let made =
            self.instance.call("evaluate", self.functions.evaluate, |f, instance, error| unsafe {
                f(instance, raw.pointer(), output.pointer(), error)
            });
        for written in [&queries, &passages].into_iter().flatten() {
            written.check()?;
        }
        [&raw, &sink, &output].into_iter().try_for_each(Struct::check)?;
        lent.check()?;
        let scalars = super::taken("evaluate", made, taken)?;
        Ok(Loss {
            loss: output.read::<abi::ObjectiveOutput>().loss,
            queries: queries.as_ref().map(Room::dense),
            passages: passages.as_ref().map(Room::dense),
            scalars,
        })
    }

    /// Its own parameters; `None` if it has none.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn parameters(&self) -> Result<Option<Parameters<'_>>, Trouble> {
        Parameters::of(&self.instance, self.functions.get_extension)
    }

    /// The host that the instance knows.
    pub fn watch(&self) -> &'static Watch {
        self.instance.watch()
    }
}

/// A batch of embeddings, every column between canaries.
struct LentEmbeddings {
    queries: LentMatrix,
    passages: LentMatrix,
    /// Languages and examples of queries and passages.
    columns: [Lent; 4],
    positives: LentLists,
    ignored: LentLists,
    hard_negatives: LentLists,
    extra: Vec<(Lent, LentMatrix)>,
    names: Lent,
    manners: Manners,
}

impl LentEmbeddings {
    fn new(batch: &Embeddings, manners: &Manners) -> Self {
        let gap = manners.gap;
        let column = |name: &str, values: &[u32]| {
            Lent::new(format!("the column `{name}` of ObjectiveBatch"), values)
        };
        let matrix = |(name, values): &(String, Vec<f32>)| {
            let text = Lent::new("the name of a further matrix", name.as_bytes());
            (text, LentMatrix::new(&format!("the matrix `{name}`"), values, batch.dim, gap))
        };
        let extra: Vec<_> = batch.extra.iter().map(matrix).collect();
        let named =
            |((name, _), (text, matrix)): (&(String, _), &(Lent, LentMatrix))| abi::NamedMatrix {
                name: abi::Str { data: text.pointer(), len: name.len() },
                matrix: matrix.matrix(),
            };
        let names: Vec<_> = batch.extra.iter().zip(&extra).map(named).collect();
        Self {
            queries: LentMatrix::new("the query embeddings", &batch.queries, batch.dim, gap),
            passages: LentMatrix::new("the passage embeddings", &batch.passages, batch.dim, gap),
            columns: [
                column("query_language", &batch.query_language),
                column("passage_language", &batch.passage_language),
                column("query_example", &batch.query_example),
                column("passage_example", &batch.passage_example),
            ],
            positives: LentLists::new("positives", &batch.positives),
            ignored: LentLists::new("ignored", &batch.ignored),
            hard_negatives: LentLists::new("hard_negatives", &batch.hard_negatives),
            extra,
            names: Lent::new("the list `extra` of ObjectiveBatch", &names),
            manners: *manners,
        }
    }

    fn raw(&self, batch: &Embeddings) -> abi::ObjectiveBatch {
        let [query_language, passage_language, query_example, passage_example] =
            self.columns.each_ref().map(|lent| self.manners.place(lent));
        abi::ObjectiveBatch {
            struct_size: abi::ObjectiveBatch::SIZE,
            training: 0,
            reserved: [0; 3],
            step: batch.step,
            queries: self.queries.matrix(),
            passages: self.passages.matrix(),
            query_language,
            passage_language,
            query_example,
            passage_example,
            positives: self.positives.raw(&batch.positives, &self.manners),
            ignored: self.ignored.raw(&batch.ignored, &self.manners),
            extra: self.manners.place(&self.names),
            extra_count: self.extra.len(),
            hard_negatives: self.hard_negatives.raw(&batch.hard_negatives, &self.manners),
        }
    }

    fn check(&self) -> Result<(), Trouble> {
        self.queries.check()?;
        self.passages.check()?;
        self.columns.iter().try_for_each(Lent::check)?;
        self.positives.check()?;
        self.ignored.check()?;
        self.hard_negatives.check()?;
        self.names.check()?;
        self.extra.iter().try_for_each(|(name, matrix)| name.check().and_then(|()| matrix.check()))
    }
}

/// A list for every row, compressed.
struct LentLists {
    offsets: Lent,
    items: Lent,
}

impl LentLists {
    fn new(name: &str, lists: &Lists) -> Self {
        Self {
            offsets: Lent::new(format!("the offsets of `{name}`"), lists.offsets()),
            items: Lent::new(format!("the items of `{name}`"), lists.items()),
        }
    }

    fn raw(&self, lists: &Lists, manners: &Manners) -> abi::Csr {
        let none = manners.least && lists.rows() == 0;
        abi::Csr {
            offsets: if none { std::ptr::null() } else { self.offsets.pointer() },
            items: manners.place(&self.items),
            rows: lists.rows(),
        }
    }

    fn check(&self) -> Result<(), Trouble> {
        self.offsets.check()?;
        self.items.check()
    }
}
