"""Third-party readers open every Parquet table of a release: the rows of the manifest, the types of the schema.

Usage: read.py RELEASE SCHEMAS     prints one line per table; exits 1 on the first difference.
"""
import json
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

release, schemas = Path(sys.argv[1]), Path(sys.argv[2])
manifest = json.loads((release / "manifest.json").read_text())
rows = {file["path"]: file["rows"] for file in manifest["files"] if file["path"].startswith("tables/")}
kinds = {"actors": "actor", "events": "event", "programmes": "programme", "relations": "relation", "places": "place",
         "documents": "document"}


def wanted(prop):
    """The Arrow type of a property of the schema."""
    kind = prop.get("type")
    names = [kind] if isinstance(kind, str) else list(kind or [])
    if "array" in names:
        return pa.list_(pa.field("element", wanted(prop["items"])))
    if "string" in names:
        return {"date": pa.date32(), "date-time": pa.timestamp("us", tz="UTC")}.get(prop.get("format"), pa.string())
    return {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}[next(n for n in names if n != "null")]


def same(found, stated):
    if pa.types.is_list(stated):
        return pa.types.is_list(found) and found.value_field.name == "element" and found.value_type == stated.value_type
    return found == stated


assert rows, "the manifest lists no table"
for path, stated in sorted(rows.items()):
    file = str(release / path)
    counts = {
        "duckdb": duckdb.connect().execute("SELECT count(*) FROM read_parquet(?)", [file]).fetchone()[0],
        "duckdb, every value": len(duckdb.connect().execute("SELECT * FROM read_parquet(?)", [file]).fetchall()),
        "pyarrow": pq.read_table(file).num_rows,
        "polars": polars.read_parquet(file).height,
        "pandas": len(pandas.read_parquet(file)),
    }
    for reader, found in counts.items():
        assert found == stated, f"{path}: {reader} reads {found} rows, the manifest states {stated}"
    table = Path(path).stem
    if table in kinds:
        properties = json.loads((schemas / f"{kinds[table]}.schema.json").read_text())["properties"]
        schema = pq.read_schema(file)
        assert schema.names == list(properties), f"{path}: columns {schema.names}, the schema has {list(properties)}"
        for field in schema:
            expected = wanted(properties[field.name])
            assert same(field.type, expected), f"{path}: {field.name} is {field.type}, the schema says {expected}"
    print(f"{path}: {stated} rows")
