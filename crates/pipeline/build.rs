//! Tells cargo to rebuild when a file comes or goes in the folders that are embedded: the macro that embeds them
//! sees only the files that were there.
#![expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

fn main() {
    for folder in ["../../schemas", "../../pipelines"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
