//! `cargo xtask quickstart`: from a fresh checkout to the real SDK at work, each step with its time.

use std::path::Path;
use std::time::Instant;

use crate::clients;
use crate::environments::{Ecosystem, NO_OVERRIDES, Recipe};
use crate::matrix::Matrix;
use crate::project::{Problem, Project};
use crate::toolchain::{self, PYTHON};

/// The client of the matrix whose package the example uses.
const CLIENT: &str = "python-daytona";

/// Builds, installs, runs the example, and says how to go on.
///
/// # Errors
///
/// When Python is missing, or a build or an installation fails.
pub(crate) fn run(project: &Project) -> Result<bool, Problem> {
    toolchain::require(&[&PYTHON])?;
    let pin = Matrix::read(project)?
        .pin(CLIENT)
        .ok_or_else(|| Problem::new(format!("no client {CLIENT} in the matrix")))?;

    let step = Step::begin("Building Pitlane");
    let server = project.build_server()?;
    step.end();

    let step = Step::begin(&format!("Preparing a private Python environment with the published {pin}"));
    let recipe = Recipe {
        name: "python",
        ecosystem: Ecosystem::Pypi,
        packages: vec![pin],
        overrides: &NO_OVERRIDES,
        is_open: false,
    };
    let environment = recipe.prepare(&project.target.join("quickstart"))?;
    step.end();

    let step = Step::begin("Starting the emulator and running examples/quickstart.py against it");
    let mut command = clients::private(&server, &project.target.join("quickstart").join("run"))?;
    command.args(["exec", "--"]).arg(environment.python()).arg(project.root.join("examples/quickstart.py"));
    let status = command.status().map_err(|error| Problem::io("run", &server, &error))?;
    if !status.success() {
        return Err(Problem::new(format!("the example ended with {status}")));
    }
    step.end();

    // Short to type, as long as one stays in the repository.
    println!("{}", advice(server.strip_prefix(&project.root).unwrap_or(&server)));
    Ok(true)
}

/// A step the reader waits for.
struct Step {
    begun: Instant,
}

impl Step {
    fn begin(text: &str) -> Self {
        println!("── {text}");
        Self { begun: Instant::now() }
    }

    fn end(self) {
        println!("   done in {:.1} s\n", self.begun.elapsed().as_secs_f64());
    }
}

fn advice(server: &Path) -> String {
    let server = server.display();
    format!(
        "Your own code needs no change. Either let Pitlane run it:

    {server} exec -- python your_program.py
    {server} exec -- pytest

or keep a server and point a shell at it:

    {server} serve &
    eval \"$({server} env)\"
    python your_program.py

To have `pitlane` on your PATH: cargo install --path crates/pitlane"
    )
}
