//! From exec to the first answer, and what the program weighs.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::floor;
use crate::server::Server;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("startup");
    let floor = floor::exec_true(samples)?;
    let (mut ready, mut answered) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        let started = Instant::now();
        let server = Server::start(program)?;
        ready.add(started.elapsed());
        Client::connect(&server.authority).await?.call("GET", "/health", "").await?;
        answered.add(started.elapsed());
    }
    floor.print("floor: exec of true", None);
    ready.print("ready", Some(&floor));
    answered.print("first answer", Some(&floor));

    let server = Server::start(program)?;
    Client::connect(&server.authority).await?.call("GET", "/health", "").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (resident, proportional) = server.memory()?;
    println!("  size of the program {:.1} MB", std::fs::metadata(program)?.len() as f64 / 1e6);
    println!(
        "  at rest: resident {:.1} MB, proportional {:.1} MB",
        resident as f64 / 1e3,
        proportional as f64 / 1e3
    );
    Ok(())
}
