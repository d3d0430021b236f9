//! What programs tell assistive technology, told by a real one.

use std::process::{Child, Command, Stdio};

use engine::desktop::access::element::{Address, Element};
use engine::desktop::access::find::Filter;
use engine::desktop::access::{AccessError, Scope};
use engine::desktop::program::Kind;

use crate::world::{SOON, Sandbox};

/// The interpreter that distributions package the toolkit for.
const PYTHON: &str = "/usr/bin/python3";
const TOOLKIT: &str = "import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gtk";

/// A program that ends with its test.
struct Form(Child);

impl Drop for Form {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Form {
    /// Opens the form and waits until it can be found.
    async fn open(sandbox: &Sandbox) -> Self {
        let variable = |name: &str| sandbox.engine.variable(name).unwrap();
        let form = Command::new(PYTHON)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/desktop/form.py"))
            .env("DISPLAY", variable("DISPLAY"))
            .env("DBUS_SESSION_BUS_ADDRESS", variable("DBUS_SESSION_BUS_ADDRESS"))
            .env("HOME", variable("HOME"))
            .env("LC_ALL", "C.UTF-8")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let form = Self(form);
        find(sandbox, "push button", "Press me").await;
        form
    }
}

/// The element of this role and name, as soon as it is there.
async fn find(sandbox: &Sandbox, role: &str, name: &str) -> Element {
    let filter = Filter::new(role, name, "exact", &[], 0).unwrap();
    let looking = async {
        loop {
            let found = sandbox.engine.find_elements(Scope::All, &filter).await;
            if let Some(element) = found.ok().and_then(|mut found| found.matches.pop()) {
                return element;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("no {role} is called {name}"))
}

/// A started desktop, where the machine has the toolkit and the bus.
async fn prepared() -> Option<Sandbox> {
    let sandbox = Sandbox::with_programs()?;
    let path = sandbox.engine.variable("PATH").unwrap();
    let toolkit = Command::new(PYTHON).args(["-c", TOOLKIT]).stderr(Stdio::null()).status();
    if Kind::Atspi.program(&path).is_none() || !toolkit.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no accessible programs on this machine");
        return None;
    }
    sandbox.start().await;
    Some(sandbox)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_read_filled_in_and_sent() {
    let Some(sandbox) = prepared().await else { return };
    let form = Form::open(&sandbox).await;
    let engine = &sandbox.engine;

    let button = find(&sandbox, "push button", "Press me").await;
    assert!(button.states.contains(&"showing"), "{:?}", button.states);
    assert!(button.bounds[2] > 10 && button.bounds[3] > 10, "{:?}", button.bounds);
    assert_eq!(button.children, None);
    assert!(!button.actions.is_empty());

    let text = find(&sandbox, "text", "").await;
    engine.set_element_value(&text.address, "after").await.unwrap();
    let slider = find(&sandbox, "slider", "").await;
    engine.set_element_value(&slider.address, "7").await.unwrap();
    let refused = engine.set_element_value(&slider.address, "much").await.unwrap_err();
    assert!(matches!(refused, AccessError::Request(_)), "{refused}");
    engine.invoke_element(&button.address, Some(&button.actions[0].to_uppercase())).await.unwrap();
    find(&sandbox, "label", "Hello after 7").await;
    engine.focus_element(&text.address).await.unwrap();

    assert!(matches!(
        engine.invoke_element(&button.address, Some("fly")).await,
        Err(AccessError::Unsupported)
    ));
    assert!(matches!(engine.set_element_value(&button.address, "x").await, Err(AccessError::Unsupported)));
    let gone = Address::parse(&format!("{}9999", button.address.id())).unwrap();
    assert!(matches!(engine.focus_element(&gone).await, Err(AccessError::Unknown)));
    let nobody = Address::parse(":1.9999:/org/a11y/atspi/accessible/1").unwrap();
    assert!(matches!(engine.invoke_element(&nobody, None).await, Err(AccessError::Unknown)));

    let focused = engine.elements(Scope::Focused, -1).await.unwrap();
    assert!(!focused.truncated);
    assert_eq!(focused.root.role, "application");
    assert_eq!(focused.root.children.unwrap()[0].name, "Form");
    let own = engine.elements(Scope::Process(i64::from(form.0.id())), 0).await.unwrap();
    assert_eq!((own.root.role.as_str(), own.root.children), ("application", None));
    let all = engine.elements(Scope::All, 1).await.unwrap();
    assert!(all.root.children.unwrap().iter().any(|program| program.address == own.root.address));
    assert!(matches!(engine.elements(Scope::Process(1), 0).await, Err(AccessError::NoRoot)));

    let filter = Filter::new("", "", "", &["showing".to_owned()], 2).unwrap();
    let found = engine.find_elements(Scope::Focused, &filter).await.unwrap();
    assert_eq!((found.matches.len(), found.truncated), (2, true));

    engine.stop_desktop().await.unwrap();
    let refused = engine.elements(Scope::All, 0).await.unwrap_err();
    assert!(refused.to_string().starts_with("accessibility bus not reachable"), "{refused}");
}
