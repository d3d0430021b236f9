//! The addresses previews are given out under.

use dialect::ClientGeneration;
use jiff::Timestamp;

use super::{Place, Previews, TOOLBOX_PORT, listener, place};
use crate::errors::ApiError;
use crate::record::SandboxRecord;
use crate::urls::BaseUrl;

/// How previews are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PreviewForm {
    /// By a loopback listener of their own each, `http://127.0.0.1:<port>`, opened when its address is asked for. A client
    /// that reached the server by another name than a loopback one is given a path instead.
    #[default]
    Listener,
    /// By a host name on the server's own port, `<port>-<id>.<domain>`; the domain may carry a port.
    Host(String),
    /// By a path of the server, `/toolbox/<id>/proxy/<port>`.
    Path,
}

impl Previews {
    /// The address of a port of a sandbox, which text can be appended to. The port is taken as it stands in a path.
    ///
    /// # Errors
    ///
    /// 400 for what is no port.
    pub fn address(
        &self,
        record: &SandboxRecord,
        port: &str,
        base: &BaseUrl,
        client: &ClientGeneration,
    ) -> Result<String, ApiError> {
        let place = Place { label: record.id.clone(), port: place::read_port(port)? };
        // One client opens WebSockets of the toolbox at the root of whatever host it is given.
        let wants_root = client.source.as_deref() == Some("sdk-ruby");
        if place.port == TOOLBOX_PORT && !wants_root {
            return Ok(by_path(base, &place));
        }
        self.url(record, place, base, None)
    }

    /// What comes after the first dot in a host that is a preview: the domain with its port. Only there when hosts are.
    #[must_use]
    pub fn domain(&self, base: &BaseUrl) -> String {
        match &self.0.config.preview {
            PreviewForm::Host(domain) => base.with_port(domain),
            PreviewForm::Listener | PreviewForm::Path => base.authority().to_owned(),
        }
    }

    /// The address of a place; a listener that has an end is closed then.
    pub(super) fn url(
        &self,
        record: &SandboxRecord,
        place: Place,
        base: &BaseUrl,
        end: Option<Timestamp>,
    ) -> Result<String, ApiError> {
        match &self.0.config.preview {
            PreviewForm::Host(_) => {
                Ok(base.of_host(&format!("{}-{}.{}", place.port, place.label, self.domain(base))))
            }
            PreviewForm::Listener if base.is_loopback() => {
                let address = listener::open(&self.0, record, place, end)?;
                Ok(format!("http://{address}"))
            }
            PreviewForm::Listener | PreviewForm::Path => Ok(by_path(base, &place)),
        }
    }
}

fn by_path(base: &BaseUrl, place: &Place) -> String {
    match place.port {
        TOOLBOX_PORT => format!("{}/{}", base.toolbox(), place.label),
        port => format!("{}/{}/proxy/{port}", base.toolbox(), place.label),
    }
}
