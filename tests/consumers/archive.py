"""warcio reads every file of an archive: each record, its digests checked.  Usage: archive.py FOLDER"""
import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

files, records = sorted(Path(sys.argv[1]).rglob("*.warc.gz")), 0
for path in files:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            records += 1
print(f"{len(files)} files, {records} records")
