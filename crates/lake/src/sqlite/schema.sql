-- Version 1. Instants are texts of one width, JSON columns hold nouns of the model.

CREATE TABLE due (source TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;

CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires TEXT NOT NULL) STRICT;

CREATE TABLE robots (
  origin TEXT PRIMARY KEY, fetched_at TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;

-- What is remembered of a host, as JSON, and when another process last asked for it in vain.
CREATE TABLE host (name TEXT PRIMARY KEY, state TEXT NOT NULL, wanted TEXT) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  started TEXT NOT NULL,
  replay INTEGER NOT NULL DEFAULT 0, -- whether it reads the archive and writes none
  file TEXT UNIQUE,                  -- its file in the archive
  size INTEGER NOT NULL DEFAULT 0,   -- bytes of that file that are indexed
  aside TEXT,                        -- the file that is to be put in its place: a rewriting was cut short
  ended TEXT,
  ending INTEGER UNIQUE, -- runs are numbered again in the order in which they end
  harvested TEXT,        -- how the harvest alone ended
  outcome TEXT,
  cause TEXT,
  spec_digest TEXT,
  records INTEGER
) STRICT;
CREATE INDEX run_of_source ON run (source, id);

-- The index of the archive: an exchange of a run, and where it stands in its file.
CREATE TABLE capture (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id),
  source TEXT NOT NULL,
  key BLOB NOT NULL,       -- of its request
  url TEXT NOT NULL,
  final_url TEXT NOT NULL,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,
  role TEXT NOT NULL,
  change TEXT NOT NULL,
  evidence TEXT,
  sha256 BLOB NOT NULL,    -- of its body
  content BLOB NOT NULL,   -- of the first body known to hold the same
  ordinal INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  size INTEGER NOT NULL,
  whole INTEGER NOT NULL   -- whether the body stands in it
) STRICT;
CREATE INDEX capture_by_key ON capture (key, source, run, id);
CREATE INDEX capture_by_run ON capture (run, ordinal, id);
CREATE INDEX capture_by_body ON capture (sha256, id);
CREATE INDEX capture_by_url ON capture (url);
CREATE INDEX capture_led ON capture (final_url) WHERE final_url <> url;

-- The exchange that each body is read from.
CREATE TABLE body (
  sha256 BLOB PRIMARY KEY, length INTEGER NOT NULL, capture INTEGER NOT NULL REFERENCES capture (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX body_of_capture ON body (capture);

CREATE TABLE entity (
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  content TEXT NOT NULL,
  digest TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  missing_since TEXT,
  PRIMARY KEY (source, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE reject (source TEXT NOT NULL, run INTEGER NOT NULL, content TEXT NOT NULL) STRICT;
CREATE INDEX reject_of_source ON reject (source);

CREATE TABLE issue (source TEXT NOT NULL, run INTEGER NOT NULL, content TEXT NOT NULL) STRICT;
CREATE INDEX issue_of_run ON issue (run);

CREATE TABLE identifier (
  dataset TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, first TEXT NOT NULL, PRIMARY KEY (dataset, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  dataset TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (dataset, kind, source, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE redirect (
  dataset TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL,
  PRIMARY KEY (dataset, old)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (
  dataset TEXT NOT NULL, id TEXT NOT NULL, deleted_at TEXT NOT NULL, reason TEXT NOT NULL, replaced_by TEXT,
  PRIMARY KEY (dataset, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE merge (dataset TEXT NOT NULL, content TEXT NOT NULL) STRICT;
CREATE INDEX merge_of_dataset ON merge (dataset);

CREATE TABLE release (
  dataset TEXT NOT NULL, version TEXT NOT NULL, previous TEXT, digest TEXT NOT NULL, schema TEXT NOT NULL,
  PRIMARY KEY (dataset, version)
) STRICT, WITHOUT ROWID;

-- What the newest release of a dataset published of each entity.
CREATE TABLE published (
  dataset TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, modified TEXT NOT NULL, PRIMARY KEY (dataset, id)
) STRICT, WITHOUT ROWID;

-- The newest ending that was there when a release of the dataset was last considered.
CREATE TABLE considered (dataset TEXT PRIMARY KEY, ending INTEGER NOT NULL) STRICT;
