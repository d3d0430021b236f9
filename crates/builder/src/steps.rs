//! What each instruction does.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::build::{Build, Place, platform};
use crate::output::Vertex;
use crate::parse::{Command, Doing, Run, Step};
use crate::people::People;
use crate::words::{Variables, WordError, expand};
use crate::{Bench, BuildError, Identity, Program, Stage};

/// The shell of `RUN`, unless `SHELL` says otherwise.
const SHELL: [&str; 2] = ["/bin/sh", "-c"];

impl<S: Stage> Variables for Place<S> {
    fn get(&self, name: &str) -> Option<String> {
        let env = &self.built.config.env;
        let known = env.get(name).or_else(|| self.args.get(name)).cloned();
        // The one variable of the base everybody adds to.
        known.or_else(|| (name == "PATH").then(|| self.built.stage.variables().get(name).cloned())?)
    }
}

impl<S: Stage> Place<S> {
    /// Where programs run.
    pub(crate) fn directory(&self) -> &str {
        self.built.config.workdir.as_deref().unwrap_or("/")
    }

    /// A path as it is meant where programs run.
    pub(crate) fn absolute(&self, path: &str) -> String {
        absolute(Path::new(self.directory()), path)
    }

    /// What programs see on top of the place's own.
    fn env(&self) -> BTreeMap<String, String> {
        let mut env = self.args.clone();
        env.extend(self.built.config.env.clone());
        env
    }
}

/// A path as it is meant in a directory, without `.` and `..`.
pub(crate) fn absolute(directory: &Path, path: &str) -> String {
    let mut normal = PathBuf::from("/");
    for component in directory.join(path).components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                normal.pop();
            }
            _ => {}
        }
    }
    normal.to_string_lossy().into_owned()
}

impl<B: Bench> Build<'_, B> {
    /// Does one step.
    pub(crate) async fn step(
        &mut self,
        place: &mut Place<B::Stage>,
        step: &Step,
        label: &str,
    ) -> Result<(), BuildError> {
        let escape = self.plan.escape;
        let wrong = |error: WordError| BuildError::Line { line: step.line, reason: error.to_string() };
        let word = |place: &Place<B::Stage>, text: &str| expand(text, escape, place).map_err(wrong);
        match &step.doing {
            Doing::Arg(args) => {
                for (name, default) in args {
                    let value = match default {
                        Some(default) => Some(word(place, default)?),
                        None => self.globals.get(name).cloned().or_else(|| platform(name)),
                    };
                    if let Some(value) = value {
                        place.args.insert(name.clone(), value);
                    }
                }
            }
            Doing::Env(pairs) => {
                let env = words(pairs, |text| word(place, text))?;
                place.built.config.env.extend(env);
            }
            Doing::Label(pairs) => {
                let labels = words(pairs, |text| word(place, text))?;
                place.built.config.labels.extend(labels);
            }
            Doing::Run(run) => self.run(place, step, run, label).await?,
            Doing::Copy(transfer) => self.copy(place, step, transfer, label).await?,
            Doing::Workdir(path) => {
                let path = place.absolute(&word(place, path)?);
                let vertex = self.output.begin(&format!("{label} {}", step.text));
                let made = place.built.stage.make_directory(&path).await;
                finish(vertex, step, made.map_err(|error| error.to_string()))?;
                place.built.config.workdir = Some(path);
            }
            Doing::User(user) => place.built.config.user = Some(word(place, user)?),
            Doing::Shell(shell) => place.built.config.shell = shell.clone(),
            Doing::Entrypoint(command) => {
                place.built.config.entrypoint = program_words(place, command);
                // Arguments for another program mean nothing to this one.
                if !self.has_cmd_after(place.at, step) {
                    place.built.config.cmd.clear();
                }
            }
            Doing::Cmd(command) => place.built.config.cmd = program_words(place, command),
            Doing::Expose(ports) => {
                for port in ports {
                    let port = word(place, port)?;
                    place.built.config.exposed.push(port);
                }
            }
            Doing::Volume(paths) => {
                for path in paths {
                    let path = word(place, path)?;
                    place.built.config.volumes.push(path);
                }
            }
            Doing::StopSignal(signal) => place.built.config.stop_signal = Some(word(place, signal)?),
            Doing::Healthcheck(check) => {
                let mut vertex = self.output.begin(&step.text);
                vertex.note("kept with the image; nothing here runs it");
                vertex.done();
                place.built.config.healthcheck = Some(check.clone()).filter(|check| check != "NONE");
            }
            Doing::Maintainer => {}
        }
        Ok(())
    }

    /// Whether this stage has said `CMD` itself before a step.
    fn has_cmd_after(&self, at: usize, step: &Step) -> bool {
        let steps = &self.plan.stages[at].steps;
        steps
            .iter()
            .take_while(|other| other.line < step.line)
            .any(|other| matches!(other.doing, Doing::Cmd(_)))
    }

    async fn run(
        &mut self,
        place: &Place<B::Stage>,
        step: &Step,
        run: &Run,
        label: &str,
    ) -> Result<(), BuildError> {
        let mut vertex = self.output.begin(&format!("{label} {}", step.text));
        for cache in &run.caches {
            let path = expand(cache, self.plan.escape, place);
            let made = match path {
                Ok(path) => {
                    let made = place.built.stage.make_directory(&place.absolute(&path)).await;
                    made.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = made {
                return finish(vertex, step, Err(reason));
            }
        }
        let user = match user_of(place).await {
            Ok(user) => user,
            Err(reason) => return finish(vertex, step, Err(reason)),
        };
        let program = Program {
            words: program_words(place, &run.command),
            env: place.env(),
            directory: place.directory().to_owned(),
            user,
        };
        match place.built.stage.run(&program, &mut |bytes| vertex.print(bytes)).await {
            Ok(0) => {
                vertex.done();
                Ok(())
            }
            Ok(code) => {
                let command = program.words.join(" ").trim_end().to_owned();
                let reason =
                    format!("process \"{command}\" did not complete successfully: exit code: {code}");
                vertex.failed(&reason);
                Err(BuildError::Failed { line: step.line, command, code })
            }
            Err(error) => {
                vertex.failed(&error.to_string());
                Err(error.into())
            }
        }
    }
}

/// Ends a step in the log.
pub(crate) fn finish(vertex: Vertex, step: &Step, done: Result<(), String>) -> Result<(), BuildError> {
    match done {
        Ok(()) => {
            vertex.done();
            Ok(())
        }
        Err(reason) => {
            vertex.failed(&reason);
            Err(BuildError::Line { line: step.line, reason })
        }
    }
}

/// Whom `USER` says programs run as. Root is whoever a place runs programs as by itself.
async fn user_of<S: Stage>(place: &Place<S>) -> Result<Option<Identity>, String> {
    match place.built.config.user.as_deref() {
        None | Some("root" | "0" | "root:root" | "0:0" | "") => Ok(None),
        Some(user) => {
            let people = People::of(&place.built.stage).await.map_err(|error| error.to_string())?;
            people.find(user).map(Some)
        }
    }
}

/// A command as words of a program.
fn program_words<S: Stage>(place: &Place<S>, command: &Command) -> Vec<String> {
    match command {
        Command::Words(words) => words.clone(),
        Command::Line(line) => {
            let shell = &place.built.config.shell;
            let mut words =
                if shell.is_empty() { SHELL.map(ToOwned::to_owned).into() } else { shell.clone() };
            words.push(line.clone());
            words
        }
    }
}

fn words(
    pairs: &[(String, String)],
    word: impl Fn(&str) -> Result<String, BuildError>,
) -> Result<BTreeMap<String, String>, BuildError> {
    pairs.iter().map(|(name, value)| Ok((word(name)?, word(value)?))).collect()
}
