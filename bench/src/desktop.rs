//! Pictures of a desktop and clicks on it, beside the same asked of a display directly.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::server::Server;

const WIDTH: u16 = 1024;
const HEIGHT: u16 = 768;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("desktop");
    let Some(bare) = Display::start()? else {
        println!("  (Xvfb is not installed)");
        return Ok(());
    };
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let base = format!("/toolbox/{}/computeruse", client.sandbox().await?);
    client.call("POST", &format!("{base}/start"), "").await?;
    let [mut image, mut whole, mut small, mut press, mut click] = std::array::from_fn(|_| Samples::default());
    // In turns, so that a machine whose speed drifts changes all.
    for _ in 0..samples {
        timed(&mut image, || bare.picture())?;
        let started = Instant::now();
        client.call("GET", &format!("{base}/screenshot"), "").await?;
        whole.add(started.elapsed());
        let started = Instant::now();
        client.call("GET", &format!("{base}/screenshot/compressed?format=jpeg&scale=0.5"), "").await?;
        small.add(started.elapsed());
        timed(&mut press, || bare.click())?;
        let started = Instant::now();
        client.call("POST", &format!("{base}/mouse/click"), r#"{"x":5,"y":5}"#).await?;
        click.add(started.elapsed());
    }
    image.print("floor: the display's image, as it is", None);
    whole.print("a picture of the display, as PNG", Some(&image));
    small.print("a picture at half the size, as JPEG", Some(&image));
    press.print("floor: a click, asked of the display", None);
    click.print("a click", Some(&press));
    Ok(())
}

fn timed(samples: &mut Samples, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let started = Instant::now();
    work()?;
    samples.add(started.elapsed());
    Ok(())
}

/// A display without a sandbox around it.
struct Display {
    server: Child,
    x: RustConnection,
}

impl Display {
    /// `None` where no X server for this is installed.
    fn start() -> Result<Option<Self>, Failure> {
        let screen = format!("{WIDTH}x{HEIGHT}x24");
        let mut command = Command::new("Xvfb");
        command
            .args(["-displayfd", "1", "-screen", "0", &screen])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let Ok(mut server) = command.spawn() else { return Ok(None) };
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        let (x, _) = x11rb::connect(Some(&format!(":{}", number.trim())))?;
        Ok(Some(Self { server, x }))
    }

    fn root(&self) -> u32 {
        self.x.setup().roots.first().map_or(0, |screen| screen.root)
    }

    fn picture(&self) -> Result<(), Failure> {
        let asked = self.x.get_image(ImageFormat::Z_PIXMAP, self.root(), 0, 0, WIDTH, HEIGHT, u32::MAX)?;
        asked.reply()?;
        Ok(())
    }

    fn click(&self) -> Result<(), Failure> {
        self.x.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root(), 5, 5, 0)?;
        for event in [BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT] {
            self.x.xtest_fake_input(event, 1, 0, self.root(), 0, 0, 0)?;
        }
        self.x.query_pointer(self.root())?.reply()?;
        Ok(())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
