use super::*;
use crate::manifest::types::{Bm25, Bm25Parameters};

#[test]
fn broken_toml_names_line_and_column() {
    assert_eq!(
        message(design_with("seed = 13", "seed = = 13")),
        "m.toml:3: malformed TOML at column 8: extra `=`, expected nothing"
    );
}

#[test]
fn a_missing_file_is_named() {
    let outcome = Manifest::load(std::path::Path::new("nowhere/m.toml"), &LoadOptions::default());
    assert_eq!(message(outcome), "nowhere/m.toml: there is no such file");
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.toml");
    std::fs::write(&path, b"name = \"a\"\n# \xff\n").unwrap();
    let outcome = Manifest::load(&path, &LoadOptions::default());
    assert_eq!(message(outcome), format!("{}:2: the manifest is not UTF-8", path.display()));
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_and_all_allowed() {
    assert_eq!(
        message(design_with("batch_size = 32", "batch_sise = 32\nbatch_size = 32")),
        "m.toml:20: `train.stage.hybrid.batch_sise`: unknown key; did you mean `batch_size`?\n  allowed: name, data, languages, \
         steps, batch_size, chunk, learning_rate, warmup, schedule, weight_decay, clip, objective, reset_optimizer, \
         draw, mix, augment, ignore_same_group, validation, checkpoint_every"
    );
}

#[test]
fn an_unknown_table_is_an_unknown_key() {
    assert_eq!(
        message(read(&format!("{SHORT}\n[tracking]\nuri = \"x\"\n"), &LoadOptions::default())),
        "m.toml:10: `tracking`: unknown key\n  allowed: name, description, seed, model, teacher, train, evaluate, sweep"
    );
}

#[test]
fn a_wrong_type_says_what_was_found_and_what_is_wanted() {
    assert_eq!(
        message(design_with("steps = 300", "steps = \"ten\"")),
        "m.toml:19: `train.stage.hybrid.steps`: found the string \"ten\", a whole number is wanted"
    );
    assert_eq!(
        message(design_with("steps = 300", "steps = 1.5")),
        "m.toml:19: `train.stage.hybrid.steps`: found the number 1.5, a whole number is wanted"
    );
    assert_eq!(
        message(design_with("steps = 300", "steps = -3")),
        "m.toml:19: `train.stage.hybrid.steps`: found -3, a whole number from 0 on is wanted"
    );
    assert_eq!(
        message(design_with("path = \"xquad-r/{lang}.json.gz\"", "path = 1")),
        "m.toml:36: `evaluate.xquad-r.path`: found the whole number 1, a string or a table is wanted"
    );
}

#[test]
fn a_missing_key_is_reported_where_it_should_stand() {
    assert_eq!(
        message(design_with("steps = 300\n", "")),
        "m.toml:17: `train.stage.hybrid`: the key `steps` is missing, a whole number is wanted"
    );
    assert_eq!(
        message(design_with("name = \"xquad-hybrid\"\n", "")),
        "m.toml: the key `name` is missing, a string is wanted"
    );
}

#[test]
fn an_unknown_value_is_offered_the_nearest() {
    assert_eq!(
        message(design_with("schedule = \"linear\"", "schedule = \"lineer\"")),
        "m.toml:24: `train.stage.hybrid.schedule`: unknown value \"lineer\"; did you mean `linear`?\n  \
         allowed: constant, linear, cosine"
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = DESIGN.replace("steps = 300", "steps = true").replace("warmup", "warm_up");
    let lines = message(read(&text, &LoadOptions::default())).lines().count();
    assert_eq!(lines, 3);
    let outcome = with_set(DESIGN, &["train.stage.x.steps=1", "evaluate.y.limit=1"]);
    assert!(matches!(outcome, Err(crate::error::Error::Inputs(found)) if found.len() == 2));
}

#[test]
fn dates_and_numbers_that_are_not_finite_are_refused() {
    assert_eq!(
        message(design_with("temperature = 0.05", "temperature = nan, since = 1979-05-27")),
        "m.toml:27: `train.stage.0.objective.0.options.temperature`: found NaN, a number must be finite\n\
         m.toml:27: `train.stage.0.objective.0.options.since`: found the date 1979-05-27, no key takes one; \
         a string may hold it"
    );
    assert_eq!(
        message(design_with("clip = 1.0", "clip = -inf")),
        "m.toml:26: `train.stage.0.clip`: found -inf, a number must be finite"
    );
}

#[test]
fn an_address_that_leads_nowhere_names_the_segment() {
    assert_eq!(
        message(with_set(DESIGN, &["train.stage.hybird.steps=3"])),
        "--set train.stage.hybird.steps=3: `train.stage.hybird`: there is no entry `hybird`; did you mean `hybrid`?\n  \
         allowed: hybrid; or the index 0"
    );
    assert_eq!(
        message(with_set(DESIGN, &["train.stage.hybrid.mix.2.share=1"])),
        "--set train.stage.hybrid.mix.2.share=1: `train.stage.hybrid.mix.2`: there is no entry 2\n  \
         allowed: monolingual, cross-lingual; or an index from 0 to 1"
    );
    assert_eq!(
        message(with_env(SHORT, &[("TRIGLOT_SED", "3")])),
        "TRIGLOT_SED: `sed`: unknown key; did you mean `seed`?\n  allowed: name, description, seed, model, teacher, train, \
         evaluate, sweep"
    );
    assert_eq!(
        message(with_profile(&format!("{SHORT}\n[profile.p]\nevaluate.fact.limit = 1\n"), "p")),
        "m.toml:11: `evaluate.fact`: there is no entry `fact`; did you mean `facts`?\n  allowed: facts; or the index 0"
    );
}

#[test]
fn a_malformed_argument_is_shown() {
    assert_eq!(message(with_set(SHORT, &["seed"])), "--set seed: the form is key=value");
    assert_eq!(
        message(with_set(SHORT, &["a..b=1"])),
        "--set a..b=1: `a..b` is not an address: segments are joined by dots, and one that holds anything but \
         letters, digits, `-` and `_` stands in quotes"
    );
    let deep = format!("{}=1", vec!["a"; 40].join("."));
    assert!(
        message(with_set(SHORT, &[&deep]))
            .ends_with("the address has 40 segments, at most 32 are read")
    );
    let deep = format!("TRIGLOT_{}", vec!["A"; 5000].join("__"));
    assert!(
        message(with_env(SHORT, &[(&deep, "1")]))
            .ends_with("the address has 5000 segments, at most 32 are read")
    );
}

#[test]
fn an_unknown_profile_is_an_error_that_lists_those_there_are() {
    let text = format!("{SHORT}\n[profile.quick]\nseed = 2\n");
    assert_eq!(
        message(with_profile(&text, "quik")),
        "m.toml: there is no profile `quik`; did you mean `quick`?\n  allowed: quick"
    );
    assert_eq!(
        message(with_profile(SHORT, "quick")),
        "m.toml: there is no profile `quick`\n  allowed: none, the manifest has no table `[profile.quick]`"
    );
    assert_eq!(
        message(with_profile(&format!("profile.quick = 1\n{SHORT}"), "quick")),
        "m.toml:1: the profile `quick` is not a table"
    );
}

#[test]
fn shares_have_to_sum_to_one() {
    assert_eq!(
        message(design_with(
            "\"language/cross-lingual\" }",
            "\"language/cross-lingual\", share = 0.25 }"
        )),
        "m.toml:28: `train.stage.hybrid.mix`: the shares sum to 0.75, they have to sum to 1"
    );
    assert_eq!(
        message(design_with("share = 0.5", "share = 1.5")),
        "m.toml:29: `train.stage.hybrid.mix.monolingual.share`: found 1.5, a number in [0, 1] is wanted"
    );
    assert_eq!(
        message(design_with(",   share = 0.5", "")),
        "m.toml:28: `train.stage.hybrid.mix`: 2 members have no share, one at most may leave it out"
    );
    assert!(design_with("share = 0.5", "share = 1").is_ok());
}

#[test]
fn shares_that_change_have_to_fit_at_every_step() {
    let share = |share: &str| design_with("share = 0.5", &format!("share = {share}"));
    assert!(share("{ from = 0.9, to = 0.1, over = 0.5 }").is_ok());
    assert_eq!(
        message(share("{ from = 0.9, to = 1.1 }")),
        "m.toml:29: `train.stage.hybrid.mix.monolingual.share.to`: found 1.1, a number in [0, 1] is wanted"
    );
    assert_eq!(
        message(share("{ from = 0.9 }")),
        "m.toml:29: `train.stage.hybrid.mix.monolingual.share`: the key `to` is missing, a number is wanted"
    );
    assert_eq!(
        message(share("\"half\"")),
        "m.toml:29: `train.stage.hybrid.mix.monolingual.share`: found the string \"half\", \
         a number or a table is wanted"
    );
    let both = design_with(
        "share = 0.5 },\n",
        "share = { from = 0, to = 1 } },\n  { name = \"same\", use = \"language/same-language\", share = 0.5 },\n",
    );
    assert_eq!(
        message(both),
        "m.toml:28: `train.stage.hybrid.mix`: at step 300 of the stage the shares sum to 1.5, \
         which leaves nothing for the member without a share"
    );
}

#[test]
fn patience_waits_for_a_number_and_a_stage_goes_back_to_one() {
    let stage = "validation = { every = 5, patience = 2 }\nbatch_size = 32";
    assert_eq!(
        message(design_with("batch_size = 32", stage)),
        "m.toml:20: `train.stage.hybrid.validation.patience`: there is no `best` to wait for: \
         name the number to watch"
    );
    let stage = "validation = { every = 5, restore_best = true }\nbatch_size = 32";
    assert_eq!(
        message(design_with("batch_size = 32", stage)),
        "m.toml:20: `train.stage.hybrid.validation.restore_best`: there is no `best` to go back to: \
         name the number to watch"
    );
    let stage = "validation = { best = \"validation/loss\", restore_best = true }\nbatch_size = 32";
    assert!(design_with("batch_size = 32", stage).is_ok());
}

#[test]
fn names_and_components_have_a_form() {
    let name =
        "a name is lower-case letters, digits, `-`, `_` and `.`, and begins with a letter or digit";
    assert_eq!(
        message(design_with("\"xquad-hybrid\"", "\"XQuAD\"")),
        format!("m.toml:2: `name`: {name}")
    );
    assert_eq!(
        message(design_with("\"candle/encoder\"", "\"encoder\"")),
        "m.toml:6: `model.use`: found \"encoder\", the form is `library/component`"
    );
    assert_eq!(
        message(design_with("\"cross-lingual\", use", "\"monolingual\", use")),
        "m.toml:30: `train.stage.hybrid.mix.1.name`: the name `monolingual` is taken by an earlier entry"
    );
    assert_eq!(
        message(design_with("name = \"hybrid\"", "name = \"7\"")),
        "m.toml:18: `train.stage.0.name`: a name of digits alone would be mistaken for an index"
    );
}

#[test]
fn a_stage_draws_from_data_sets_that_there_are() {
    assert_eq!(
        message(design_with("batch_size = 32", "data = [\"squad\", \"squat\"]\nbatch_size = 32")),
        "m.toml:20: `train.stage.hybrid.data.1`: there is no data set `squat` to train on; did you mean `squad`?\n  \
         allowed: squad"
    );
}

#[test]
fn numbers_have_ranges() {
    let cases = [
        ("steps = 300", "steps = 0", "`train.stage.hybrid.steps`: found 0, at least 1 is wanted"),
        (
            "batch_size = 32",
            "batch_size = 1",
            "`train.stage.hybrid.batch_size`: found 1, at least 2 is wanted",
        ),
        ("chunk = 64", "chunk = 0", "`train.stage.hybrid.chunk`: found 0, at least 1 is wanted"),
        (
            "= 3e-5",
            "= 0",
            "`train.stage.hybrid.learning_rate`: found 0, a number above 0 is wanted",
        ),
        (
            "warmup = 0.1",
            "warmup = 2",
            "`train.stage.hybrid.warmup`: found 2, a number in [0, 1] is wanted",
        ),
        (
            "_decay = 0.01",
            "_decay = -1",
            "`train.stage.hybrid.weight_decay`: found -1, a number from 0 on is wanted",
        ),
        (
            "clip = 1.0",
            "clip = 0.0",
            "`train.stage.hybrid.clip`: found 0, a number above 0 is wanted",
        ),
        (
            "holdout = 0.05",
            "holdout = 1.0",
            "`train.data.squad.holdout`: found 1, a number in [0, 1) is wanted",
        ),
        (
            "weight = 1.0",
            "weight = 0",
            "`train.stage.hybrid.objective.0.weight`: found 0, a number above 0 is wanted",
        ),
    ];
    for (from, to, expected) in cases {
        let message = message(design_with(from, to));
        assert!(message.ends_with(expected), "{message}");
    }
}

#[test]
fn paths_and_languages_agree() {
    let path = "path = \"squad-dev-parallel/{lang}.json.gz\"";
    assert_eq!(
        message(design_with(path, "path = \"en.json\"")),
        "m.toml:12: `train.data.squad.path`: the path holds no `{lang}`, so it is one file and tells one language; \
         write `{lang}` for the code, or a single language in `languages`"
    );
    assert_eq!(
        message(design_with(
            path,
            "path = { en = \"a\", es = \"b\", it = \"c\", sv = \"d\", fi = \"e\" }"
        )),
        "m.toml:12: `train.data.squad.path.fi`: `languages` does not list `fi`\n\
         m.toml:13: `train.data.squad.languages.4`: `path` has no file for `id`"
    );
    assert_eq!(
        message(design_with("\"sv\", \"id\"]", "\"en\", \"-\"]")),
        "m.toml:13: `train.data.squad.languages.3`: this entry stands in the list twice\n\
         m.toml:13: `train.data.squad.languages.4`: found \"-\", a language code is letters, digits, `-` and `_`"
    );
}

#[test]
fn metrics_have_a_form() {
    assert!(with_set(SHORT, &["evaluate.facts.metrics=['ranking/lareqa-map@20', 'map']"]).is_ok());
    for wrong in ["map@0", "map@", "@10", "map@x", "a/b/c", "map@+1", ""] {
        let outcome = with_set(SHORT, &[&format!("evaluate.facts.metrics=[{wrong:?}]")]);
        assert!(
            message(outcome).contains("the form is `name`, `name@k` or `library/name@k`"),
            "{wrong}"
        );
    }
}

#[test]
fn the_baseline_is_a_switch_or_parameters_in_range() {
    let bm25 = |value: &str| with_set(SHORT, &[&format!("evaluate.facts.bm25={value}")]);
    let parameters = |value: &str| {
        let found = bm25(value).unwrap().experiment.evaluate.remove(0).bm25.parameters();
        found.map(|Bm25Parameters { k1, b }| (k1, b))
    };
    assert_eq!(with_set(SHORT, &[]).unwrap().experiment.evaluate[0].bm25, Bm25::Switch(true));
    assert_eq!(parameters("false"), None);
    assert_eq!(parameters("true"), Some((0.9, 0.4)));
    assert_eq!(parameters("{}"), Some((0.9, 0.4)));
    assert_eq!(parameters("{ k1 = 2, b = 0 }"), Some((2.0, 0.0)));
    for (wrong, problem) in [
        ("{ k1 = 0 }", "bm25.k1`: found 0, a number above 0, at most 1000, is wanted"),
        ("{ k1 = 1e39 }", "a number above 0, at most 1000, is wanted"),
        ("{ b = 1.5 }", "bm25.b`: found 1.5, a number in [0, 1] is wanted"),
        ("{ b = -0.1 }", "bm25.b`: found -0.1, a number in [0, 1] is wanted"),
        ("{ k_1 = 1 }", "bm25.k_1`: unknown key; did you mean `k1`?\n  allowed: k1, b"),
        ("'on'", "bm25`: found the string \"on\", true or false or a table is wanted"),
    ] {
        let message = message(bm25(wrong));
        assert!(message.contains(problem), "{wrong}: {message}");
    }
}

#[test]
fn an_experiment_without_work_is_refused() {
    assert_eq!(
        message(read("name = \"a\"\nmodel.use = \"a/b\"\n", &LoadOptions::default())),
        "m.toml: there is nothing to do: the manifest has neither `[train]` nor `[[evaluate]]`"
    );
}

#[test]
fn more_steps_than_a_plan_can_walk_are_refused() {
    assert_eq!(
        message(design_with("steps = 300", "steps = 9223372036854775807")),
        "m.toml:19: `train.stage.hybrid.steps`: found 9223372036854775807, at most 10000000 is allowed"
    );
}
