//! The connection to the bus of accessible programs. Its address is asked for on the session's bus; it is made when it is
//! first needed, kept, and made anew when it has broken.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::timeout;
use zbus::zvariant::{DynamicType, OwnedValue, Type};
use zbus::{Connection, connection};

use super::AccessError;
use super::element::Address;
use crate::Engine;

/// How long a program may take for one answer. It may be busy, or stopped in a debugger.
const PATIENCE: Duration = Duration::from_secs(5);

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The connection that is kept.
#[derive(Debug, Default)]
pub(crate) struct Reader(Mutex<Option<Connection>>);

impl Reader {
    /// Lets the connection go.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl Engine {
    /// A connection that answers.
    pub(super) async fn bus(&self) -> Result<Bus, AccessError> {
        let mut kept = self.desktop.reader.0.lock().await;
        if let Some(connection) = kept.as_ref() {
            let bus = Bus(connection.clone());
            if bus.answers().await {
                return Ok(bus);
            }
        }
        let unreachable = |error: String| AccessError::Unreachable(error);
        let session = self.variable("DBUS_SESSION_BUS_ADDRESS");
        let session = session.ok_or_else(|| unreachable("the session has no bus".to_owned()))?;
        let connecting = timeout(PATIENCE, connect(&session)).await;
        let connected = connecting.map_err(|_| unreachable("it does not answer".to_owned()))?;
        let connection = connected.map_err(|error| unreachable(error.to_string()))?;
        *kept = Some(connection.clone());
        Ok(Bus(connection))
    }
}

async fn connect(session: &str) -> zbus::Result<Connection> {
    let session = connection::Builder::address(session)?.build().await?;
    let (service, path) = ("org.a11y.Bus", "/org/a11y/bus");
    // Some toolkits tell nothing until somebody says that there is somebody to listen.
    let enabled = ("org.a11y.Status", "IsEnabled", zbus::zvariant::Value::from(true));
    let _ = session.call_method(Some(service), path, Some(PROPERTIES), "Set", &enabled).await;
    let told = session.call_method(Some(service), path, Some(service), "GetAddress", &()).await?;
    let address: String = told.body().deserialize()?;
    connection::Builder::address(address.as_str())?.build().await
}

/// The bus, for one request.
#[derive(Clone, Debug)]
pub(super) struct Bus(Connection);

impl Bus {
    async fn answers(&self) -> bool {
        let id = self.daemon("GetId", &()).await;
        id.is_ok_and(|id: String| !id.is_empty())
    }

    /// Asks the bus itself.
    pub(super) async fn daemon<B, R>(&self, method: &str, body: &B) -> Result<R, AccessError>
    where
        B: Serialize + DynamicType,
        R: DeserializeOwned + Type,
    {
        let name = "org.freedesktop.DBus";
        let asked = self.0.call_method(Some(name), "/org/freedesktop/DBus", Some(name), method, body);
        read(asked).await
    }

    /// Calls a method of an element. `interface` is the last word of its name.
    pub(super) async fn call<B, R>(
        &self,
        element: &Address,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<R, AccessError>
    where
        B: Serialize + DynamicType,
        R: DeserializeOwned + Type,
    {
        let interface = full(interface);
        let (bus, path) = (element.bus.as_str(), element.path.as_str());
        read(self.0.call_method(Some(bus), path, Some(interface.as_str()), method, body)).await
    }

    /// A property of an element.
    pub(super) async fn property<R>(
        &self,
        element: &Address,
        interface: &str,
        name: &str,
    ) -> Result<R, AccessError>
    where
        R: TryFrom<OwnedValue>,
    {
        let (bus, path) = (element.bus.as_str(), element.path.as_str());
        let body = (full(interface), name);
        let value: OwnedValue =
            read(self.0.call_method(Some(bus), path, Some(PROPERTIES), "Get", &body)).await?;
        R::try_from(value).map_err(|_| AccessError::Failed(format!("{name} is of another type")))
    }

    /// Changes a property of an element.
    pub(super) async fn set_number(
        &self,
        element: &Address,
        interface: &str,
        name: &str,
        value: f64,
    ) -> Result<(), AccessError> {
        let (bus, path) = (element.bus.as_str(), element.path.as_str());
        let body = (full(interface), name, zbus::zvariant::Value::from(value));
        read(self.0.call_method(Some(bus), path, Some(PROPERTIES), "Set", &body)).await
    }
}

fn full(interface: &str) -> String {
    format!("org.a11y.atspi.{interface}")
}

async fn read<R: DeserializeOwned + Type>(
    asked: impl Future<Output = zbus::Result<zbus::Message>>,
) -> Result<R, AccessError> {
    let answer = timeout(PATIENCE, asked).await.map_err(|_| AccessError::Unknown)?;
    let answer = answer.map_err(|error| understood(&error))?;
    answer.body().deserialize().map_err(|error| AccessError::Failed(error.to_string()))
}

/// Elements are objects, so that what is gone and what cannot be done come as errors about objects and methods.
fn understood(error: &zbus::Error) -> AccessError {
    let zbus::Error::MethodError(name, text, _) = error else {
        return AccessError::Failed(error.to_string());
    };
    match name.as_str().rsplit('.').next().unwrap_or_default() {
        "UnknownObject" | "ServiceUnknown" | "NameHasNoOwner" | "NoReply" | "Disconnected" => {
            AccessError::Unknown
        }
        "UnknownMethod" | "UnknownInterface" | "NotSupported" => {
            // How one toolkit words that it has no such object.
            let gone =
                text.as_deref().is_some_and(|text| text.contains("doesn't exist") && text.contains("object"));
            if gone { AccessError::Unknown } else { AccessError::Unsupported }
        }
        _ => AccessError::Failed(text.clone().unwrap_or_else(|| name.to_string())),
    }
}
