//! Links the program for a fixed address.
//!
//! The contract's tables hold some 60,000 addresses. A program that may lie anywhere fills them in anew in every process,
//! in pages of its own from then on: with every agent, that was two thirds of what it held, and a part of its start. At a
//! fixed address they stand in the file as they are, and all agents share them. Libraries, stacks and heaps still lie
//! anywhere.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| {
        let values = env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
        values.split(',').any(|known| known == value)
    };
    // A static program is put together by other rules.
    if is("OS", "linux") && is("ENV", "gnu") && !is("FEATURE", "crt-static") {
        println!("cargo:rustc-link-arg-bin=pitlane=-no-pie");
    }
}
