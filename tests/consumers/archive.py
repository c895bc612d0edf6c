"""warcio reads every file of an archive: each record, its digests checked, and what records say of each other.

A request and a metadata record name the response that they are of; a revisit has the digest of a body that the archive
holds, and what it refers to is a record of that body. Retention leaves some that refer to what is gone: `--pruned`.
Usage: archive.py FOLDER [--pruned]
"""
import sys
from collections import Counter
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

pruned = "--pruned" in sys.argv
files, kinds = sorted(Path(sys.argv[1]).rglob("*.warc.gz")), Counter()
bodies, places, revisits = {}, set(), []
for path in files:
    names = set()
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            header = record.rec_headers.get_header
            kinds[record.rec_type] += 1
            names.add(header("WARC-Record-ID"))
            place = header("WARC-Target-URI"), header("WARC-Date")
            digest = header("WARC-Payload-Digest")
            if record.rec_type in ("request", "metadata"):
                assert header("WARC-Concurrent-To") in names, f"{path}: {place} is of no response"
            elif record.rec_type == "revisit":
                refers = header("WARC-Refers-To-Target-URI"), header("WARC-Refers-To-Date")
                revisits.append((path, place, digest, refers))
            elif record.rec_type != "warcinfo":
                bodies[digest] = place
                places.add((digest, place))
for path, place, digest, refers in revisits:
    assert digest in bodies, f"{path}: nothing has the body of {place}"
    assert pruned or (digest, refers) in places, f"{path}: {place} refers to {refers}, which is not there"
counted = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
print(f"{len(files)} files, {sum(kinds.values())} records: {counted}")
