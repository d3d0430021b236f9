//! Plays cases against sandboxes of a running server.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::cases::{Answered, Case};
use crate::socket;
use crate::step::{HttpStep, PollStep, RawStep, ShellStep, SocketStep, Step, decoded};
use crate::support::TestServer;
use crate::tidy::{self, Variables, dig};
use crate::transport::{Answer, NoAnswer, Target};

/// Answer headers that are kept.
const HEADERS: [&str; 15] = [
    "content-type",
    "content-disposition",
    "content-description",
    "content-transfer-encoding",
    "expires",
    "cache-control",
    "pragma",
    "accept-ranges",
    "content-range",
    "location",
    "last-modified",
    "etag",
    "allow",
    "www-authenticate",
    "x-content-type-options",
];
/// Programs whose presence decides which cases can be played.
const PROGRAMS: [&str; 8] =
    ["bash", "python3", "node", "git", "ts-node", "pylsp", "typescript-language-server", "ffmpeg"];
/// Longest a helping command may take.
const SHELL_PATIENCE: Duration = Duration::from_secs(60);
/// Longest a whole case may take.
const CASE_PATIENCE: Duration = Duration::from_secs(60);
/// Pause between rounds of a poll: the API has nothing to wait on.
const POLL_PAUSE: Duration = Duration::from_millis(50);

/// What a step leaves; an error ends the case.
type Left = Result<Value, String>;

/// Knows the machine and the sandboxes, and plays.
pub(crate) struct Player {
    capabilities: BTreeSet<String>,
    sandboxes: Vec<Place>,
}

/// A sandbox cases are played in.
struct Place {
    target: Target,
    /// Directory below which every case gets its own.
    work: String,
    /// Placeholders that are the same for all cases in it.
    variables: BTreeMap<String, String>,
}

impl Player {
    /// Makes the sandboxes and finds out what the machine offers.
    pub(crate) async fn prepare(server: &TestServer, sandboxes: usize) -> Self {
        let places = join_all((0..sandboxes).map(|_| Place::prepare(server))).await;
        let capabilities = capabilities(&places[0]).await.unwrap();
        Self { capabilities, sandboxes: places }
    }

    /// Plays one case; whatever happens is part of what it returns.
    pub(crate) async fn play(&self, case: &Case, number: usize) -> Answered {
        let mut answered = Answered {
            id: case.id.clone(),
            group: case.group.clone(),
            unstable: case.unstable.clone(),
            ..Answered::default()
        };
        let lacking: Vec<&str> =
            case.needs.iter().map(String::as_str).filter(|need| !self.capabilities.contains(*need)).collect();
        if !lacking.is_empty() {
            answered.skipped = Some(format!("needs {}", lacking.join(", ")));
            return answered;
        }
        let place = &self.sandboxes[number % self.sandboxes.len()];
        if case.needs_a_desktop() {
            // The recorded daemon had a display from the start on.
            place.start_desktop().await;
        }
        let scene = Scene::set(place, case, number);
        match tokio::time::timeout(CASE_PATIENCE, scene.play(case)).await {
            Ok(Ok(Ok(steps))) => answered.steps = Some(steps),
            Ok(Ok(Err(output))) => answered.setup_failed = Some(output),
            Ok(Err(why)) => answered.crashed = Some(scene.variables.clean_text(&why)),
            Err(_) => answered.crashed = Some(format!("did not end within {CASE_PATIENCE:?}")),
        }
        scene.clear(case).await;
        answered
    }
}

impl Place {
    async fn prepare(server: &TestServer) -> Self {
        let id = server.sandbox().await;
        let target = Target { authority: server.authority().to_owned(), prefix: format!("/toolbox/{id}") };
        let mut place = Self { target, work: String::new(), variables: BTreeMap::new() };
        let facts = place.shell(r#"printf '%s\n' "$(id -u)" "$(id -g)" "$TMPDIR""#, None).await.unwrap().1;
        let [uid, gid, temp] = facts.lines().collect::<Vec<_>>()[..] else { panic!("{facts}") };
        place.work = format!("{temp}/cases");
        let own = [("UID", uid), ("GID", gid), ("NUL", "\0")];
        place.variables = own.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (name, path) in [("HOME", "/user-home-dir"), ("WORKDIR", "/work-dir")] {
            let answer = place.get(path).await.unwrap();
            let directory: Value = serde_json::from_slice(&answer.body).unwrap();
            place.variables.insert(name.to_owned(), directory["dir"].as_str().unwrap().to_owned());
        }
        place
    }

    async fn get(&self, path: &str) -> Result<Answer, NoAnswer> {
        self.target.send(self.target.request("GET", path, &[], Vec::new())?, SHELL_PATIENCE).await
    }

    /// Leaves one that runs as it is.
    async fn start_desktop(&self) {
        if let Ok(request) = self.target.request("POST", "/computeruse/start", &[], Vec::new()) {
            // Where it does not start, the cases say so.
            let _ = self.target.send(request, SHELL_PATIENCE).await;
        }
    }

    async fn delete(&self, path: &str) {
        if let Ok(request) = self.target.request("DELETE", path, &[], Vec::new()) {
            // The answer says nothing: what is not there any more need not be deleted.
            let _ = self.target.send(request, SHELL_PATIENCE).await;
        }
    }

    async fn execute(&self, command: &str, directory: Option<&str>) -> Result<Answer, NoAnswer> {
        let mut body = json!({ "command": command });
        if let Some(directory) = directory {
            body["cwd"] = json!(directory);
        }
        let headers = [(String::from("content-type"), Some(String::from("application/json")))];
        let request = self.target.request("POST", "/process/execute", &headers, body.to_string().into())?;
        self.target.send(request, SHELL_PATIENCE).await
    }

    /// Runs a command; its exit code and output.
    async fn shell(&self, command: &str, directory: Option<&str>) -> Result<(i64, String), String> {
        let answer = self.execute(command, directory).await.map_err(|error| error.to_string())?;
        let got: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let output = got["result"].as_str().unwrap_or_default().to_owned();
        let code =
            got["exitCode"].as_i64().ok_or_else(|| format!("{} from a command: {got}", answer.status))?;
        Ok((code, output))
    }
}

async fn capabilities(place: &Place) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for program in PROGRAMS {
        if place.shell(&format!("command -v {program} >/dev/null 2>&1"), None).await?.0 == 0 {
            found.extend([program.to_owned(), format!("cmd:{program}")]);
        } else {
            found.insert(format!("nocmd:{program}"));
        }
    }
    if place.variables["UID"] != "0" {
        found.insert(String::from("nonroot"));
    }
    let serves = async |path| place.get(path).await.is_ok_and(|answer| answer.status == 200);
    if serves("/process/session/entrypoint").await {
        found.insert(String::from("entrypoint"));
    }
    found.insert(String::from(if serves("/computeruse/status").await { "plugin" } else { "noplugin" }));
    Ok(found)
}

/// A case being played: its sandbox, its directory and its variables.
struct Scene<'a> {
    place: &'a Place,
    variables: Variables,
    work: String,
    id: String,
}

impl<'a> Scene<'a> {
    fn set(place: &'a Place, case: &Case, number: usize) -> Self {
        let word: String = case
            .id
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .take(40)
            .collect();
        let id = format!("case-{number:03}-{word}");
        let work = format!("{}/{number:03}", place.work);
        let mut values = place.variables.clone();
        values.insert(String::from("ID"), id.clone());
        values.insert(String::from("WORK"), work.clone());
        Self { place, variables: Variables::new(values), work, id }
    }

    /// The answers to all steps, or the output of a setup that failed.
    async fn play(&self, case: &Case) -> Result<Result<Vec<Value>, String>, String> {
        self.place.shell(&format!("mkdir -p '{}'", self.work), None).await?;
        if let Some(setup) = &case.setup {
            let setup = self.variables.fill(&json!(setup));
            let (code, output) =
                self.place.shell(&unhurried(setup.as_str().unwrap_or_default()), Some(&self.work)).await?;
            if code != 0 {
                return Ok(Err(self.variables.clean_text(&output)));
            }
        }
        let mut left = Vec::new();
        for step in &case.steps {
            left.push(self.step(step).await?);
        }
        Ok(Ok(left))
    }

    /// Boxed: steps hold steps.
    fn step<'b>(&'b self, step: &'b Value) -> Pin<Box<dyn Future<Output = Left> + Send + 'b>> {
        Box::pin(async move {
            match Step::read(&self.filled(step))? {
                Step::Http(step) => self.http(&step).await,
                Step::Shell(step) => self.shell(&step).await,
                Step::Socket(step) => self.socket(&step).await,
                Step::Raw(step) => self.raw(&step).await,
                Step::Poll(step) => self.poll(&step).await,
                Step::Sleep(step) => {
                    tokio::time::sleep(seconds(step.s)).await;
                    Ok(json!({ "slept": true }))
                }
                Step::Parallel(step) => {
                    let left = join_all(step.steps.iter().map(|step| self.step(step))).await;
                    Ok(json!({ "parallel": left.into_iter().collect::<Result<Vec<_>, _>>()? }))
                }
                Step::Sequence(step) => {
                    let mut left = Vec::new();
                    for step in &step.steps {
                        left.push(self.step(step).await?);
                    }
                    Ok(json!({ "seq": left }))
                }
            }
        })
    }

    /// The step with its placeholders filled in, but for steps in it: those are filled when their turn comes.
    fn filled(&self, step: &Value) -> Value {
        let holds_steps = ["poll", "parallel", "seq"].map(Value::from).contains(&step["do"]);
        if holds_steps { step.clone() } else { self.variables.fill(step) }
    }

    async fn send(&self, step: &HttpStep) -> Result<Result<Answer, NoAnswer>, String> {
        let (media_type, body) = if let Some(value) = &step.json {
            (Some(String::from("application/json")), Some(value.to_string().into_bytes()))
        } else if let Some(multipart) = &step.multipart {
            (Some(multipart.media_type()), Some(multipart.bytes()?))
        } else if let Some(encoded) = &step.body_b64 {
            (None, Some(decoded(encoded)?))
        } else {
            (None, step.body.clone().map(String::into_bytes))
        };
        let mut headers = Vec::from_iter(media_type.map(|media| (String::from("content-type"), Some(media))));
        if body.is_none() && ["POST", "PUT", "PATCH"].contains(&step.method.as_str()) {
            headers.push((String::from("content-length"), Some(String::from("0"))));
        }
        headers.extend(step.headers.clone());
        let target = format!("{}{}", step.path, step.query.encoded());
        let request = self.place.target.request(&step.method, &target, &headers, body.unwrap_or_default());
        let request = request.map_err(|error| error.to_string())?;
        Ok(self.place.target.send(request, seconds(step.timeout)).await)
    }

    async fn http(&self, step: &HttpStep) -> Left {
        let began = Instant::now();
        let answer = match self.send(step).await? {
            Ok(answer) => answer,
            Err(NoAnswer::Late) => return Ok(json!({ "timeout": true })),
            Err(NoAnswer::Broken(why)) => return Ok(json!({ "failed": why })),
        };
        let took = began.elapsed();
        let headers: Map<String, Value> = HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), answer.headers.get(*name)?.to_str().ok()?.into())))
            .collect();
        let media_type = headers.get("content-type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut left = json!({ "status": answer.status, "headers": headers });
        if let Some(body) = tidy::body(step, &media_type, &answer.body, &self.variables) {
            left["body"] = body;
        }
        if let Some(within) = step.within {
            left[format!("within_{within}s")] = json!(took <= seconds(within));
        }
        Ok(self.variables.clean(&left))
    }

    async fn shell(&self, step: &ShellStep) -> Left {
        let answer =
            self.place.execute(&step.cmd, Some(&self.work)).await.map_err(|error| error.to_string())?;
        let Ok(got) = serde_json::from_slice::<Value>(&answer.body) else {
            return Ok(json!({ "sh": { "status": answer.status } }));
        };
        for name in &step.save {
            self.variables.set(name, got["result"].as_str().unwrap_or_default().trim().to_owned());
        }
        Ok(self.variables.clean(&json!({ "sh": { "exit": got["exitCode"], "out": got["result"] } })))
    }

    async fn socket(&self, step: &SocketStep) -> Left {
        let (mut socket, chosen) = match socket::connect(&self.place.target, step, &self.variables).await {
            Ok(connected) => connected,
            Err(refused) => return Ok(refused),
        };
        for operation in &step.script {
            if socket.act(operation, &self.variables).await? {
                continue;
            }
            let [Value::String(name), step] = &operation[..] else { return Err(format!("{operation:?}")) };
            if name != "http" {
                return Err(format!("unknown operation {name}"));
            }
            let left = self.step(step).await?;
            socket.mark(json!(["http", left]));
        }
        Ok(socket.finish(step, chosen, &self.variables))
    }

    async fn raw(&self, step: &RawStep) -> Left {
        let bytes = match (&step.b64, &step.text) {
            (Some(encoded), _) => decoded(encoded)?,
            (None, text) => self.place.target.aimed(text.as_deref().unwrap_or_default()).into_bytes(),
        };
        match self.place.target.first_line(&bytes, seconds(step.timeout)).await {
            Ok(line) => Ok(json!({ "line": line })),
            Err(NoAnswer::Late) => Ok(json!({ "timeout": true })),
            Err(NoAnswer::Broken(why)) => Err(why),
        }
    }

    /// Repeats a request until its answer has what is waited for, then once more for the record.
    async fn poll(&self, poll: &PollStep) -> Left {
        let (path, wanted) = &poll.until;
        let deadline = Instant::now() + seconds(poll.timeout);
        loop {
            let Step::Http(step) = Step::read(&self.variables.fill(&poll.step))? else {
                return Err(String::from("only requests can be polled"));
            };
            let answer = self.send(&step).await?.map_err(|error| error.to_string())?;
            let found = serde_json::from_slice(&answer.body).ok().and_then(|body: Value| dig(&body, path));
            let came = found.as_ref().is_some_and(|found| wanted == "*" || found == wanted);
            if came || Instant::now() > deadline {
                return self.http(&step).await;
            }
            tokio::time::sleep(POLL_PAUSE).await;
        }
    }

    /// Removes what the case may have left behind. Nothing of it is part of the answers.
    async fn clear(&self, case: &Case) {
        let text = Value::from(case.steps.clone()).to_string();
        if text.contains("/process/session") {
            self.clear_list("/process/session", "$", "sessionId").await;
        }
        if text.contains("/process/pty") {
            self.clear_list("/process/pty", "$.sessions", "id").await;
        }
        if text.contains("/process/interpreter/context") {
            let contexts = self.variables.all().into_iter().filter(|(name, _)| name.starts_with("ctx"));
            for (_, context) in contexts {
                self.place.delete(&format!("/process/interpreter/context/{context}")).await;
            }
        }
        let work = &self.work;
        let _ =
            self.place.shell(&format!("chmod -R u+rwx '{work}' 2>/dev/null; rm -rf '{work}'"), None).await;
    }

    /// Deletes the elements of a list that are this case's.
    async fn clear_list(&self, path: &str, list: &str, key: &str) {
        let Ok(answer) = self.place.get(path).await else { return };
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return };
        let Some(Value::Array(elements)) = dig(&body, list) else { return };
        let ids = elements.iter().filter_map(|element| element.get(key)?.as_str());
        for id in ids.filter(|id| id.starts_with(&self.id)) {
            self.place.delete(&format!("{path}/{}", tidy::segment(id))).await;
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Programs that a setup starts get longer to listen than when it was recorded: nothing else ran there at that time.
fn unhurried(setup: &str) -> String {
    setup.replace("; sleep 0.7", "; sleep 3")
}
