//! Sandboxes beside a container by bubblewrap, and many of them at once. The rung is the one the server chooses;
//! `PITLANE_RUNTIME` says otherwise.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::floor;
use crate::server::Server;

/// Sandboxes alive while creating is timed.
const CROWD: usize = 200;
/// Sandboxes alive at once, at most.
const MANY: usize = 1000;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("sandboxes");
    one_by_one(program, samples).await?;
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    warm_up(&mut client).await?;
    let creations = create(&mut client, CROWD).await?;
    creations.print("create, up to 200 alive", None);
    let ratio = creations.percentile(99).as_secs_f64() / creations.percentile(50).as_secs_f64();
    println!("    p99 is {ratio:.2} x p50");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let memory = server.memory_of_all()? as f64 / CROWD as f64;
    println!("  proportional memory of server and agents, a sandbox: {:.2} MiB", memory / 1024.0);
    create(&mut client, MANY - CROWD).await?.print("create, up to 1,000 alive", None);
    for sandbox in client.sandboxes().await? {
        client.call("POST", &format!("/toolbox/{sandbox}/process/execute"), r#"{"command":"true"}"#).await?;
    }
    println!("  1,000 alive, each has executed");
    Ok(())
}

async fn one_by_one(program: &Path, samples: usize) -> Result<(), Failure> {
    let floor = floor::bubblewrap(samples)?;
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    warm_up(&mut client).await?;
    let mut whole = Samples::default();
    for _ in 0..samples {
        let started = Instant::now();
        let sandbox = client.sandbox().await?;
        client.call("POST", &format!("/toolbox/{sandbox}/process/execute"), r#"{"command":"true"}"#).await?;
        client.call("DELETE", &format!("/api/sandbox/{sandbox}"), "").await?;
        whole.add(started.elapsed());
    }
    match &floor {
        Some(floor) => floor.print("floor: bubblewrap around true", None),
        None => println!("  bubblewrap is not there, or does not work: no floor"),
    }
    whole.print("create, first execute, delete", floor.as_ref());
    Ok(())
}

/// The first sandbox waits until the server has looked for tools.
async fn warm_up(client: &mut Client) -> Result<(), Failure> {
    let sandbox = client.sandbox().await?;
    client.call("DELETE", &format!("/api/sandbox/{sandbox}"), "").await?;
    Ok(())
}

async fn create(client: &mut Client, count: usize) -> Result<Samples, Failure> {
    let mut taken = Samples::default();
    for _ in 0..count {
        let started = Instant::now();
        client.sandbox().await?;
        taken.add(started.elapsed());
    }
    Ok(taken)
}
