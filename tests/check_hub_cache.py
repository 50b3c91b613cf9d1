"""Holds the cache of models that triglot shares with Python's client of the hub against that client.

    python check_hub_cache.py found OWNER/NAME REVISION COMMIT FILE...
        What triglot downloaded is found without a network: by its revision and by its commit, and every file with it.
    python check_hub_cache.py download OWNER/NAME REVISION
        Downloads a model as Python's client does, for triglot to find; prints the folder.

The variables of the hub (HF_HOME, HF_ENDPOINT) say where.
"""

import os
import sys

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download


def found(repository, revision, commit, *files):
    for asked in (revision, commit):
        folder = snapshot_download(repository, revision=asked, local_files_only=True)
        assert os.path.basename(folder) == commit, folder
        for file in files:
            path = hf_hub_download(repository, file, revision=asked, local_files_only=True)
            assert path == os.path.join(folder, *file.split("/")), path
            assert os.path.getsize(path) > 0, path
    # It warns of whatever it takes for damage.
    cache = scan_cache_dir()
    assert not cache.warnings, cache.warnings
    (model,) = [one for one in cache.repos if one.repo_id == repository]
    (snapshot,) = model.revisions
    assert snapshot.commit_hash == commit and revision in snapshot.refs, snapshot


def download(repository, revision):
    print(snapshot_download(repository, revision=revision, ignore_patterns=["README.md"]))


if __name__ == "__main__":
    {"found": found, "download": download}[sys.argv[1]](*sys.argv[2:])
