"""Makes spiece-t5.model, spiece-mt5.model and sentencepiece.json, the golden values of src/transformer/sentencepiece:

    python make_sentencepiece.py [FOLDER]

Needs sentencepiece, protobuf, tokenizers and transformers (5.23). With FOLDER, nothing kept is changed: the tokenizer.json
of each case goes there as transformers has it, and a model with the rules of nmt_nfkc too, to be compared by hand.

Two tiny models of SentencePiece: one as T5 has it, whose texts are not normalised, and one as mT5 has it, with pieces for
bytes, pieces that the user defined, and a few rules that normalise (those of nmt_nfkc take 240 KB). Each stands in a
folder with files that tell of its special tokens; transformers makes a tokenizer of it. `tokenizer` is that as it saves
it, without the list of pieces, and `ids` are those of TEXTS.
"""

import io
import json
import pathlib
import sys
import tempfile

import sentencepiece
from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).parent

LINES = [
    "The old lighthouse stood on the cliff above the harbour, and its keeper lit the lamp at dusk.",
    "Which river flows through three countries before it reaches the sea?",
    "Die Saline wurde 1612 am Ufer der Traun gebaut; ihr Salz ging auf Flößen bis nach Wien.",
    "Мост открыли осенью, и в первый же день по нему прошло больше тысячи человек.",
    "गाँव में पहला स्कूल कब खुला?",
    "灯台はどこにありますか。 灯台は丘の上にあります。",
    "¿En qué año se construyó el puente de piedra?",
    "متى افتتح الجسر فوق النهر؟",
]

TEXTS = [
    "",
    " ",
    " \t\n ",
    "The lighthouse stood above the sea.",
    "  leading and trailing blanks   ",
    "runs    of  spaces   inside",
    "tabs\tand\nnew lines\r\nand\u00a0a hard\u2003blank",
    "Die Saline am Ufer der Traun, 1612.",
    "Мост открыли осенью.",
    "गाँव में स्कूल",
    "灯台は丘の上にあります。",
    "متى افتتح الجسر",
    "¿En qué año?",
    "cafe\u0301 caf\u00e9 ﬁ ﬂ",
    "ＴＨＥ ｓｅａ　１６１２",
    "emoji 🙂👩‍👩‍👧 here",
    "ᚠᚢᚦ unknown 𝕏 letters",
    "thelighthousestoodontheclifflikealonelywordwithoutanyblanksatallwhichgoesonandonandon",
    "in the</s>middle </s> of <pad>a text <unk> here",
    "<extra_id_0> and <extra_id_2>, <extra_id_99>x<extra_id_1>",
    "a ▁<extra_id_1> b▁<extra_id_0>c <extra_id_0>",
    "<0x41><0x00> bytes",
    "▁the▁ ▁ sea",
    "the\u200bsea \u00ad \ufeff",
    "zero \u0000 byte",
    "[CLS] <s> <mask> <new> <sep>",
    "<NEW>the<new>sea  <new>  ",
    "1234567890 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "The\u3000lighthouse\u3000 stood",
    "ὈΔΥΣΣΕΎΣ ʼn ǆ",
]

# Full-width letters and ligatures, and blanks of other kinds, as nmt_nfkc has them; some disappear.
RULES = {
    **{chr(0xFF21 + i): chr(0x41 + i) for i in range(26)}, **{chr(0xFF41 + i): chr(0x61 + i) for i in range(26)},
    **{chr(0xFF10 + i): chr(0x30 + i) for i in range(10)}, "ﬁ": "fi", "ﬂ": "fl", "e\u0301": "é", "\u3000": " ",
    "\u00a0": " ", "\u2003": " ", "\t": " ", "\n": " ", "\r": " ", "\u200b": " ", "\u00ad": "", "\ufeff": "",
}

USERS = ["▁<extra_id_1>", "▁<extra_id_0>", "<new>"]

SPECIAL = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def token(content, **changes):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, **changes}


# A name, the model, tokenizer_config.json, special_tokens_map.json.
CASES = [
    ("t5", "t5", {"extra_ids": 3, "additional_special_tokens": [f"<extra_id_{i}>" for i in range(3)], **SPECIAL}, SPECIAL),
    ("nothing is said", "t5", None, None),
    ("mt5", "mt5", {"extra_ids": 0, "additional_special_tokens": None, **SPECIAL}, SPECIAL),
    ("defined by the user", "mt5", {"extra_ids": 0}, {name: token(value) for name, value in SPECIAL.items()}),
    ("further tokens", "t5", {"extra_ids": 2, "extra_special_tokens": ["<new>", "<mask>"], "mask_token": "<mask>"},
     {"sep_token": token("<sep>", lstrip=True, rstrip=True), "pad_token": token("<pad>", lstrip=True),
      "extra_special_tokens": ["<s>", "<new>"], "cls_token": "[CLS]"}),
    ("blanks taken in", "mt5", {"extra_ids": 2}, {"pad_token": token("<pad>", lstrip=True), "eos_token": token("</s>")}),
    ("slow", "t5", {"extra_ids": 2, **SPECIAL, "added_tokens_decoder": {
        "0": token("<pad>", special=True), "1": token("</s>", special=True), "2": token("<unk>", special=False),
        "10": token("<new>", rstrip=True, special=False, normalized=True), "9": token("lighthouse", special=False)}},
     {"cls_token": "[CLS]"}),
    ("another end", "t5", {"extra_ids": 0, "eos_token": "<end>"}, None),
]


def train(**options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 2), model_writer=out, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1,
        character_coverage=1.0, minloglevel=2, hard_vocab_limit=False, **options,
    )
    return out.getvalue()


def train_mt5():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as rules:
        for old, new in RULES.items():
            rules.write("\t".join(" ".join(f"{ord(c):X}" for c in text) for text in (old, new)) + "\n")
        rules.flush()
        return train(normalization_rule_tsv=rules.name, vocab_size=520, byte_fallback=True, user_defined_symbols=USERS)


def converted(model, config, special, kept=None):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.joinpath("spiece.model").write_bytes(model)
        folder.joinpath("config.json").write_text('{"model_type": "mt5"}')
        for name, content in ("tokenizer_config", config), ("special_tokens_map", special):
            if content is not None:
                folder.joinpath(f"{name}.json").write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = [tokenizer(text)["input_ids"] for text in TEXTS]
        made = json.loads(tokenizer.backend_tokenizer.to_str())
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
            for file in folder.iterdir():
                kept.joinpath(file.name).write_bytes(file.read_bytes())
            kept.joinpath("made.json").write_text(json.dumps({"tokenizer": made, "ids": ids}))
        made["model"]["vocab"] = len(made["model"]["vocab"])
        return made, ids


def main():
    kept = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if kept is None:
        HERE.joinpath("spiece-t5.model").write_bytes(train(normalization_rule_name="identity", vocab_size=300))
        HERE.joinpath("spiece-mt5.model").write_bytes(train_mt5())
    models = {name: HERE.joinpath(f"spiece-{name}.model").read_bytes() for name in ("t5", "mt5")}
    cases = []
    for name, model, config, special in CASES:
        made, ids = converted(models[model], config, special, kept and kept / name)
        cases.append({"name": name, "model": model, "tokenizer_config": config, "special_tokens_map": special,
                      "tokenizer": made, "ids": ids})
    if kept is not None:
        nfkc = train(normalization_rule_name="nmt_nfkc", vocab_size=520, byte_fallback=True)
        converted(nfkc, CASES[2][2], SPECIAL, kept / "nfkc")
        kept.joinpath("texts.json").write_text(json.dumps(TEXTS))
        return
    rows = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    texts = json.dumps(TEXTS, separators=(",", ":"))
    HERE.joinpath("sentencepiece.json").write_text(f'{{"texts":{texts},\n"cases":[\n{rows}\n]}}\n', encoding="utf-8")


main()
