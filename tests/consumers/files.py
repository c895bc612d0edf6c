"""pyarrow reads what `normalise` and `resolve` write from files to files.  Usage: files.py ENTITIES CLUSTERS"""
import sys
from pathlib import Path

import pyarrow.parquet as pq

entities = Path(sys.argv[1])
rejects = entities.with_name(entities.name.replace(".parquet", ".rejects.parquet"))
clusters = pq.read_table(sys.argv[2])
rows = [pq.read_table(path).num_rows for path in (entities, rejects)]
print(f"{rows[0]} entities, {rows[1]} rejects, {clusters.num_rows} clusters: {' '.join(clusters.column_names)}")
