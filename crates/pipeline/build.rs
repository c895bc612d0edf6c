//! Tells cargo to rebuild when a file comes or goes in the folders that are embedded: the macro that embeds them
//! sees only the files that were there.
fn main() {
    for folder in ["../../schemas", "../../pipelines"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
