//! Commands in a running sandbox.

use std::path::Path;
use std::time::Instant;

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::floor;
use crate::server::Server;

/// Commands at once in the throughput part.
const AT_ONCE: usize = 16;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("execute");
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let path = format!("/toolbox/{sandbox}/process/execute");
    let (mut floor, mut taken) = (Samples::default(), Samples::default());
    // In turns, so that a machine whose speed drifts changes both.
    for _ in 0..samples {
        let started = Instant::now();
        floor::shell_once("true\n")?;
        floor.add(started.elapsed());
        let started = Instant::now();
        client.call("POST", &path, r#"{"command":"true"}"#).await?;
        taken.add(started.elapsed());
    }
    floor.print("floor: the same shell fed on a pipe", None);
    taken.print("execute true", Some(&floor));

    let bare = bare_throughput(samples)?;
    let served = served_throughput(&server.authority, &path, samples).await?;
    println!(
        "  {AT_ONCE} at once: {served:.0}/s, bare {bare:.0}/s: {:.0} % of the floor",
        100.0 * served / bare
    );
    Ok(())
}

/// Bare shells a second, as many threads at once as the served ones.
fn bare_throughput(samples: usize) -> Result<f64, Failure> {
    let each = samples.div_ceil(AT_ONCE).max(10);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            // A shell that cannot be started shows in the figure of the next line already.
            scope.spawn(move || (0..each).for_each(|_| drop(floor::shell_once("true\n"))));
        }
    });
    Ok((each * AT_ONCE) as f64 / started.elapsed().as_secs_f64())
}

async fn served_throughput(authority: &str, path: &str, samples: usize) -> Result<f64, Failure> {
    let each = samples.div_ceil(AT_ONCE).max(10);
    let mut clients = Vec::new();
    for _ in 0..AT_ONCE {
        clients.push(Client::connect(authority).await?);
    }
    let started = Instant::now();
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let path = path.to_owned();
            local.spawn_local(async move {
                for _ in 0..each {
                    client
                        .call("POST", &path, r#"{"command":"true"}"#)
                        .await
                        .map_err(|error| error.to_string())?;
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    local.await;
    for task in tasks {
        task.await??;
    }
    Ok((each * AT_ONCE) as f64 / started.elapsed().as_secs_f64())
}
