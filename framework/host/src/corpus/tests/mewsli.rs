//! Mewsli-X: mentions in news, descriptions of entities, and pairs of both.

use super::*;

const KEYS: &str = "name = \"m\"\nreader = \"mewsli-x\"\npath = \"m\"\n";
const ENTITIES: &str = "m/candidate_set_entities.jsonl";
const MENTIONS: &str = "m/wikinews_mentions-test.jsonl";
const PAIRS: &str = "m/wikipedia_pairs-train.jsonl";

fn measure() -> String {
    format!("{KEYS}settings = [\"multilingual\"]\n")
}

fn entity(id: &str, language: &str, description: &str) -> Value {
    json!({
        "entity_id": id, "title": "t", "description": description, "description_url": "u",
        "description_language": language,
        "sentence_spans": [{ "start": 0, "end": description.chars().count() }],
    })
}

fn context(language: &str, text: &str, sentences: &[(usize, usize)]) -> Value {
    let spans = sentences.iter().map(|(start, end)| json!({ "start": start, "end": end }));
    json!({
        "document_title": "t", "document_url": "u", "document_id": "d", "language": language,
        "text": text, "sentence_spans": spans.collect::<Vec<_>>(),
    })
}

fn mention(id: &str, entity: &str, start: usize, text: &str) -> Value {
    let span = json!({ "start": start, "end": start + text.chars().count(), "text": text });
    json!({ "example_id": id, "entity_id": entity, "mention_span": span, "metadata": {} })
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn entities() -> String {
    lines(&[
        entity("Q1", "fi", "Helsinki on Suomen pääkaupunki."),
        entity("Q2", "en", "The Baltic is a sea."),
        entity("Q3", "tr", "Kimse sormadı."),
    ])
}

fn mentions() -> String {
    lines(&[
        json!({
            "context": context("tr", "Grev!\n\nHelsinki'de grev. Deniz.", &[(0, 5), (7, 24), (25, 31)]),
            "mentions": [mention("a", "Q1", 7, "Helsinki"), mention("b", "Q2", 25, "Deniz")],
        }),
        json!({
            "context": context("en", "It rains.", &[(0, 9)]),
            "mentions": [mention("c", "Q2", 3, "rains")],
        }),
    ])
}

fn pair(id: &str, language: &str, of: Value) -> Value {
    let context = context("en", "On Mars.", &[(0, 8)]);
    let mut mention = mention(id, "Q9", 3, "Mars");
    mention["mention_span"]["text"] = json!("Mars");
    let mut of = of;
    of["description_language"] = json!(language);
    json!({ "contextual_mention": { "context": context, "mention": mention }, "entity": of })
}

fn problem(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = evaluate(folder.path(), &measure()).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

#[test]
fn a_mention_asks_for_the_description_of_its_entity_in_whatever_language() {
    let files = [(ENTITIES, entities()), (MENTIONS, mentions())];
    let folder = folder(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let data = evaluate(folder.path(), &measure()).unwrap();
    assert_eq!(data.languages, ["en", "fi", "tr"]);
    assert_eq!(data.document_ids, ["fi:Q1", "en:Q2", "tr:Q3"]);
    assert_eq!(data.document_texts[0], "Helsinki on Suomen pääkaupunki.");
    assert_eq!(data.query_ids, ["en:c", "tr:a", "tr:b"]);
    assert_eq!(
        data.query_texts,
        ["rains: It { rains } .", "Helsinki: { Helsinki } 'de grev.", "Deniz: { Deniz } ."]
    );
    assert_eq!(data.judgements, [[(1, 1)], [(0, 1)], [(1, 1)]]);
    assert_eq!(data.query_group, [0, 1, 2]);
    assert_eq!(data.files.len(), 2);

    let titled = format!("{}collection = {{ fields = [\"title\", \"description\"] }}\n", measure());
    let titled = evaluate(folder.path(), &titled).unwrap();
    assert_eq!(titled.document_texts[2], "t Kimse sormadı.");
    let few = evaluate(folder.path(), &format!("{}limit = 1\n", measure())).unwrap();
    assert_eq!((few.query_ids.len(), few.document_ids.len()), (1, 1));
    let keys = format!("{KEYS}settings = [\"monolingual\"]\nlanguages = [\"en\"]\n");
    let english = evaluate(folder.path(), &keys).unwrap();
    assert_eq!(
        (english.query_ids, english.document_ids),
        (vec!["en:c".into()], vec!["en:Q2".into()])
    );
}

#[test]
fn mentions_of_pairs_can_be_searched_for_too() {
    let pairs = lines(&[pair("p", "en", entity("Q9", "en", "A planet."))]);
    let all = entities() + &lines(&[entity("Q9", "de", "Ein Planet.")]);
    let folder = folder(&[("m/candidate_set_entities.jsonl.gz", &all), (PAIRS, &pairs)]);
    let keys = format!(
        "{}collection = {{ split = \"train\", queries = \"wikipedia_pairs-{{split}}.jsonl\" }}\n",
        measure()
    );
    let data = evaluate(folder.path(), &keys).unwrap();
    assert_eq!((data.query_ids, data.judgements), (vec!["en:p".to_owned()], vec![vec![(3, 1)]]));
}

#[test]
fn pairs_are_trained_on_and_those_of_an_entity_are_one_group() {
    let planet = || entity("Q9", "en", "A planet.");
    let pairs = lines(&[pair("p", "en", planet()), pair("o", "en", planet())]);
    let folder = folder(&[(PAIRS, &pairs)]);
    let data = train(folder.path(), &format!("[[train.data]]\n{KEYS}")).unwrap().train;
    assert_eq!(
        (data.examples(), data.groups(), &data.languages[..]),
        (2, 1, &["en".to_owned()][..])
    );
    assert_eq!((data.text(0), data.text(1)), ("Mars: On { Mars } .", "A planet."));

    for (pairs, expected) in [
        (
            pair("p", "de", planet()),
            ":1: the mention `p` is of `Q9` in `en`, and its entity is `Q9` in `de`",
        ),
        (
            pair("p", "en", entity("Q8", "en", "x")),
            ":1: the mention `p` is of `Q9` in `en`, and its entity is `Q8`",
        ),
        (
            json!({ "context": context("en", "a", &[]) }),
            ":1: `contextual_mention` or `entity` is missing",
        ),
    ] {
        std::fs::write(folder.path().join(PAIRS), lines(&[pairs])).unwrap();
        let message =
            train(folder.path(), &format!("[[train.data]]\n{KEYS}")).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    std::fs::write(folder.path().join(PAIRS), "\n").unwrap();
    let message = train(folder.path(), &format!("[[train.data]]\n{KEYS}")).unwrap_err().to_string();
    assert!(message.contains("there is no data of the language `any`"), "{message}");
}

#[test]
fn a_validation_loss_is_over_the_pairs_of_the_other_split() {
    let own = lines(&[pair("p", "en", entity("Q9", "en", "A planet."))]);
    let other = lines(&[pair("o", "en", entity("Q9", "en", "A planet."))]);
    let folder = folder(&[(PAIRS, &own), ("m/wikipedia_pairs-dev.jsonl", &other)]);
    let tables = format!(
        "[[train.data]]\n{KEYS}[[train.validation]]\n{}",
        KEYS.replace("\"m\"\nr", "\"v\"\nr")
    );
    let manifest = manifest(&tables).unwrap();
    let set = manifest.experiment.train.clone().unwrap().validation.remove(0);
    let data = read_validation(&manifest, "train.validation.0", &set, folder.path()).unwrap();
    assert_eq!(data.table.example_id(0), "o");
}

#[test]
fn what_is_wrong_with_a_file_names_it_and_the_line() {
    let (entities, mentions) = (entities(), mentions());
    let twice = format!("{mentions}{}", mentions.lines().next().unwrap());
    let without_text = mentions.replace("It rains.", "");
    let elsewhere = mentions.replace("rains\"", "snows\"");
    for (entities, mentions, expected) in [
        (
            &*entities,
            &*twice,
            "DATA/m/wikinews_mentions-test.jsonl:3: the mention `a` stands twice",
        ),
        (
            &entities,
            &without_text,
            "DATA/m/wikinews_mentions-test.jsonl:2: the mention `c` is \"rains\", which does not stand",
        ),
        (
            &entities,
            &elsewhere,
            "DATA/m/wikinews_mentions-test.jsonl:2: the mention `c` is \"snows\", which does not stand",
        ),
        (
            &entities,
            "{\"mentions\": []}\n",
            "DATA/m/wikinews_mentions-test.jsonl:1: neither `context` nor",
        ),
        (&entities, "{\"context\": 1}\n", "DATA/m/wikinews_mentions-test.jsonl:1: "),
        (&entities, "", "DATA/m/wikinews_mentions-test.jsonl: there is no mention"),
        ("", &mentions, "DATA/m/candidate_set_entities.jsonl: there is no document in the file"),
        (
            "{\"entity_id\":\"Q1\",\"description\":\"x\"}\n",
            &mentions,
            "DATA/m/candidate_set_entities.jsonl:1: the key `description_language` is missing",
        ),
    ] {
        let message = problem(&[(ENTITIES, entities), (MENTIONS, mentions)]);
        assert!(message.starts_with(expected), "{message}");
    }
    let message = problem(&[(MENTIONS, &mentions)]);
    assert!(message.contains("`evaluate.m.path`: there is no file of documents"), "{message}");
}

#[test]
fn what_a_manifest_may_not_say_of_it_is_said_at_the_key() {
    for (collection, expected) in [
        ("qrels = \"x\"", "`evaluate.m.collection.qrels`: the mentions of `mewsli-x` say"),
        ("parallel = true", "`evaluate.m.collection.parallel`: the ids of this reader"),
    ] {
        let keys = format!("{}collection = {{ {collection} }}\n", measure());
        let message = evaluate(Path::new("nowhere"), &keys).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
