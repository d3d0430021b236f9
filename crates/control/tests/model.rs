//! Random sequences of operations, held against a model that knows what each must answer.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::Lab;

const NAMES: [&str; 3] = ["one", "two", "three"];

#[derive(Clone, Debug)]
enum Operation {
    Create { name: usize, ephemeral: bool },
    Start(usize),
    Stop(usize),
    Delete(usize),
    Labels(usize, u8),
    Kill(usize),
    FailStarts(bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (name.clone(), any::<bool>()).prop_map(|(name, ephemeral)| Operation::Create { name, ephemeral }),
        3 => name.clone().prop_map(Operation::Start),
        3 => name.clone().prop_map(Operation::Stop),
        2 => name.clone().prop_map(Operation::Delete),
        2 => (name.clone(), any::<u8>()).prop_map(|(name, label)| Operation::Labels(name, label)),
        1 => name.prop_map(Operation::Kill),
        1 => any::<bool>().prop_map(Operation::FailStarts),
    ]
}

/// What must be true of a sandbox that is there.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    id: String,
    state: &'static str,
    ephemeral: bool,
    label: Option<u8>,
}

#[derive(Default)]
struct Model {
    sandboxes: BTreeMap<usize, Expected>,
    starts_fail: bool,
}

impl Model {
    /// Status an operation on one sandbox must have, and what becomes of the sandbox.
    async fn apply(&mut self, lab: &Lab, operation: &Operation) {
        match *operation {
            Operation::Create { name, ephemeral } => self.create(lab, name, ephemeral).await,
            Operation::FailStarts(fail) => {
                self.starts_fail = fail;
                lab.holder.fail_starts(fail.then_some("told to"));
            }
            Operation::Start(name) => self.start(lab, name).await,
            Operation::Stop(name) => self.stop(lab, name).await,
            Operation::Delete(name) => {
                let removed = self.sandboxes.remove(&name);
                let answer = lab.call("DELETE", &path(name), None).await;
                let Some(sandbox) = removed else {
                    answer.error(404);
                    return;
                };
                answer.expect(200);
                assert_eq!(lab.state(&sandbox.id).await, "destroyed", "the answer comes with the end");
            }
            Operation::Labels(name, label) => {
                let expected = self.sandboxes.get_mut(&name).map_or(404, |sandbox| {
                    sandbox.label = Some(label);
                    200
                });
                let body = json!({"labels": {"label": label.to_string()}});
                lab.call("PUT", &format!("{}/labels", path(name)), Some(body)).await.expect(expected);
            }
            Operation::Kill(name) => {
                let running = self.sandboxes.get_mut(&name).filter(|sandbox| sandbox.state == "started");
                if let Some(sandbox) = running {
                    sandbox.state = "error";
                    lab.holder.kill(&sandbox.id);
                    lab.until(&sandbox.id, "error").await;
                }
            }
        }
    }

    async fn create(&mut self, lab: &Lab, name: usize, ephemeral: bool) {
        let mut body = json!({"name": NAMES[name]});
        if ephemeral {
            body["autoDeleteInterval"] = json!(0);
        }
        let answer = lab.call("POST", "/sandbox", Some(body)).await;
        if self.sandboxes.contains_key(&name) {
            answer.error(409);
            return;
        }
        let state = if self.starts_fail {
            answer.error(400);
            "error"
        } else {
            answer.expect(200);
            "started"
        };
        let id = support::id(&lab.get(&path(name)).await.expect(200));
        self.sandboxes.insert(name, Expected { id, state, ephemeral, label: None });
    }

    async fn start(&mut self, lab: &Lab, name: usize) {
        let answer = lab.post(&format!("{}/start", path(name))).await;
        let Some(sandbox) = self.sandboxes.get_mut(&name) else {
            answer.error(404);
            return;
        };
        match (sandbox.state, self.starts_fail) {
            ("error", _) => drop(answer.error(400)),
            ("stopped", true) => {
                answer.error(400);
                sandbox.state = "error";
            }
            _ => {
                assert_eq!(answer.expect(200)["state"], "started");
                sandbox.state = "started";
            }
        }
    }

    async fn stop(&mut self, lab: &Lab, name: usize) {
        let answer = lab.post(&format!("{}/stop", path(name))).await;
        let Some(sandbox) = self.sandboxes.get_mut(&name) else {
            answer.error(404);
            return;
        };
        if sandbox.state != "started" {
            answer.error(400);
            return;
        }
        answer.expect(200);
        sandbox.state = "stopped";
        if sandbox.ephemeral {
            self.sandboxes.remove(&name);
        }
    }

    /// Everything a client can see agrees with the model.
    async fn check(&self, lab: &Lab) {
        let list = lab.get("/sandbox?sort=name&order=asc").await.expect(200);
        let seen: BTreeMap<String, &Value> =
            list["items"].as_array().unwrap().iter().map(|item| (support::id(item), item)).collect();
        assert_eq!(seen.len(), self.sandboxes.len(), "{list:#}");
        for (name, expected) in &self.sandboxes {
            let by_name = lab.get(&path(*name)).await.expect(200);
            let by_id = lab.get(&format!("/sandbox/{}", expected.id)).await.expect(200);
            assert_eq!(by_name, by_id);
            for sandbox in [&by_id, seen[&expected.id]] {
                assert_eq!(sandbox["state"], expected.state);
                let label = expected.label.map_or(Value::Null, |label| json!(label.to_string()));
                assert_eq!(sandbox["labels"].get("label").unwrap_or(&Value::Null), &label);
            }
        }
        let running: Vec<&String> =
            self.sandboxes.values().filter(|sandbox| sandbox.state == "started").map(|one| &one.id).collect();
        let mut running: Vec<String> = running.into_iter().cloned().collect();
        running.sort();
        assert_eq!(
            lab.holder.running(),
            running,
            "the holder holds what clients see running, and nothing of what is gone"
        );
    }
}

fn path(name: usize) -> String {
    format!("/sandbox/{}", NAMES[name])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_sequence_of_operations_answers_as_the_model_says(
        operations in proptest::collection::vec(operation(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (lab, mut model) = (Lab::new(), Model::default());
            for operation in &operations {
                model.apply(&lab, operation).await;
                model.check(&lab).await;
            }
        });
    }
}
