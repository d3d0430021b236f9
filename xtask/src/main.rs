//! `cargo xtask`: the project's own chores.

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lives in the repository");
    match xtask::generate::run(root) {
        Ok(changed) => changed.iter().for_each(|path| println!("{}", path.display())),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
