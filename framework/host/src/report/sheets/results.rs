//! The tables of strategies.

use crate::manifest::types::Setting;
use crate::report::baseline::{NAME, Shared};
use crate::report::export::{LETTERS, MARKS, Sheet};
use crate::report::gather::{BaselineFigure, DataSet, Figure, Report};
use crate::report::{Scope, Table, number};
use crate::run::ColumnRecord;

use super::words;

/// A column of a table: a metric in a setting.
type Across<'a> = (Setting, &'a ColumnRecord);

/// Strategies down; across, the headline in every setting, then what the multilingual setting alone defines, such as the
/// rank distance.
pub fn strategies_sheet(report: &Report, set: &DataSet) -> Sheet {
    let across = headlines(set);
    let name = format!("{} strategies", set.name);
    let title = format!("Strategies on {}", set.name);
    table(report, set, &across, &name, title)
}

/// Strategies down; across, every metric in every setting.
pub fn metrics_sheet(report: &Report, set: &DataSet) -> Sheet {
    let settings = Setting::ALL.into_iter();
    let across = settings.flat_map(|s| set.columns.iter().map(move |column| (s, column)));
    let across: Vec<Across<'_>> = across.filter(|(s, column)| set.defines(*s, column)).collect();
    let name = format!("{} metrics", set.name);
    table(report, set, &across, &name, format!("All metrics on {}", set.name))
}

/// The published figures, and ours below them.
pub fn published_sheet(report: &Report, set: &DataSet) -> Option<Sheet> {
    let published = set.published.as_ref()?;
    let columns = [
        (Setting::Monolingual, "map"),
        (Setting::CrossLingual, "map"),
        (Setting::Multilingual, "map"),
        (Setting::Monolingual, "recall@1"),
        (Setting::CrossLingual, "recall@1"),
        (Setting::Multilingual, "recall@10"),
        (Setting::Multilingual, "rank-distance"),
    ];
    let mut rows = Vec::new();
    let source = format!("arXiv {}", published.source.arxiv);
    for row in &published.rows {
        let values = row.map.iter().chain(&row.recall).map(|value| format!("{value:.4}"));
        let values = values.chain([format!("{:.1}", row.rank_distance)]);
        let names = [format!("{} {}", row.model, row.strategy), source.clone()];
        rows.push(names.into_iter().chain(values).collect());
    }
    for (index, strategy) in report.strategies.iter().enumerate() {
        let values = columns.iter().map(|(setting, name)| {
            let column = set.columns.iter().find(|column| column.name == *name)?;
            let figure = set.figure(index, Scope::All, *setting, name)?;
            Some(number(Some(figure.mean), column))
        });
        let values: Vec<Option<String>> = values.collect();
        if values.iter().any(Option::is_some) {
            let values = values.into_iter().map(|value| value.unwrap_or_else(|| "–".into()));
            rows.push(words(&[&strategy.name, "this report"]).into_iter().chain(values).collect());
        }
    }
    let values = columns.map(|(setting, name)| {
        let column = set.columns.iter().find(|column| column.name == name)?;
        Some(set.baseline(Scope::All, setting, name)?.cell(column))
    });
    if values.iter().any(Option::is_some) {
        let values = values.into_iter().map(|value| value.unwrap_or_else(|| "–".into()));
        rows.push(words(&[NAME, "this report"]).into_iter().chain(values).collect());
    }
    let mut header = words(&["strategy", "source"]);
    header.extend(columns.iter().map(|(setting, name)| format!("{} {name}", setting.as_str())));
    let table = Table {
        title: format!("Published figures on {} and ours", set.name),
        header,
        rows,
        notes: vec![
            "Other data and other training: the rows of both sources do not compare as equals"
                .into(),
            format!(
                "{source}: {} {}, {}, means over languages; trained with {}; not stated: {}",
                published.source.authors,
                published.source.year,
                published.source.title,
                published.source.training,
                published.source.unknown
            ),
        ],
    };
    Some(Sheet::new(&format!("{} published", set.name), table))
}

fn headlines(set: &DataSet) -> Vec<Across<'_>> {
    let map = set.columns.iter().find(|column| column.name == "map");
    let first = map.or(set.columns.first());
    let mut across: Vec<Across<'_>> = Vec::new();
    if let Some(first) = first {
        let settings = Setting::ALL.into_iter().filter(|setting| set.defines(*setting, first));
        across.extend(settings.map(|setting| (setting, first)));
    }
    across
        .extend(set.multilingual_alone().into_iter().map(|column| (Setting::Multilingual, column)));
    across
}

fn table(
    report: &Report,
    set: &DataSet,
    across: &[Across<'_>],
    name: &str,
    title: String,
) -> Sheet {
    let scopes: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|scope| set.figures.iter().any(|figure| figure.scope == *scope))
        .collect();
    let apart = scopes.len() > 1;
    let mut header = words(&["strategy"]);
    if apart {
        header.push("languages".into());
    }
    header.extend(across.iter().map(|(setting, c)| format!("{} {}", setting.as_str(), c.name)));
    let (mut rows, mut strong) = (Vec::new(), Vec::new());
    let mut seeds = Vec::new();
    let all = || set.figures.iter().filter(|figure| shows(across, figure));
    let marked = all().any(|figure| !figure.better_than.is_empty());
    let intervals = all().any(|figure| figure.interval.is_some());
    for scope in &scopes {
        for (index, strategy) in report.strategies.iter().enumerate() {
            let figures: Vec<Option<&Figure>> = across
                .iter()
                .map(|(setting, column)| set.figure(index, *scope, *setting, &column.name))
                .collect();
            if figures.iter().all(Option::is_none) {
                continue;
            }
            let mut row = vec![match marked {
                true => format!("{} ({})", strategy.name, letter(index)),
                false => strategy.name.clone(),
            }];
            if apart {
                row.push(scope.as_str().to_owned());
            }
            for (figure, (_, column)) in figures.iter().zip(across) {
                if figure.is_some_and(|figure| set.is_best(figure, column)) {
                    strong.push((rows.len(), row.len()));
                }
                row.push(figure.map_or_else(|| "–".into(), |figure| cell(figure, column)));
            }
            seeds.extend(figures.iter().flatten().map(|figure| figure.seeds));
            rows.push(row);
        }
        let of = |(setting, column): &Across<'_>| set.baseline(*scope, *setting, &column.name);
        if across.iter().any(|at| of(at).is_some()) {
            let mut row = words(&[NAME]);
            row.extend(apart.then(|| scope.as_str().to_owned()));
            row.extend(across.iter().map(|at| of(at).unwrap_or(Shared::Nothing).cell(at.1)));
            rows.push(row);
        }
    }
    let note = match (seeds.iter().min().unwrap_or(&0), seeds.iter().max().unwrap_or(&0)) {
        (0 | 1, 0 | 1) => "One seed".to_owned(),
        (least, most) if least == most => {
            format!("Mean ± sample standard deviation over {most} seeds")
        }
        (least, most) => format!("Mean ± sample standard deviation over {least} to {most} seeds"),
    };
    let mut notes = vec![note];
    if intervals {
        notes.push("In brackets the 95% bootstrap interval of the mean over questions".into());
    }
    if marked {
        notes.push("A letter: significantly better than that strategy (paired t-test over questions, Holm's correction within the column, p < 0.05)".into());
    }
    notes.extend(set.baseline.iter().flat_map(|baseline| baseline.notes.clone()));
    let table = Table { title, header, rows, notes };
    Sheet { strong, ..Sheet::new(name, table) }
}

/// Whether a table has a place for a figure.
fn shows(across: &[Across<'_>], figure: &Figure) -> bool {
    across.iter().any(|(setting, c)| *setting == figure.setting && c.name == figure.column)
}

/// The mark that stands for a strategy.
fn mark(strategy: usize) -> char {
    MARKS.chars().nth(strategy).unwrap_or('*')
}

/// The letter of a strategy's mark, on the line.
fn letter(strategy: usize) -> char {
    LETTERS.chars().nth(strategy).unwrap_or('*')
}

fn cell(figure: &Figure, column: &ColumnRecord) -> String {
    let number = |value| number(Some(value), column);
    let mut cell = number(figure.mean);
    if let Some(deviation) = figure.deviation {
        cell += &format!(" ± {}", number(deviation));
    }
    cell.extend(figure.better_than.iter().map(|worse| mark(*worse)));
    if let Some([low, high]) = figure.interval {
        cell += &format!(" [{}, {}]", number(low), number(high));
    }
    cell
}

impl DataSet {
    /// The figure of a strategy.
    pub fn figure(
        &self,
        strategy: usize,
        scope: Scope,
        setting: Setting,
        column: &str,
    ) -> Option<&Figure> {
        self.figures.iter().find(|figure| {
            figure.strategy == strategy
                && figure.scope == scope
                && figure.setting == setting
                && figure.column == column
        })
    }

    /// The figure of BM25, where any run has it.
    pub fn baseline(&self, scope: Scope, setting: Setting, column: &str) -> Option<Shared> {
        BaselineFigure::find(&self.baseline.as_ref()?.figures, scope, setting, column)
    }

    /// Whether some strategy has a value of a column in a setting.
    fn defines(&self, setting: Setting, column: &ColumnRecord) -> bool {
        self.figures.iter().any(|figure| figure.setting == setting && figure.column == column.name)
    }

    /// The columns that the multilingual setting alone defines.
    pub fn multilingual_alone(&self) -> Vec<&ColumnRecord> {
        let alone = |column: &&ColumnRecord| {
            Setting::ALL.map(|setting| self.defines(setting, column)) == [false, false, true]
        };
        self.columns.iter().filter(alone).collect()
    }

    /// Whether no strategy has a better mean, and some has a worse.
    fn is_best(&self, figure: &Figure, column: &ColumnRecord) -> bool {
        let others = self.figures.iter().filter(|other| {
            (other.scope, other.setting, &other.column)
                == (figure.scope, figure.setting, &figure.column)
        });
        let sign = if column.higher_is_better { 1.0 } else { -1.0 };
        let differences: Vec<f64> = others.map(|other| sign * (figure.mean - other.mean)).collect();
        differences.iter().all(|difference| *difference >= 0.0)
            && differences.iter().any(|difference| *difference > 0.0)
    }
}
