//! Create, first execute, delete.

use std::path::Path;
use std::time::Instant;

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::floor;
use crate::server::Server;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("lifecycle");
    let floor = floor::shell("true\n", samples)?;
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let (mut create, mut first, mut delete, mut whole) =
        (Samples::default(), Samples::default(), Samples::default(), Samples::default());
    for _ in 0..samples {
        let started = Instant::now();
        let sandbox = client.sandbox().await?;
        let created = Instant::now();
        client.call("POST", &format!("/toolbox/{sandbox}/process/execute"), r#"{"command":"true"}"#).await?;
        let executed = Instant::now();
        client.call("DELETE", &format!("/api/sandbox/{sandbox}"), "").await?;
        create.add(created - started);
        first.add(executed - created);
        delete.add(executed.elapsed());
        whole.add(started.elapsed());
    }
    floor.print("floor: a shell that runs true", None);
    create.print("create, until started", Some(&floor));
    first.print("first execute", Some(&floor));
    delete.print("delete", Some(&floor));
    whole.print("all three", Some(&floor));
    Ok(())
}
