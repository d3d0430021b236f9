//! A Dockerfile as stages and steps. Reads; knows no variables yet.

use parse_dockerfile::{
    Command as Parsed, Flag, HealthcheckArguments, Instruction, JsonOrStringArray, Source,
};

use crate::BuildError;
use crate::heredoc::{Lifted, delimiters, lift};
use crate::words::split;

/// All that is to be done.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What takes a character's meaning away.
    pub(crate) escape: char,
    /// `ARG` before the first stage.
    pub(crate) args: Vec<Step>,
    pub(crate) stages: Vec<StagePlan>,
}

/// One `FROM` with what follows.
#[derive(Debug)]
pub(crate) struct StagePlan {
    pub(crate) line: usize,
    /// As written.
    pub(crate) text: String,
    /// With variables.
    pub(crate) base: String,
    pub(crate) name: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) line: usize,
    /// As shown in the log.
    pub(crate) text: String,
    pub(crate) doing: Doing,
}

/// What an instruction says, with variables and quotes where they may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Names, with defaults.
    Arg(Vec<(String, Option<String>)>),
    Env(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Run(Run),
    Copy(Transfer),
    Workdir(String),
    User(String),
    Shell(Vec<String>),
    Entrypoint(Command),
    Cmd(Command),
    Expose(Vec<String>),
    Volume(Vec<String>),
    StopSignal(String),
    Healthcheck(String),
    /// Says something nobody reads any more.
    Maintainer,
}

/// Words of a program, or a line for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Words(Vec<String>),
    Line(String),
}

/// A `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) command: Command,
    /// Places that are caches elsewhere; plain directories here.
    pub(crate) caches: Vec<String>,
}

/// A `COPY` or `ADD`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// Whether archives are unpacked.
    pub(crate) adds: bool,
    pub(crate) sources: Vec<Origin>,
    pub(crate) destination: String,
    /// A stage by name or number.
    pub(crate) from: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) mode: Option<String>,
}

/// Where something to copy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Path(String),
    /// In the Dockerfile itself.
    Document {
        name: String,
        text: String,
        expands: bool,
    },
}

/// Reads a Dockerfile.
pub(crate) fn parse(text: &str) -> Result<Plan, BuildError> {
    let lifted = lift(text);
    let parsed = parse_dockerfile::parse(&lifted.text).map_err(|error| match error.line() {
        0 => BuildError::Whole(error.to_string()),
        line => BuildError::Line { line: lifted.line(line), reason: without_place(&error.to_string()) },
    })?;
    let escape = parsed.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
    let mut plan = Plan { escape, args: Vec::new(), stages: Vec::new() };
    for instruction in &parsed.instructions {
        let reader = Reader { lifted: &lifted, escape, instruction };
        reader.read(&mut plan)?;
    }
    Ok(plan)
}

/// The parser says the place in its own way behind.
fn without_place(error: &str) -> String {
    error.rsplit_once(" at line ").map_or(error, |(words, _)| words).to_owned()
}

struct Reader<'a, 'b> {
    lifted: &'a Lifted,
    escape: char,
    instruction: &'a Instruction<'b>,
}

impl Reader<'_, '_> {
    fn read(&self, plan: &mut Plan) -> Result<(), BuildError> {
        if let Instruction::From(from) = self.instruction {
            for option in &from.options {
                match option.name.value.as_ref() {
                    // There is one platform: this machine's.
                    "platform" => {}
                    other => return Err(self.wrong(format!("FROM knows no option --{other}"))),
                }
            }
            let stage = StagePlan {
                line: self.line(),
                text: self.text(),
                base: from.image.value.clone().into_owned(),
                name: from.as_.as_ref().map(|(_, name)| name.value.to_lowercase()),
                steps: Vec::new(),
            };
            plan.stages.push(stage);
            return Ok(());
        }
        let step = Step { line: self.line(), text: self.text(), doing: self.doing()? };
        match plan.stages.last_mut() {
            Some(stage) => stage.steps.push(step),
            None => plan.args.push(step),
        }
        Ok(())
    }

    fn doing(&self) -> Result<Doing, BuildError> {
        Ok(match self.instruction {
            Instruction::Arg(arg) => {
                Doing::Arg(split(&arg.arguments.value, self.escape).iter().map(|word| pair(word)).collect())
            }
            Instruction::Env(env) => Doing::Env(self.pairs("ENV", &env.arguments.value)?),
            Instruction::Label(label) => Doing::Label(self.pairs("LABEL", &label.arguments.value)?),
            Instruction::Run(run) => Doing::Run(self.run(run)?),
            Instruction::Copy(copy) => {
                Doing::Copy(self.transfer(&copy.options, &copy.src, &copy.dest.value, false)?)
            }
            Instruction::Add(add) => {
                Doing::Copy(self.transfer(&add.options, &add.src, &add.dest.value, true)?)
            }
            Instruction::Workdir(workdir) => Doing::Workdir(workdir.arguments.value.clone().into_owned()),
            Instruction::User(user) => Doing::User(user.arguments.value.clone().into_owned()),
            Instruction::Shell(shell) => Doing::Shell(texts(&shell.arguments)),
            Instruction::Entrypoint(entrypoint) => Doing::Entrypoint(self.command(&entrypoint.arguments)),
            Instruction::Cmd(cmd) => Doing::Cmd(self.command(&cmd.arguments)),
            Instruction::Expose(expose) => Doing::Expose(texts(&expose.arguments)),
            Instruction::Volume(volume) => Doing::Volume(match &volume.arguments {
                JsonOrStringArray::Json(json) => texts(&json.value),
                JsonOrStringArray::String(words) => texts(words),
            }),
            Instruction::Stopsignal(signal) => Doing::StopSignal(signal.arguments.value.clone().into_owned()),
            Instruction::Healthcheck(check) => Doing::Healthcheck(match &check.arguments {
                HealthcheckArguments::None { .. } => "NONE".to_owned(),
                _ => self.text()["HEALTHCHECK".len()..].trim().to_owned(),
            }),
            Instruction::Maintainer(_) => Doing::Maintainer,
            Instruction::Onbuild(_) => {
                let words = "ONBUILD is for images others build on, which are not kept here with their triggers; \
                             put the instruction itself in its place";
                return Err(self.wrong(words.to_owned()));
            }
            _ => return Err(self.wrong("this instruction is not known here".to_owned())),
        })
    }

    fn run(&self, run: &parse_dockerfile::RunInstruction<'_>) -> Result<Run, BuildError> {
        let mut caches = Vec::new();
        for option in &run.options {
            let value = option.value.as_ref().map(|value| value.value.as_ref()).unwrap_or_default();
            match option.name.value.as_ref() {
                "mount" => caches.extend(self.mount(value)?),
                "network" if matches!(value, "default" | "host") => {}
                "security" if value == "sandbox" => {}
                "network" | "security" => {
                    let words =
                        format!("RUN --{}={value} cannot be done here; leave it out", option.name.value);
                    return Err(self.wrong(words));
                }
                other => return Err(self.wrong(format!("RUN knows no option --{other}"))),
            }
        }
        let command = match run.here_docs.first() {
            Some(document) => {
                Command::Line(script(&self.command_text(&run.arguments), &document.value, document.expand))
            }
            None => self.command(&run.arguments),
        };
        Ok(Run { command, caches })
    }

    /// A cache's place; all other kinds need a builder that can mount.
    fn mount(&self, text: &str) -> Result<Option<String>, BuildError> {
        let parts = text.split(',').map(|part| part.split_once('=').unwrap_or((part, "")));
        let (mut kind, mut target) = ("bind", None);
        for (name, value) in parts {
            match name {
                "type" => kind = value,
                "target" | "dst" | "destination" => target = Some(value.to_owned()),
                _ => {}
            }
        }
        match (kind, target) {
            ("cache", Some(target)) => Ok(Some(target)),
            ("cache", None) => Err(self.wrong("RUN --mount=type=cache needs a target".to_owned())),
            ("tmpfs", target) => Ok(target),
            (kind, _) => {
                let words = format!(
                    "RUN --mount=type={kind} cannot be done here; COPY what the command needs, and remove it after"
                );
                Err(self.wrong(words))
            }
        }
    }

    fn transfer(
        &self,
        options: &[Flag<'_>],
        sources: &[Source<'_>],
        destination: &str,
        adds: bool,
    ) -> Result<Transfer, BuildError> {
        let mut transfer = Transfer { adds, destination: destination.to_owned(), ..Transfer::default() };
        let name = if adds { "ADD" } else { "COPY" };
        for option in options {
            let value = option.value.as_ref().map(|value| value.value.clone().into_owned());
            match (option.name.value.as_ref(), value) {
                ("from", Some(value)) if !adds => transfer.from = Some(value),
                ("chown", Some(value)) => transfer.owner = Some(value),
                ("chmod", Some(value)) => transfer.mode = Some(value),
                // How it is stored elsewhere; the files are the same.
                ("link", _) => {}
                (other, _) => {
                    return Err(self.wrong(format!("{name} --{other} cannot be done here; leave it out")));
                }
            }
        }
        let mut names = delimiters(self.first_line()).into_iter();
        for source in sources {
            transfer.sources.push(match source {
                Source::Path(path) => Origin::Path(path.value.clone().into_owned()),
                Source::HereDoc(document) => Origin::Document {
                    name: names.next().map(|(name, _)| name).unwrap_or_default(),
                    text: document.value.clone().into_owned(),
                    expands: document.expand,
                },
                _ => return Err(self.wrong(format!("{name} has a source that is not known here"))),
            });
        }
        Ok(transfer)
    }

    fn command(&self, command: &Parsed<'_>) -> Command {
        match command {
            Parsed::Exec(words) => Command::Words(texts(&words.value)),
            _ => Command::Line(self.command_text(command)),
        }
    }

    /// A line for the shell, joined as its author meant it.
    fn command_text(&self, command: &Parsed<'_>) -> String {
        match command {
            Parsed::Shell(line) => join(line.value, self.escape),
            Parsed::Exec(words) => texts(&words.value).join(" "),
            _ => String::new(),
        }
    }

    /// `k=v …`, or one name and everything behind it.
    fn pairs(&self, name: &str, text: &str) -> Result<Vec<(String, String)>, BuildError> {
        let words = split(text, self.escape);
        if words.first().is_some_and(|first| !first.contains('=')) {
            let Some((key, value)) = text.trim_start().split_once(char::is_whitespace) else {
                return Err(self.wrong(format!(
                    "{name} must have two arguments: {name} <name> <value>, or {name} <name>=<value>"
                )));
            };
            return Ok(vec![(key.to_owned(), value.trim_start().to_owned())]);
        }
        let mut pairs = Vec::new();
        for word in &words {
            match word.split_once('=') {
                Some((key, value)) if !key.is_empty() => pairs.push((key.to_owned(), value.to_owned())),
                _ => {
                    return Err(self.wrong(format!(
                        "{name}: `{word}` is no <name>=<value>; put quotes around values with spaces"
                    )));
                }
            }
        }
        Ok(pairs)
    }

    /// Where it begins in the text that was parsed.
    fn start(&self) -> usize {
        match self.instruction {
            Instruction::Add(it) => it.add.span.start,
            Instruction::Arg(it) => it.arg.span.start,
            Instruction::Cmd(it) => it.cmd.span.start,
            Instruction::Copy(it) => it.copy.span.start,
            Instruction::Entrypoint(it) => it.entrypoint.span.start,
            Instruction::Env(it) => it.env.span.start,
            Instruction::Expose(it) => it.expose.span.start,
            Instruction::From(it) => it.from.span.start,
            Instruction::Healthcheck(it) => it.healthcheck.span.start,
            Instruction::Label(it) => it.label.span.start,
            Instruction::Maintainer(it) => it.maintainer.span.start,
            Instruction::Onbuild(it) => it.onbuild.span.start,
            Instruction::Run(it) => it.run.span.start,
            Instruction::Shell(it) => it.shell.span.start,
            Instruction::Stopsignal(it) => it.stopsignal.span.start,
            Instruction::User(it) => it.user.span.start,
            Instruction::Volume(it) => it.volume.span.start,
            Instruction::Workdir(it) => it.workdir.span.start,
            _ => 0,
        }
    }

    fn line(&self) -> usize {
        let before = &self.lifted.text[..self.start()];
        self.lifted.line(before.matches('\n').count() + 1)
    }

    fn first_line(&self) -> &str {
        self.lifted.text[self.start()..].lines().next().unwrap_or_default()
    }

    /// The instruction on one line, as a log shows it.
    fn text(&self) -> String {
        let rest = &self.lifted.text[self.start()..];
        let mut lines = rest.lines();
        let mut whole = String::new();
        for line in &mut lines {
            whole.push_str(line);
            whole.push('\n');
            let trimmed = line.trim_end();
            if !trimmed.ends_with(self.escape) && !line.trim_start().starts_with('#') && !trimmed.is_empty() {
                break;
            }
        }
        let joined = join(whole.trim_end(), self.escape);
        // What was put around a document is no part of it.
        match joined.split_once(" <<'PITLANE_END_OF_RUN'") {
            Some((start, _)) => format!("{start} {}", lines.next().unwrap_or_default()),
            None => joined.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    fn wrong(&self, reason: String) -> BuildError {
        BuildError::Line { line: self.line(), reason }
    }
}

fn texts(words: &[parse_dockerfile::UnescapedString<'_>]) -> Vec<String> {
    words.iter().map(|word| word.value.clone().into_owned()).collect()
}

fn pair(word: &str) -> (String, Option<String>) {
    match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.to_owned(), None),
    }
}

/// Lines that were continued as one; comments and empty lines between them are none.
fn join(text: &str, escape: char) -> String {
    let mut joined = String::new();
    let mut continues = false;
    for line in text.lines() {
        if continues && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        let trimmed = line.trim_end_matches([' ', '\t', '\r']);
        match trimmed.strip_suffix(escape) {
            Some(part) => {
                joined.push_str(part);
                continues = true;
            }
            None => {
                joined.push_str(trimmed);
                break;
            }
        }
    }
    joined
}

/// What runs a document: the shell, a program it names in its first line, or the command it was given to.
fn script(command: &str, document: &str, expands: bool) -> String {
    let (open, end) = (if expands { "" } else { "'" }, "PITLANE_END_OF_DOCUMENT");
    let body = document.strip_suffix('\n').unwrap_or(document);
    if !command.trim().is_empty() {
        return format!("{} <<{open}{end}{open}\n{body}\n{end}\n", command.trim());
    }
    if document.starts_with("#!") {
        return format!(
            "f=$(mktemp) && cat > \"$f\" <<'{end}' && chmod 700 \"$f\" && \"$f\"\n{body}\n{end}\nc=$?; rm -f \"$f\"; exit $c\n"
        );
    }
    document.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Doing> {
        let mut plan = parse(&format!("FROM base\n{text}")).unwrap();
        plan.stages.remove(0).steps.into_iter().map(|step| step.doing).collect()
    }

    fn fails(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn stages_and_steps_know_their_lines() {
        let plan = parse("# comment\nARG V=1\n\nFROM --platform=linux/amd64 base:$V AS First\nRUN a \\\n  # why\n  b\nFROM first\nUSER x\n").unwrap();
        assert_eq!(plan.args.len(), 1);
        let [first, second] = plan.stages.as_slice() else { panic!("two stages") };
        assert_eq!((first.line, first.base.as_str(), first.name.as_deref()), (4, "base:$V", Some("first")));
        assert_eq!((first.steps[0].line, first.steps[0].text.as_str()), (5, "RUN a b"));
        assert_eq!(
            first.steps[0].doing,
            Doing::Run(Run { command: Command::Line("a   b".into()), caches: vec![] })
        );
        assert_eq!((second.line, second.steps[0].line), (8, 9));
    }

    #[test]
    fn both_forms_of_pairs_are_read() {
        assert_eq!(
            steps("ENV a=1 b='x y' c=\\\n2\nENV name some value here\nLABEL k=v"),
            [
                Doing::Env(vec![
                    ("a".into(), "1".into()),
                    ("b".into(), "'x y'".into()),
                    ("c".into(), "2".into())
                ]),
                Doing::Env(vec![("name".into(), "some value here".into())]),
                Doing::Label(vec![("k".into(), "v".into())]),
            ]
        );
        assert_eq!(
            fails("FROM a\nENV x\n"),
            "Dockerfile:2: ENV must have two arguments: ENV <name> <value>, or ENV <name>=<value>"
        );
        assert!(fails("FROM a\nENV x=1 y\n").contains("`y` is no <name>=<value>"));
    }

    #[test]
    fn commands_come_in_words_or_as_a_line() {
        assert_eq!(
            steps(
                "RUN [\"a\", \"b c\"]\nRUN [ -e /x ] && y\nCMD [\"x\"]\nENTRYPOINT run it\nRUN \"bash\" \"-c\" \"echo\""
            ),
            [
                Doing::Run(Run { command: Command::Words(words(&["a", "b c"])), caches: vec![] }),
                Doing::Run(Run { command: Command::Line("[ -e /x ] && y".into()), caches: vec![] }),
                Doing::Cmd(Command::Words(words(&["x"]))),
                Doing::Entrypoint(Command::Line("run it".into())),
                Doing::Run(Run { command: Command::Line("\"bash\" \"-c\" \"echo\"".into()), caches: vec![] }),
            ]
        );
    }

    #[test]
    fn documents_are_scripts_inputs_or_files() {
        let run = |text: &str| match steps(text).remove(0) {
            Doing::Run(Run { command: Command::Line(line), .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(run("RUN <<EOF\necho a\necho b\nEOF"), "echo a\necho b\n");
        assert!(
            run("RUN <<EOF python3\nprint(1)\nEOF")
                .starts_with("python3 <<PITLANE_END_OF_DOCUMENT\nprint(1)\n")
        );
        assert!(
            run("RUN <<'EOF'\n#!/usr/bin/env python3\nprint(1)\nEOF")
                .contains("#!/usr/bin/env python3\nprint(1)\n")
        );
        assert_eq!(run("RUN cat <<EOF > /f\nx $y\nEOF\nUSER z"), "cat <<EOF > /f\nx $y\nEOF\n");
        let Doing::Copy(copy) = steps("COPY <<'one' <<two /d/\n$a\none\n$b\ntwo").remove(0) else { panic!() };
        assert_eq!(
            copy.sources,
            [
                Origin::Document { name: "one".into(), text: "$a\n".into(), expands: false },
                Origin::Document { name: "two".into(), text: "$b\n".into(), expands: true },
            ]
        );
    }

    #[test]
    fn what_is_copied_is_read_in_both_forms_with_its_options() {
        assert_eq!(
            steps(
                "COPY --from=first --chown=a:b --chmod=755 x y z/\nADD [\"a b\", \"/c\"]\nCOPY --link x /y"
            ),
            [
                Doing::Copy(Transfer {
                    adds: false,
                    sources: vec![Origin::Path("x".into()), Origin::Path("y".into())],
                    destination: "z/".into(),
                    from: Some("first".into()),
                    owner: Some("a:b".into()),
                    mode: Some("755".into()),
                }),
                Doing::Copy(Transfer {
                    adds: true,
                    sources: vec![Origin::Path("a b".into())],
                    destination: "/c".into(),
                    ..Transfer::default()
                }),
                Doing::Copy(Transfer {
                    sources: vec![Origin::Path("x".into())],
                    destination: "/y".into(),
                    ..Transfer::default()
                }),
            ]
        );
    }

    #[test]
    fn mounts_are_caches_or_refused() {
        let [Doing::Run(run)] = &steps("RUN --mount=type=cache,target=/root/.cache,id=x a")[..] else {
            panic!()
        };
        assert_eq!(run.caches, ["/root/.cache"]);
        let refused = fails("FROM a\n\nRUN --mount=type=secret,id=x a\n");
        assert!(
            refused.starts_with("Dockerfile:3: RUN --mount=type=secret cannot be done here"),
            "{refused}"
        );
    }

    #[test]
    fn what_cannot_be_built_is_said_with_its_line() {
        for (text, words) in [
            ("", "Dockerfile: expected at least one FROM instruction"),
            ("FROM a\nFOO x\n", "Dockerfile:2: unknown instruction"),
            ("RUN x\n", "Dockerfile:1: expected FROM"),
            ("FROM a\nRUN cat <<EOF\nx\nEOF\nBAD\n", "Dockerfile:5: unknown instruction"),
            ("FROM a\nONBUILD RUN x\n", "Dockerfile:2: ONBUILD is for images"),
            ("FROM a\nCOPY --parents a /b\n", "Dockerfile:2: COPY --parents cannot be done here"),
            ("FROM a\nCOPY a\n", "Dockerfile:2: "),
        ] {
            let error = fails(text);
            assert!(error.starts_with(words), "{text:?}: {error}");
        }
    }
}
