//! Asks for a rebuild when a file of the suite's data comes, goes or changes; embedding alone sees changes only.

fn main() {
    for directory in ["requirements", "cases", "capabilities", "mutants", "known-gaps"] {
        println!("cargo::rerun-if-changed=../../conformance/{directory}");
    }
}
