//! Media types by the end of a file's name, as the publication states them (publication §10).
//!
//! `.gz` and `.zst` are files of their own, never a content encoding: what is downloaded is what the sums say.

/// End of name and media type; the first that fits counts.
const TYPES: &[(&str, &str)] = &[
    (".gz", "application/gzip"),
    (".zst", "application/zstd"),
    (".parquet", "application/vnd.apache.parquet"),
    (".csv-metadata.json", "application/csvm+json"),
    (".csv", "text/csv; charset=utf-8; header=present"),
    (".geojson", "application/geo+json"),
    (".jsonld", "application/ld+json"),
    (".ndjsonld", "application/x-ndjson"),
    (".json", "application/json"),
    (".ttl", "text/turtle; charset=utf-8"),
    (".trig", "application/trig"),
    (".rdf", "application/rdf+xml"),
    (".atom", "application/atom+xml"),
    (".ics", "text/calendar; charset=utf-8"),
    (".html", "text/html; charset=utf-8"),
    (".md", "text/markdown; charset=utf-8"),
    (
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (".sha256", "text/plain; charset=utf-8"),
    ("SHA256SUMS", "text/plain; charset=utf-8"),
    ("void", "text/turtle; charset=utf-8"),
];

/// The media type of a path.
pub fn media_type(path: &str) -> &'static str {
    let known = TYPES.iter().find(|(end, _)| path.ends_with(end));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}
