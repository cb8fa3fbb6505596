//! Makes sure the folder of the built page exists, so that the server compiles before the page was ever built.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/dist");
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo:warning=the folder for the page could not be made: {error}");
    }
}
