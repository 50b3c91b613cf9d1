//! The rows that stages draw from, as their samplers see them.

use crate::corpus::TextTable;
use crate::plugin::CorpusView;

/// A view for every stage: of a part, or of the whole, which is one for all stages that draw from it.
///
/// Samplers keep the addresses of a view, so that the views have to outlive the stages.
pub struct StageViews<'a> {
    views: Vec<CorpusView<'a>>,
    /// By stage, an index into the views.
    of_stage: Vec<usize>,
}

impl<'a> StageViews<'a> {
    /// The views of stages that draw from these parts, or from the whole where there is none.
    pub fn new(whole: &'a TextTable, parts: &'a [Option<TextTable>]) -> Self {
        let (mut views, mut of_whole) = (Vec::new(), None);
        let mut add = |table: &'a TextTable| {
            views.push(CorpusView::new(table));
            views.len() - 1
        };
        let of_stage = parts.iter().map(|part| match part {
            Some(part) => add(part),
            None => *of_whole.get_or_insert_with(|| add(whole)),
        });
        Self { of_stage: of_stage.collect(), views }
    }

    /// The view of a stage.
    ///
    /// # Panics
    /// If there is no such stage.
    pub fn of(&self, stage: usize) -> &CorpusView<'a> {
        &self.views[self.of_stage[stage]]
    }
}
