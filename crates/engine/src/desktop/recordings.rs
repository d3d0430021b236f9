//! Films of the display, taken by ffmpeg (toolbox-files-git-desktop.md §6.7).
//!
//! A film that is being taken is known here; one that is finished is known by its file alone, as long as that is there.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::Engine;
use crate::spawn::{Child, Leash, Program, SpawnError, Streams, find_executable};

/// How long the recorder may take to finish its file.
const FINISH: Duration = Duration::from_secs(10);
/// How long it may take to its first picture.
const BEGIN: Duration = Duration::from_secs(20);
/// Longest label, in characters.
const LABEL: usize = 100;
const ENDING: &str = ".mp4";

/// A film, taken or being taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its id.
    pub id: String,
    /// Name of its file.
    pub file_name: String,
    /// Its file.
    pub path: PathBuf,
    /// When it began; of a finished one, when its file was last written.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// Its length in seconds, while that is known.
    pub seconds: Option<f64>,
    /// Length of its file, once it is finished.
    pub size: Option<u64>,
}

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The recorder is not installed.
    #[error("FFmpeg must be installed and available in PATH to use screen recording")]
    NoRecorder,
    /// The label breaks a rule.
    #[error(
        "invalid label: must be 1-100 characters, cannot start with dot, cannot contain path separators (/ or \\), and can only contain letters, numbers, spaces, dots, underscores, and hyphens"
    )]
    Label,
    /// No film has this id, or none that is being taken.
    #[error("recording not found")]
    Unknown,
    /// It is known, but its file is gone.
    #[error("recording file not found")]
    NoFile,
    /// It is still being taken.
    #[error("cannot delete an active recording, stop it first")]
    Active,
    /// The recorder did not begin, or its directory cannot be used.
    #[error("{0}")]
    Failed(String),
}

/// The films that are being taken.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<BTreeMap<String, Running>>);

/// A film that is being taken. Dropping it ends the recorder.
#[derive(Debug)]
struct Running {
    recording: Recording,
    input: io::PipeWriter,
    leash: Leash,
    ended: watch::Receiver<bool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.leash.kill_group();
    }
}

impl Recorder {
    /// Those that are still being taken; what ended by itself is let go.
    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, one| !*one.ended.borrow());
        running
    }
}

impl Engine {
    /// Begins a film under a new id; returns once the first picture is taken.
    ///
    /// # Errors
    ///
    /// When there is no recorder, the label breaks a rule, or the recorder does not begin.
    pub async fn start_recording(
        &self,
        id: String,
        label: Option<&str>,
        now: Timestamp,
    ) -> Result<Recording, RecordingError> {
        let path = self.variable("PATH").unwrap_or_default();
        let program = find_executable("ffmpeg", &path).ok_or(RecordingError::NoRecorder)?;
        if label.is_some_and(|label| !is_label(label)) {
            return Err(RecordingError::Label);
        }
        let failed = |error: String| RecordingError::Failed(format!("failed to start recording: {error}"));
        let directory = self.recordings_directory();
        std::fs::create_dir_all(&directory).map_err(|error| failed(error.to_string()))?;
        let file_name =
            format!("{id}_{}_{}{ENDING}", label.unwrap_or("session"), now.strftime("%Y%m%d_%H%M%S"));
        let path = directory.join(&file_name);
        let recording =
            Recording { id: id.clone(), file_name, path, start: now, end: None, seconds: None, size: None };
        let display = self.display().unwrap_or_default();
        let begun = self.begin(&program, display, &recording);
        let (input, child, output) = begun.map_err(|error| failed(error.to_string()))?;
        let (over, ended) = watch::channel(false);
        let (begin, begun) = watch::channel(false);
        let leash = child.leash();
        tokio::spawn(attend(child, output, begin, over));
        let running = Running { recording: recording.clone(), input, leash, ended };
        await_picture(running.ended.clone(), begun).await.map_err(failed)?;
        self.desktop.recorder.running().insert(id, running);
        Ok(recording)
    }

    fn begin(
        &self,
        program: &Path,
        display: u32,
        recording: &Recording,
    ) -> Result<(io::PipeWriter, Child, pipe::Receiver), SpawnError> {
        let directory = self.config.home.clone();
        let file = recording.path.to_string_lossy().into_owned();
        let display = format!(":{display}");
        let arguments = [
            "-hide_banner",
            "-loglevel",
            "error",
            "-nostats",
            // Tells of every picture: so it is known when it has begun.
            "-progress",
            "pipe:1",
            "-stats_period",
            "0.1",
            "-f",
            "x11grab",
            "-framerate",
            "30",
            "-i",
            &display,
            // The colours are kept for every second pixel, so that sides have to be even.
            "-vf",
            "crop=trunc(iw/2)*2:trunc(ih/2)*2",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-y",
            &file,
        ];
        let program = Program {
            name: program.to_string_lossy().into_owned(),
            arguments: arguments.map(str::to_owned).into(),
            environment: self.environment(&directory, &[]),
            directory,
        };
        let logs = self.config.home.join(".daytona").join("computeruse");
        std::fs::create_dir_all(&logs)?;
        let errors = OpenOptions::new().create(true).append(true).open(logs.join("ffmpeg.err"))?;
        let (read, input) = io::pipe()?;
        let (output, written) = io::pipe()?;
        let output = pipe::Receiver::from_owned_fd(output.into())?;
        let streams = Streams { input: Stdio::from(read), output: written.into(), errors: errors.into() };
        let child = self.children.spawn(&program, streams)?;
        Ok((input, child, output))
    }

    /// Ends a film; returns when its file is finished.
    ///
    /// # Errors
    ///
    /// When no film that is being taken has this id.
    pub async fn stop_recording(&self, id: &str, now: Timestamp) -> Result<Recording, RecordingError> {
        let running = self.desktop.recorder.running().remove(id);
        let mut running = running.ok_or(RecordingError::Unknown)?;
        // A recorder that is gone already needs no word.
        let _ = running.input.write_all(b"q");
        let mut ended = running.ended.clone();
        if timeout(FINISH, ended.wait_for(|ended| *ended)).await.is_err() {
            running.leash.kill_group();
        }
        let mut recording = running.recording.clone();
        recording.end = Some(now);
        recording.seconds = Some((now.as_nanosecond() - recording.start.as_nanosecond()) as f64 / 1e9);
        recording.size = recording.path.metadata().ok().map(|metadata| metadata.len());
        Ok(recording)
    }

    /// All films: those being taken first, then the finished ones by name. Blocks.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read.
    pub fn recordings(&self) -> Result<Vec<Recording>, RecordingError> {
        let running: Vec<Recording> =
            self.desktop.recorder.running().values().map(|one| one.recording.clone()).collect();
        let mut finished = self.finished()?;
        finished.retain(|film| running.iter().all(|one| one.path != film.path));
        Ok(running.into_iter().chain(finished).collect())
    }

    /// One film. Blocks.
    ///
    /// # Errors
    ///
    /// When none has this id.
    pub fn recording(&self, id: &str) -> Result<Recording, RecordingError> {
        self.recordings()?.into_iter().find(|film| film.id == id).ok_or(RecordingError::Unknown)
    }

    /// Removes the file of a film. Blocks.
    ///
    /// # Errors
    ///
    /// When none has this id, and while it is being taken.
    pub fn delete_recording(&self, id: &str) -> Result<(), RecordingError> {
        if self.desktop.recorder.running().contains_key(id) {
            return Err(RecordingError::Active);
        }
        let film = self.recording(id)?;
        std::fs::remove_file(&film.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => RecordingError::Unknown,
            _ => RecordingError::Failed(format!("failed to delete recording: {error}")),
        })
    }

    fn recordings_directory(&self) -> PathBuf {
        let named = self.variable("DAYTONA_RECORDINGS_DIR").filter(|name| name.starts_with('/'));
        named.map_or_else(|| self.config.home.join(".daytona").join("recordings"), PathBuf::from)
    }

    fn finished(&self) -> Result<Vec<Recording>, RecordingError> {
        let directory = self.recordings_directory();
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(RecordingError::Failed(format!("failed to list recordings: {error}"))),
        };
        let mut films: Vec<Recording> = entries.filter_map(|entry| film(&entry.ok()?.path())).collect();
        films.sort_by(|one, other| one.file_name.cmp(&other.file_name));
        Ok(films)
    }
}

/// What a file tells of the film in it.
fn film(path: &Path) -> Option<Recording> {
    let file_name = path.file_name()?.to_str()?.to_owned();
    let name = file_name.strip_suffix(ENDING)?;
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let written = Timestamp::try_from(metadata.modified().ok()?).ok()?;
    let named = name.split('_').next().and_then(|first| Uuid::try_parse(first).ok());
    let id = named.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, path.to_string_lossy().as_bytes()));
    Some(Recording {
        id: id.to_string(),
        file_name,
        path: path.to_owned(),
        start: written,
        end: Some(written),
        seconds: None,
        size: Some(metadata.len()),
    })
}

fn is_label(label: &str) -> bool {
    let fits = (1..=LABEL).contains(&label.chars().count()) && !label.starts_with('.');
    fits && label.chars().all(|letter| letter.is_ascii_alphanumeric() || " ._-".contains(letter))
}

/// Waits until the recorder says that it has a picture.
async fn await_picture(
    mut ended: watch::Receiver<bool>,
    mut begun: watch::Receiver<bool>,
) -> Result<(), String> {
    tokio::select! {
        biased;
        _ = ended.wait_for(|ended| *ended) => Err("the recorder ended at once; see ffmpeg.err among the desktop's logs".to_owned()),
        begun = timeout(BEGIN, begun.wait_for(|begun| *begun)) => match begun {
            Ok(Ok(_)) => Ok(()),
            _ => Err("the recorder took no picture in time".to_owned()),
        },
    }
}

/// Listens to the recorder for as long as it runs.
async fn attend(
    mut child: Child,
    output: pipe::Receiver,
    begun: watch::Sender<bool>,
    over: watch::Sender<bool>,
) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let pictures = line.strip_prefix("frame=").and_then(|number| number.trim().parse::<u64>().ok());
        if pictures.is_some_and(|pictures| pictures > 0) {
            begun.send_if_modified(|begun| !std::mem::replace(begun, true));
        }
    }
    child.wait().await;
    over.send_replace(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_plain_names() {
        for good in ["a", "take one", "v1.2-final_cut", &"x".repeat(100)] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", ".a", "a/b", "a\\b", "ž", &"x".repeat(101), "a\nb"] {
            assert!(!is_label(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_file_tells_its_id_or_gets_one_that_stays() {
        let directory = tempfile::tempdir().unwrap();
        let id = "0b3f6f2e-7a4d-4b42-9d1c-3a0c6a5f5d10";
        let named = directory.path().join(format!("{id}_take_one_20260102_030405.mp4"));
        let other = directory.path().join("holiday.mp4");
        for path in [&named, &other] {
            std::fs::write(path, "film").unwrap();
        }
        let film_of = |path: &Path| film(path).unwrap();
        assert_eq!(film_of(&named).id, id);
        assert_eq!(film_of(&named).size, Some(4));
        assert_eq!(film_of(&other).id, film_of(&other).id);
        assert_eq!(Uuid::try_parse(&film_of(&other).id).unwrap().get_version_num(), 5);
        assert_eq!(film(&directory.path().join("notes.txt")), None);
    }
}
