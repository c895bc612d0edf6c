"""PyLD reads every JSON-LD file of a release, its context from the release's own site alone, and hashes the graph.

Usage: expand.py SITE RELEASE     prints the SHA-256 of the canonical N-Quads.
"""
import gzip
import hashlib
import json
import sys
from pathlib import Path

from pyld import jsonld

site, release = Path(sys.argv[1]), Path(sys.argv[2])
base = json.loads((release / "manifest.json").read_text())["base_iri"]


def load(url, _options):
    assert url.startswith(base), f"{url} is outside the release"
    document = json.loads((site / url[len(base):]).read_text())
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}


jsonld.set_document_loader(load)
hashes = {}
for form in ("jsonld", "ndjsonld"):
    lines = set()
    for path in sorted((release / "rdf").glob(f"*.{form}.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        documents = [json.loads(line) for line in text.splitlines()] if form == "ndjsonld" else [json.loads(text)]
        for document in documents:
            quads = jsonld.normalize(document, {"algorithm": "URDNA2015", "format": "application/n-quads"})
            lines.update(line for line in quads.splitlines() if line)
    hashes[form] = hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
assert len(set(hashes.values())) == 1, hashes
print(hashes["jsonld"])
