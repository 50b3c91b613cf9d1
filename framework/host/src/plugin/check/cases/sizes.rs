//! Structs of other sizes than today's: the host may be older or newer than the plugin.

use triglot_abi::layout::LAYOUTS;

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Manners, Sizes};
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "longer-structs",
        "Structs of a later host, longer than today's, change no result",
        longer,
    )
    .within(60),
    Case::every(
        "shorter-structs",
        "Structs that lack fields are read and written no further than they reach: a result, or a refusal",
        shorter,
    )
    .within(300),
];

/// The structs that a host makes for components of a kind.
fn structs(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sampler => {
            &["CreateArgs", "Host", "SamplerArgs", "CorpusView", "BatchSink", "LawSink"]
        }
        Kind::Augmenter => &["CreateArgs", "Host", "Texts", "TextSink", "CountSink"],
        Kind::Backend => &[
            "CreateArgs",
            "Host",
            "Texts",
            "TextSink",
            "TextSource",
            "BackendInfo",
            "StepArgs",
            "StepReport",
            "VariableSink",
        ],
        Kind::Objective => &[
            "CreateArgs",
            "Host",
            "ObjectiveBatch",
            "ObjectiveOutput",
            "ScalarSink",
            "ParameterStep",
        ],
        Kind::Metric => &["CreateArgs", "Host", "Ranking", "ColumnSink"],
    }
}

fn longer(lab: &Lab) -> Outcome {
    let material = Material::usual();
    let usual = lab.exercise(&material)?;
    lab.set_manners(Manners { sizes: Sizes::Longer, ..Manners::default() });
    let said = lab.exercise(&material)?;
    Ok(match (usual.difference(&said), said.refusal()) {
        (None, _) => Verdict::PASS,
        (Some(_), Some(refusal)) => Verdict::Fail(format!("with longer structs, {refusal}")),
        (Some(call), None) => {
            Verdict::Fail(format!("with longer structs, `{call}` gave something else"))
        }
    })
}

fn shorter(lab: &Lab) -> Outcome {
    let material = Material::brief();
    let mut asked = 0;
    for layout in
        LAYOUTS.iter().filter(|layout| structs(lab.component().kind).contains(&layout.name))
    {
        let starts = layout.fields.iter().map(|(_, start)| *start).skip(1);
        // Also half of the last field, which counts as none.
        for size in starts.chain([layout.size - 1]) {
            lab.set_manners(Manners {
                sizes: Sizes::Shorter { name: layout.name, size },
                ..Manners::default()
            });
            lab.exercise(&material).map_err(|trouble| {
                trouble.when(&format!("with a struct {} of {size} bytes", layout.name))
            })?;
            asked += 1;
        }
    }
    Ok(Verdict::Pass(Some(format!("{asked} sizes"))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Structs that grow and that plugins make: what a host makes of their sizes is not asked of a plugin.
    const OF_PLUGINS: &[&str] = &[
        "Plugin",
        "Component",
        "Augmenter",
        "Sampler",
        "Batch",
        "Law",
        "LanguagePair",
        "Counts",
        "Parameters",
        "Backend",
        "Variables",
        "Variable",
        "Objective",
        "Metric",
        "Column",
    ];

    #[test]
    fn every_struct_that_grows_is_made_by_plugins_or_lent_to_some_kind_in_other_sizes() {
        let grows =
            LAYOUTS.iter().filter(|layout| layout.fields.first() == Some(&("struct_size", 0)));
        let grows: BTreeSet<&str> = grows.map(|layout| layout.name).collect();
        let lent: BTreeSet<&str> =
            Kind::ALL.iter().flat_map(|kind| structs(*kind)).copied().collect();
        let made: BTreeSet<&str> = OF_PLUGINS.iter().copied().collect();
        assert!(lent.is_disjoint(&made), "{lent:?}");
        assert_eq!(lent.union(&made).copied().collect::<BTreeSet<_>>(), grows);
    }
}
