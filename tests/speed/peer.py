"""The other side of speed.py: sentence-transformers, which does what it reads, a line of JSON each, and answers so.

    python peer.py MODEL_FOLDER QUERY_PREFIX PASSAGE_PREFIX MAX_TOKENS THREADS
"""

import json
import os
import resource
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "true"
for pool in ("RAYON", "OPENBLAS", "OMP", "MKL"):
    os.environ[f"{pool}_NUM_THREADS"] = sys.argv[5]

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss


class Peer:
    def __init__(self, folder, query_prefix, passage_prefix, max_tokens):
        self.model = SentenceTransformer(folder, device="cpu")
        self.model.max_seq_length = int(max_tokens)
        self.prefixes = (query_prefix, passage_prefix)

    def tokenise(self, texts, prefix):
        return self.model.preprocess([prefix + text for text in texts])

    def load(self, batches):
        """The batches to train on, and how many of the places of their tensors hold a token."""
        self.batches = batches
        self.loss = MultipleNegativesRankingLoss(self.model, scale=20.0)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=3e-5, weight_decay=0.01)
        masks = [self.tokenise(texts, prefix)["attention_mask"] for batch in batches for texts, prefix in zip(batch, self.prefixes)]
        return {"tokens": sum(int(mask.sum()) for mask in masks), "places": sum(mask.numel() for mask in masks)}

    def train(self):
        self.model.train()
        seconds = []
        for batch in self.batches:
            began = time.perf_counter()
            features = [self.tokenise(texts, prefix) for texts, prefix in zip(batch, self.prefixes)]
            self.optimizer.zero_grad()
            loss = self.loss(features, torch.arange(len(batch[0])))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            loss.item()
            seconds.append(time.perf_counter() - began)
        return {"seconds": seconds}

    def measure(self, texts):
        """Tokens of texts, and the arithmetic of encoding them: 2 for every weight of a matrix and token, and attention."""
        self.texts = texts
        tokenizer = self.model.tokenizer
        prefix = (self.model.prompts or {}).get("passage", "") or (self.model.prompts or {}).get("document", "")
        lengths = [len(ids) for ids in tokenizer([prefix + text for text in texts], truncation=True,
                                                 max_length=self.model.max_seq_length)["input_ids"]]
        config = self.model[0].auto_model.config
        hidden, layers = config.hidden_size, config.num_hidden_layers
        weights = layers * (4 * hidden * hidden + 2 * hidden * config.intermediate_size)
        attention = layers * 4 * hidden * sum(length * length for length in lengths)
        return {"tokens": sum(lengths), "flops": 2 * weights * sum(lengths) + attention}

    def encode(self):
        self.model.eval()
        began = time.perf_counter()
        self.model.encode_document(self.texts, show_progress_bar=False)
        return {"seconds": time.perf_counter() - began}

    def rate(self):
        """The best of several products of large squares and of the shapes of a layer, in f32, by torch and by NumPy."""
        best = 0.0
        for m, k, n in [(2048, 2048, 2048), (4096, 384, 1536), (4096, 1536, 384), (4096, 384, 1152)]:
            a, b = torch.rand(m, k), torch.rand(k, n)
            for product, a, b in [(torch.mm, a, b), (np.matmul, a.numpy(), b.numpy())]:
                for _ in range(15):
                    began = time.perf_counter()
                    product(a, b)
                    best = max(best, 2 * m * k * n / (time.perf_counter() - began))
        return {"flops": best}

    def memory(self):
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main():
    torch.set_num_threads(int(sys.argv[5]))
    peer = Peer(*sys.argv[1:5])
    for line in sys.stdin:
        what = json.loads(line)
        print(json.dumps(getattr(peer, what.pop("do"))(**what)), flush=True)


if __name__ == "__main__":
    main()
