//! The end-to-end tests: one binary, which runs the real program over loopback HTTP and on files.
//!
//! A module per verb or concern; what they share is in `support`. Nothing here touches the network beyond loopback.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests look at files, say what they skip, and stop at the first surprise"
)]

mod support;

// What comes out of the demonstration: gold, repetition, same bytes.
mod demo;
// Third-party readers open what is published.
mod consumers;
// What enters a release and what never does; what stays when it is made again.
mod publish;
// Definitions and data that are wrong.
mod bad_input;
// What was harvested: found, shown, taken out.
mod archive;
// Servers that mean harm.
mod hostile;
// What a host notices: gaps, pauses, who may ask at once.
mod manners;
// Harvested again: what is not sent, what is replayed, what a secret leaves behind.
mod again;
// Harvests that others made.
mod recorded;
// Processes killed at any instant.
mod kills;
// Listings of many pages, sitemaps among them.
mod paging;
// Every stage from files to files.
mod stages;
// Ticks, leases, a killed worker, a change to summer time.
mod schedule;
// The published tree over HTTP.
mod serve;
// Real files of other projects, where they are present.
mod real;
// One question to one part: arguments, batches, a reference.
mod r#try;
// The house: edges between crates, file length, module documentation.
mod tidy;
// What the documents say is what the program does.
mod docs;
