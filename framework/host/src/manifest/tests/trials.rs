use serde_json::json;

use super::super::{MixShares, Origin};
use super::*;

fn names(text: &str) -> Vec<String> {
    with_set(text, &[]).unwrap().trials().unwrap().into_iter().map(|trial| trial.name).collect()
}

#[test]
fn the_grid_times_the_seeds_are_the_trials() {
    let trials = with_set(DESIGN, &[]).unwrap().trials().unwrap();
    assert_eq!(trials.len(), 15);
    let last = trials.last().unwrap();
    assert_eq!(last.name, "share=1.0/seed=3");
    assert_eq!(last.file_name, "share=1.0--seed=3");
    assert_eq!((last.seed, last.manifest.experiment.seed), (3, 3));
    assert_eq!(last.point, [("train.stage.hybrid.mix.monolingual.share".to_owned(), json!(1.0))]);
    let shares = MixShares::of(&last.manifest.experiment.train.as_ref().unwrap().stage[0]);
    assert_eq!([shares.at(0, 0), shares.at(1, 0)], [1.0, 0.0]);
    assert!(last.manifest.experiment.sweep.is_none());
    assert_eq!(
        last.manifest.origin("train.stage.hybrid.mix.monolingual.share"),
        Origin::Sweep {
            key: "sweep.grid.\"train.stage.hybrid.mix.monolingual.share\"".to_owned(),
            line: Some(43)
        }
    );
}

#[test]
fn variants_come_in_the_order_of_the_file_whatever_is_laid_over_them() {
    let text = format!(
        "{SHORT}\n[sweep.variants]\nzebra = {{ \"evaluate.facts.limit\" = 5 }}\nape = {{ evaluate.facts.limit = 6 }}\n"
    );
    let manifest = with_set(&text, &["sweep.variants.zebra.seed=7"]).unwrap();
    let trials = manifest.trials().unwrap();
    let seen: Vec<_> = trials
        .iter()
        .map(|trial| (trial.name.as_str(), trial.manifest.experiment.evaluate[0].limit, trial.seed))
        .collect();
    assert_eq!(seen, [("zebra", Some(5), 7), ("ape", Some(6), 13)]);
    let argument = "sweep.variants.zebra.seed=7".to_owned();
    assert_eq!(trials[0].manifest.origin("seed"), Origin::Set { argument });
}

#[test]
fn a_variant_may_replace_a_whole_list() {
    let mix = "[{ name = \"same\", use = \"language/same-language\" }]";
    let text = DESIGN.split("[sweep]").next().unwrap();
    let text = format!("{text}[sweep.variants.same]\n\"train.stage.hybrid.mix\" = {mix}\n");
    let trials = with_set(&text, &[]).unwrap().trials().unwrap();
    assert_eq!(trials[0].manifest.experiment.train.as_ref().unwrap().stage[0].mix.len(), 1);
}

#[test]
fn keys_are_shortened_as_far_as_they_stay_apart() {
    let grid = "\"model.options.a.rate\" = [1], \"model.options.b.rate\" = ['1', 'x y'], \"evaluate.facts.limit\" = [9]";
    assert_eq!(
        names(&format!("{SHORT}\n[sweep]\ngrid = {{ {grid} }}\n")),
        ["a.rate=1/b.rate=\"1\"/limit=9", "a.rate=1/b.rate=x y/limit=9"]
    );
}

#[test]
fn file_names_stay_plain_and_apart() {
    let grid = "\"model.options.prefix\" = ['query: ', 'query? ']";
    let trials = with_set(&format!("{SHORT}\n[sweep]\ngrid = {{ {grid} }}\n"), &[])
        .unwrap()
        .trials()
        .unwrap();
    assert!(trials.iter().all(|trial| trial.file_name.starts_with("prefix=query__-")));
    assert_ne!(trials[0].file_name, trials[1].file_name);
}

#[test]
fn without_a_sweep_the_error_says_what_to_write() {
    assert_eq!(
        message(with_set(SHORT, &[]).unwrap().trials()),
        "m.toml: the manifest has no sweep\n  allowed: a table such as `[sweep]` with `seeds = [1, 2, 3]`, `grid` or \
         `variants`"
    );
}

#[test]
fn a_sweep_that_leads_nowhere_names_its_line() {
    let outcome =
        design_with("hybrid.mix.monolingual.share\" =", "hybrid.mix.monolingul.share\" =")
            .unwrap()
            .trials();
    assert_eq!(
        message(outcome),
        "m.toml:43: `train.stage.hybrid.mix.monolingul`: there is no entry `monolingul`; did you mean `monolingual`?\n  \
         allowed: monolingual, cross-lingual; or an index from 0 to 1"
    );
    let outcome =
        design_with("hybrid.mix.monolingual.share\" =", "hybrid.step\" =").unwrap().trials();
    assert!(message(outcome).starts_with(
        "m.toml:43: `train.stage.hybrid.step`: unknown key (in trial step=0.0/seed=1); did"
    ),);
}

#[test]
fn a_trial_is_checked_like_any_manifest() {
    let outcome = design_with("0.75, 1.0]", "0.75, 1.5]").unwrap().trials();
    assert_eq!(
        message(outcome),
        "m.toml:43: `train.stage.hybrid.mix.monolingual.share`: found 1.5, a number in [0, 1] is wanted \
         (in trial share=1.5/seed=1)"
    );
}

#[test]
fn slips_in_a_sweep_are_refused() {
    assert_eq!(
        message(design_with("seeds = [1, 2, 3]", "seeds = [1, 2, 1]")),
        "m.toml:42: `sweep.seeds.2`: this entry stands in the list twice"
    );
    let of = |grid: &str| {
        message(
            with_set(&format!("{SHORT}\n[sweep]\nseeds = [1]\ngrid = {{ {grid} }}\n"), &[])
                .and_then(|m| m.trials()),
        )
    };
    assert_eq!(
        of("seed = [1]"),
        "m.toml:12: `sweep.grid.seed`: `sweep.seeds` sets the seed already"
    );
    assert_eq!(
        of("\"sweep.seeds\" = [1]"),
        "m.toml:12: `sweep.grid.\"sweep.seeds\"`: a sweep cannot vary itself"
    );
    assert_eq!(
        of("\"evaluate.facts.limit\" = []"),
        "m.toml:12: `sweep.grid.\"evaluate.facts.limit\"`: the list is empty, at least one value is wanted"
    );
    let many: Vec<_> = (1..200).map(|n| n.to_string()).collect();
    let many = many.join(",");
    assert_eq!(
        of(&format!("\"model.options.a\" = [{many}], \"model.options.b\" = [{many}]")),
        "m.toml:10: `sweep`: the sweep has more than 10000 trials"
    );
}
