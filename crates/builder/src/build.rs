//! Stages and steps in their order.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lab::Clock;

use crate::context::Context;
use crate::output::Output;
use crate::parse::{Doing, Plan, StagePlan, Step, parse};
use crate::words::expand;
use crate::{Bench, BuildError, ImageConfig, Log, Start};

/// How long a build may take (control-plane.md §2.5).
pub const LIMIT: Duration = Duration::from_secs(60 * 60);

/// What is to be built.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// Tar archives, unpacked beside the Dockerfile in this order (control-plane.md §4.7).
    pub contexts: Vec<PathBuf>,
}

/// What a build goes by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Tells how long steps take, and when the limit is reached.
    pub clock: Arc<dyn Clock>,
    /// A directory for contexts while they are needed; what is made there goes with the build.
    pub scratch: PathBuf,
    /// How long it may take.
    pub limit: Duration,
}

/// An image, as long as nobody has stored it.
#[derive(Debug)]
pub struct Built<S> {
    /// What it says beside its files.
    pub config: ImageConfig,
    /// The place its files are in.
    pub stage: S,
}

/// Builds what the last stage of a Dockerfile says, and those stages it needs. The log is told everything, and stays open:
/// what was built may still have to be stored. Dropped, the build is cancelled.
///
/// # Errors
/// [`BuildError`]; its text says what to do, and is in the log.
pub async fn build<B: Bench>(
    bench: &B,
    recipe: &Recipe,
    log: &Log,
    settings: &Settings,
) -> Result<Built<B::Stage>, BuildError> {
    let mut output = Output::new(log.clone(), Arc::clone(&settings.clock));
    let built = tokio::select! {
        built = run(bench, recipe, &mut output, settings) => built,
        () = settings.clock.pause(settings.limit) => Err(BuildError::TimedOut(settings.limit)),
    };
    if let Err(error) = &built {
        output.failed(&recipe.dockerfile, error);
    }
    built
}

async fn run<B: Bench>(
    bench: &B,
    recipe: &Recipe,
    output: &mut Output,
    settings: &Settings,
) -> Result<Built<B::Stage>, BuildError> {
    let vertex = output.begin("[internal] load build definition from Dockerfile");
    let plan = match parse(&recipe.dockerfile) {
        Ok(plan) => plan,
        Err(error) => {
            vertex.failed(&error.to_string());
            return Err(error);
        }
    };
    vertex.done();
    let scratch = tempfile::Builder::new().prefix("build-").tempdir_in(&settings.scratch)?;
    let mut build = Build {
        bench,
        globals: globals(&plan)?,
        names: names(&plan),
        done: Vec::new(),
        context: None,
        contexts: &recipe.contexts,
        scratch: scratch.path().to_owned(),
        output,
        plan: &plan,
    };
    let needed = build.needed()?;
    for (at, stage) in plan.stages.iter().enumerate() {
        let done = match needed[at] {
            true => Some(build.stage(at, stage).await?),
            false => None,
        };
        build.done.push(done);
    }
    let last = build.done.pop().flatten();
    last.ok_or_else(|| BuildError::Whole("there is no stage to build".to_owned()))
}

/// A build under way.
pub(crate) struct Build<'a, B: Bench> {
    pub(crate) bench: &'a B,
    pub(crate) plan: &'a Plan,
    /// `ARG` before the first stage.
    pub(crate) globals: BTreeMap<String, String>,
    /// Stages by name.
    names: BTreeMap<String, usize>,
    /// Stages so far; those nobody needs are not built.
    pub(crate) done: Vec<Option<Built<B::Stage>>>,
    /// Unpacked when something is copied from it first.
    context: Option<Arc<Context>>,
    contexts: &'a [PathBuf],
    pub(crate) scratch: PathBuf,
    pub(crate) output: &'a mut Output,
}

impl<B: Bench> Build<'_, B> {
    /// Which stages the last one needs, itself among them.
    fn needed(&self) -> Result<Vec<bool>, BuildError> {
        let mut needed = vec![false; self.plan.stages.len()];
        if let Some(last) = needed.last_mut() {
            *last = true;
        }
        for at in (0..needed.len()).rev().filter(|at| needed[*at]).collect::<Vec<_>>() {
            self.mark(at, &mut needed)?;
        }
        Ok(needed)
    }

    fn mark(&self, at: usize, needed: &mut [bool]) -> Result<(), BuildError> {
        needed[at] = true;
        let stage = &self.plan.stages[at];
        let base = self.base(stage)?;
        let copied = stage.steps.iter().filter_map(|step| match &step.doing {
            Doing::Copy(transfer) => transfer.from.as_deref(),
            _ => None,
        });
        let others = self.names.get(&base.to_lowercase()).copied().filter(|other| *other < at).into_iter();
        let others: Vec<usize> = others.chain(copied.filter_map(|name| self.number(name, at))).collect();
        others.into_iter().try_for_each(|other| self.mark(other, needed))
    }

    /// The stage before `at` that a name or number means.
    pub(crate) fn number(&self, name: &str, at: usize) -> Option<usize> {
        let named = self.names.get(&name.to_lowercase()).copied();
        named.or_else(|| name.parse().ok()).filter(|number| *number < at)
    }

    fn base(&self, stage: &StagePlan) -> Result<String, BuildError> {
        let known = |name: &str| self.globals.get(name).cloned().or_else(|| platform(name));
        let wrong = |reason| BuildError::Line { line: stage.line, reason };
        let base = expand(&stage.base, self.plan.escape, &known).map_err(|error| wrong(error.to_string()))?;
        match base.trim() {
            "" => {
                Err(wrong(format!("base name ({}) should not be blank; give its ARG a default", stage.base)))
            }
            "scratch" => {
                let reason = "FROM scratch cannot be done here: images begin with this machine's own root; \
                              name any other base";
                Err(wrong(reason.to_owned()))
            }
            base => Ok(base.to_owned()),
        }
    }

    async fn stage(&mut self, at: usize, plan: &StagePlan) -> Result<Built<B::Stage>, BuildError> {
        let base = self.base(plan)?;
        let total = 1 + plan.steps.iter().filter(|step| is_counted(step)).count();
        let label = match (&plan.name, self.plan.stages.len()) {
            (_, 1) => String::new(),
            (Some(name), _) => format!("{name} "),
            (None, _) => format!("stage-{at} "),
        };
        let mut vertex = self.output.begin(&format!("[{label}1/{total}] {}", plan.text));
        let begun = match self.names.get(&base.to_lowercase()).copied().filter(|other| *other < at) {
            Some(other) => self.branch(other).await,
            None => self.bench.begin(&base).await.map_err(BuildError::from),
        };
        let Start { stage, config, notice } = match begun {
            Ok(start) => start,
            Err(error) => {
                vertex.failed(&error.to_string());
                return Err(error);
            }
        };
        if let Some(notice) = notice {
            vertex.note(&notice);
        }
        vertex.done();
        let mut place = Place { at, built: Built { config, stage }, args: BTreeMap::new() };
        let mut number = 1;
        for step in &plan.steps {
            number += usize::from(is_counted(step));
            self.step(&mut place, step, &format!("[{label}{number}/{total}]")).await?;
        }
        Ok(place.built)
    }

    async fn branch(&self, other: usize) -> Result<Start<B::Stage>, BuildError> {
        let Some(Some(other)) = self.done.get(other) else {
            return Err(BuildError::Whole("a stage is needed before it is built".to_owned()));
        };
        let stage = self.bench.branch(&other.stage).await?;
        Ok(Start { stage, config: other.config.clone(), notice: None })
    }

    /// The build context, unpacked.
    pub(crate) async fn context(&mut self) -> Result<Arc<Context>, BuildError> {
        if let Some(context) = &self.context {
            return Ok(Arc::clone(context));
        }
        let vertex = self.output.begin("[internal] load build context");
        let (archives, root) = (self.contexts.to_vec(), self.scratch.join("context"));
        let context = blocking(move || Context::unpack(&archives, root)).await;
        match context {
            Ok(context) => {
                vertex.done();
                Ok(Arc::clone(self.context.insert(Arc::new(context))))
            }
            Err(error) => {
                vertex.failed(&error.to_string());
                Err(error)
            }
        }
    }
}

/// A stage being built.
pub(crate) struct Place<S> {
    /// Its number.
    pub(crate) at: usize,
    pub(crate) built: Built<S>,
    /// `ARG` so far.
    pub(crate) args: BTreeMap<String, String>,
}

/// Work with files.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BuildError> + Send + 'static,
) -> Result<T, BuildError> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

/// Whether a step is one of those a build tool counts: it changes files.
fn is_counted(step: &Step) -> bool {
    matches!(step.doing, Doing::Run(_) | Doing::Copy(_) | Doing::Workdir(_))
}

fn names(plan: &Plan) -> BTreeMap<String, usize> {
    let named = plan.stages.iter().enumerate();
    named.filter_map(|(at, stage)| Some((stage.name.clone()?, at))).collect()
}

fn globals(plan: &Plan) -> Result<BTreeMap<String, String>, BuildError> {
    let mut globals = BTreeMap::new();
    for step in &plan.args {
        let Doing::Arg(args) = &step.doing else { continue };
        for (name, default) in args {
            let known = |name: &str| globals.get(name).cloned().or_else(|| platform(name));
            let Some(default) = default else { continue };
            let value = expand(default, plan.escape, &known);
            let value =
                value.map_err(|error| BuildError::Line { line: step.line, reason: error.to_string() })?;
            globals.insert(name.clone(), value);
        }
    }
    Ok(globals)
}

/// Variables a build tool sets for the platform, which is this machine's.
pub(crate) fn platform(name: &str) -> Option<String> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    match name {
        "TARGETPLATFORM" | "BUILDPLATFORM" => Some(format!("linux/{architecture}")),
        "TARGETOS" | "BUILDOS" => Some("linux".to_owned()),
        "TARGETARCH" | "BUILDARCH" => Some(architecture.to_owned()),
        _ => None,
    }
}
