use serde_json::json;

use super::super::Origin;
use super::super::types::Share;
use super::*;

fn set(argument: &str) -> Origin {
    Origin::Set { argument: argument.to_owned() }
}

#[test]
fn the_manifest_of_the_design_loads() {
    let manifest = with_set(DESIGN, &[]).unwrap();
    let stage = &manifest.experiment.train.as_ref().unwrap().stage[0];
    assert_eq!(stage.learning_rate, 3e-5);
    assert_eq!(stage.mix[1].share, None);
    assert_eq!(manifest.folder, PathBuf::from("."));
    assert_eq!(manifest.value("model.options.max_query_tokens"), Some(&json!(64)));
}

#[test]
fn a_seed_that_nobody_sets_is_13_and_a_default() {
    let manifest = with_set(SHORT, &[]).unwrap();
    assert_eq!(manifest.experiment.seed, 13);
    assert_eq!(manifest.origin("seed"), Origin::Default);
    assert_eq!(manifest.origin("name"), Origin::File { line: 1 });
}

#[test]
fn set_beats_the_environment_which_beats_the_profile_which_beats_the_file() {
    let text = format!(
        "{SHORT}\n[profile.quick]\nseed = 2\nevaluate.facts.limit = 20\nname = \"quick\"\n"
    );
    let options = LoadOptions {
        profile: Some("quick".to_owned()),
        env: vec![
            ("TRIGLOT_SEED".to_owned(), "3".to_owned()),
            ("TRIGLOT_EVALUATE__FACTS__LIMIT".to_owned(), "30".to_owned()),
        ],
        set: vec!["seed=4".to_owned()],
    };
    let manifest = read(&text, &options).unwrap();
    assert_eq!(manifest.experiment.name, "quick");
    assert_eq!(manifest.experiment.evaluate[0].limit, Some(30));
    assert_eq!(manifest.experiment.seed, 4);
    assert_eq!(manifest.origin("name"), Origin::Profile { name: "quick".to_owned(), line: 13 });
    let variable = "TRIGLOT_EVALUATE__FACTS__LIMIT".to_owned();
    assert_eq!(manifest.origin("evaluate.facts.limit"), Origin::Environment { variable });
    assert_eq!(manifest.origin("seed"), set("seed=4"));
}

#[test]
fn entries_are_addressed_by_name_by_use_or_by_index() {
    let manifest = with_set(
        DESIGN,
        &[
            "train.stage.hybrid.mix.monolingual.share=0.3",
            "train.stage.0.steps=10",
            "train.stage.hybrid.objective.\"contrastive/info-nce\".options.temperature=0.1",
            "evaluate.xquad-r.limit=100",
            "evaluate.xquad-r.metrics.0=map@100",
        ],
    )
    .unwrap();
    let stage = &manifest.experiment.train.as_ref().unwrap().stage[0];
    assert_eq!(stage.mix[0].share, Some(Share::Constant(0.3)));
    assert_eq!(stage.steps, 10);
    assert_eq!(stage.objective[0].options["temperature"], json!(0.1));
    assert_eq!(manifest.experiment.evaluate[0].limit, Some(100));
    assert_eq!(manifest.experiment.evaluate[0].metrics[0], "map@100");
    assert_eq!(manifest.origin("train.stage.hybrid.steps"), set("train.stage.0.steps=10"));
    assert_eq!(manifest.origin("train.stage.hybrid.batch_size"), Origin::File { line: 20 });
}

#[test]
fn variables_find_names_that_hold_a_hyphen() {
    let manifest = with_env(DESIGN, &[("TRIGLOT_EVALUATE__XQUAD_R__LIMIT", "7")]).unwrap();
    assert_eq!(manifest.experiment.evaluate[0].limit, Some(7));
}

#[test]
fn an_absent_key_of_a_known_table_can_be_set() {
    let text = DESIGN.replace("clip = 1.0\n", "");
    let manifest = with_set(&text, &["train.stage.hybrid.clip=2"]).unwrap();
    assert_eq!(manifest.experiment.train.unwrap().stage[0].clip, Some(2.0));
    let manifest = with_env(&text, &[("TRIGLOT_TRAIN__STAGE__HYBRID__CLIP", "3")]).unwrap();
    assert_eq!(manifest.experiment.train.unwrap().stage[0].clip, Some(3.0));
}

#[test]
fn variables_of_the_program_are_left_alone() {
    let env = super::super::RESERVED_VARIABLES.map(|variable| (variable, "x"));
    assert!(with_env(SHORT, &env).is_ok());
    assert!(with_env(SHORT, &[("HOME", "/"), ("triglot_seed", "x")]).is_ok());
}

#[test]
fn a_list_in_a_profile_replaces_the_list_and_a_table_addresses_its_entries() {
    let text = format!(
        "{DESIGN}\n[profile.mono.train.stage.hybrid]\nsteps = 5\n\
         mix = [{{ name = \"only\", use = \"language/monolingual\" }}]\n"
    );
    let manifest = with_profile(&text, "mono").unwrap();
    let stage = &manifest.experiment.train.as_ref().unwrap().stage[0];
    assert_eq!((stage.steps, stage.batch_size, stage.mix.len()), (5, 32, 1));
    assert_eq!(manifest.origin("train.stage.hybrid.mix.only.use").line(), Some(47));
}

#[test]
fn what_is_not_toml_is_a_string() {
    let manifest =
        with_set(SHORT, &["model.use=candle/encoder", "description=2024-01-01", "name=\"x\""])
            .unwrap();
    assert_eq!(manifest.experiment.model.component, "candle/encoder");
    assert_eq!(manifest.experiment.description.as_deref(), Some("2024-01-01"));
    assert_eq!(manifest.experiment.name, "x");
}

#[test]
fn the_order_of_options_survives_an_override() {
    let manifest = with_set(DESIGN, &["model.options.pooling=cls", "model.options.a=1"]).unwrap();
    let keys: Vec<_> = manifest.experiment.model.options.keys().map(String::as_str).collect();
    assert_eq!(keys[..3], ["weights", "pooling", "query_prefix"]);
    assert_eq!(keys.last(), Some(&"a"));
}

#[test]
fn every_leaf_is_listed_with_its_origin() {
    let manifest = with_set(
        SHORT,
        &["evaluate.facts.settings.0=multilingual", "evaluate.facts.metrics=[\"mrr\"]"],
    );
    assert_eq!(
        message(manifest),
        "--set evaluate.facts.settings.0=multilingual: `evaluate.facts.settings`: found a table, a list is wanted"
    );
    let manifest = with_set(SHORT, &["evaluate.facts.metrics=[\"mrr\"]"]).unwrap();
    let listed: Vec<_> = manifest
        .origins()
        .into_iter()
        .map(|(address, value, origin)| format!("{address} = {value} ({origin})"))
        .collect();
    assert_eq!(
        listed,
        [
            "name = \"short\" (line 1)",
            "seed = 13 (default)",
            "model.use = \"candle/static\" (line 2)",
            "evaluate.facts.name = \"facts\" (line 5)",
            "evaluate.facts.reader = \"embedded\" (line 6)",
            "evaluate.facts.path = \"facts/test\" (line 7)",
            "evaluate.facts.passage = \"paragraph\" (default)",
            "evaluate.facts.settings = [\"monolingual\",\"cross-lingual\",\"multilingual\"] (default)",
            "evaluate.facts.metrics = [\"mrr\"] (--set evaluate.facts.metrics=[\"mrr\"])",
            "evaluate.facts.similarity = \"cosine\" (default)",
            "evaluate.facts.embeddings = \"f32\" (default)",
            "evaluate.facts.bm25 = true (default)",
        ]
    );
}

#[test]
fn entries_of_a_list_are_listed_apart_when_their_layers_differ() {
    let manifest = with_set(DESIGN, &["train.data.squad.languages.1=fi"]).unwrap();
    let of = |address: &str| {
        manifest.origins().into_iter().find(|leaf| leaf.0 == address).map(|leaf| leaf.2)
    };
    assert_eq!(of("train.data.squad.languages.1"), Some(set("train.data.squad.languages.1=fi")));
    assert_eq!(of("train.data.squad.languages.0"), Some(Origin::File { line: 13 }));
    assert_eq!(of("train.data.squad.languages"), None);
}

#[test]
fn a_diagnostic_falls_back_to_the_nearest_key_with_a_line() {
    let manifest = with_set(DESIGN, &["train.stage.hybrid.objective.0.options.margin=1"]).unwrap();
    let about = |address: &str| manifest.diagnostic(address, "bad").to_string();
    assert_eq!(
        about("train.stage.hybrid.objective.0.options.temperature"),
        "m.toml:27: `train.stage.hybrid.objective.0.options.temperature`: bad"
    );
    assert_eq!(
        about("train.stage.0.objective.0.options.margin"),
        "--set train.stage.hybrid.objective.0.options.margin=1: `train.stage.hybrid.objective.0.options.margin`: bad"
    );
    assert_eq!(
        about("train.stage.hybrid.mix.cross-lingual.options.x.y"),
        "m.toml:30: `train.stage.hybrid.mix.cross-lingual.options.x.y`: bad"
    );
    assert_eq!(about("evaluate.xquad-r.limit"), "m.toml:33: `evaluate.xquad-r.limit`: bad");
    assert_eq!(about("no such = address"), "m.toml: `\"no such = address\"`: bad");
}
