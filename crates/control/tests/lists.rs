//! The two lists: filters, order, cursors and pages.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Lab, id};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// Four sandboxes a second apart: `alpha` and `Beta` run, `gamma` is stopped, `delta` is public and larger.
async fn four() -> Lab {
    let lab = Lab::new();
    for (name, more) in [
        ("alpha", json!({"labels": {"env": "dev", "team": "a"}})),
        ("Beta", json!({"labels": {"env": "dev"}, "target": "eu"})),
        ("gamma", json!({"labels": {"env": "prod"}})),
        ("delta", json!({"public": true, "snapshot": "daytona-large"})),
    ] {
        let mut body = more;
        body["name"] = json!(name);
        lab.create(body).await;
        lab.clock.advance(Duration::from_secs(1));
    }
    lab.post("/sandbox/gamma/stop").await.expect(200);
    lab
}

#[tokio::test]
async fn the_list_is_newest_activity_first_and_ends_with_a_null_cursor() {
    let lab = four().await;
    let list = lab.get("/sandbox").await.expect(200);
    assert_eq!(names(&list), ["gamma", "delta", "Beta", "alpha"], "gamma was used last, when it was stopped");
    assert_eq!(list["nextCursor"], Value::Null);
    assert!(list.as_object().unwrap().contains_key("nextCursor"));
    insta::assert_json_snapshot!(list["items"][1]);
}

#[tokio::test]
async fn filters_narrow_both_lists() {
    let lab = four().await;
    for (query, expected) in [
        ("name=be", vec!["Beta"]),
        ("name=et", vec![]),
        ("labels=%7B%22env%22%3A%22dev%22%7D", vec!["Beta", "alpha"]),
        ("labels=%7B%22env%22%3A%22dev%22%2C%22team%22%3A%22a%22%7D", vec!["alpha"]),
        ("labels=null", vec!["delta", "gamma", "Beta", "alpha"]),
        ("states=stopped", vec!["gamma"]),
        ("states=stopped&states=error", vec!["gamma"]),
        ("states[]=started&states[]=stopped&isPublic=true", vec!["delta"]),
        ("snapshots=daytona-large", vec!["delta"]),
        ("regionIds=eu", vec!["Beta"]),
        ("minCpu=2", vec!["delta"]),
        ("maxMemoryGiB=1&minDiskGiB=3", vec!["gamma", "Beta", "alpha"]),
        ("sandboxClasses=linux-vm", vec![]),
        ("isRecoverable=true", vec![]),
        ("createdAtAfter=2026-01-31T12:00:02Z", vec!["delta", "gamma"]),
        ("createdAtBefore=2026-01-31T12:00:00Z", vec!["alpha"]),
    ] {
        let list = lab.get(&format!("/sandbox?sort=createdAt&{query}")).await.expect(200);
        assert_eq!(names(&list), expected, "{query}");
    }
    let parts = lab.get("/sandbox/paginated?name=ET&order=asc").await.expect(200);
    assert_eq!(names(&parts), ["Beta"]);
    let regions = lab.get("/sandbox/paginated?regions=eu").await.expect(200);
    assert_eq!(names(&regions), ["Beta"]);
}

#[tokio::test]
async fn a_list_is_sorted_as_asked_and_by_id_where_that_says_nothing() {
    let lab = four().await;
    let by_name = lab.get("/sandbox?sort=name&order=asc").await.expect(200);
    assert_eq!(names(&by_name), ["Beta", "alpha", "delta", "gamma"]);
    let by_cpu = lab.get("/sandbox?sort=cpu").await.expect(200);
    let ids: Vec<String> = by_cpu["items"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(names(&by_cpu)[0], "delta");
    assert!(ids[1] > ids[2] && ids[2] > ids[3], "{ids:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_the_real_servers_words() {
    let lab = Lab::new();
    for (query, message) in [
        ("limit=201", "limit must not be greater than 200"),
        ("limit=0", "limit must not be less than 1"),
        ("labels=%7B", "Invalid labels JSON format"),
        ("labels=%5B1%5D", "Invalid labels JSON format"),
        ("cursor=%21%21", "Invalid cursor provided: !!"),
        ("cursor=e30%3D", "Invalid cursor provided: e30="),
        ("minCpu=0", "minCpu must not be less than 1"),
    ] {
        assert_eq!(lab.get(&format!("/sandbox?{query}")).await.error(400), message, "{query}");
    }
    let message = lab.get("/sandbox?states=sleepy").await.error(400);
    assert!(
        message.starts_with("each value in states must be one of the following values: creating, "),
        "{message}"
    );
}

#[tokio::test]
async fn pages_of_a_list_nobody_changes_follow_each_other_without_gap_or_overlap() {
    let lab = four().await;
    for sort in ["name", "cpu", "memoryGib", "diskGib", "lastActivityAt", "createdAt"] {
        for order in ["asc", "desc"] {
            let query = format!("/sandbox?sort={sort}&order={order}");
            let whole = lab.get(&query).await.expect(200);
            let (mut pages, mut cursor) = (Vec::new(), String::new());
            for _ in 0..4 {
                let page = lab.get(&format!("{query}&limit=1&cursor={cursor}")).await.expect(200);
                pages.extend(names(&page).into_iter().map(ToOwned::to_owned));
                cursor = escaped(page["nextCursor"].as_str().unwrap_or_default());
            }
            assert_eq!(pages, names(&whole), "{query}");
            assert_eq!(cursor, "", "{query}");
        }
    }
}

/// A cursor as it stands in a query.
fn escaped(cursor: &str) -> String {
    cursor.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[tokio::test]
async fn walking_the_cursor_meets_every_sandbox_that_was_there_all_along_exactly_once() {
    let lab = Lab::new();
    let mut all = BTreeSet::new();
    for number in 0..12 {
        all.insert(id(&lab.create(json!({"name": format!("n{number:02}")})).await));
        if number % 3 == 0 {
            lab.clock.advance(Duration::from_secs(1));
        }
    }
    let (mut seen, mut cursor, mut steps) = (Vec::new(), String::new(), 0);
    loop {
        let page = lab.get(&format!("/sandbox?limit=3&sort=createdAt&cursor={cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(id));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = escaped(next);
        // Others come and go between the pages.
        lab.create(json!({"name": format!("late{steps}")})).await;
        let last = seen.last().unwrap().clone();
        lab.call("DELETE", &format!("/sandbox/{last}"), None).await.expect(200);
        steps += 1;
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn a_full_last_page_has_no_successor() {
    let lab = four().await;
    let page = lab.get("/sandbox?limit=4").await.expect(200);
    assert_eq!((names(&page).len(), &page["nextCursor"]), (4, &Value::Null));
    assert!(lab.get("/sandbox?limit=3").await.expect(200)["nextCursor"].is_string());
}

#[tokio::test]
async fn pages_count_what_was_found() {
    let lab = four().await;
    let page = lab.get("/sandbox/paginated?page=2&limit=3").await.expect(200);
    assert_eq!(names(&page), ["alpha"]);
    assert_eq!((&page["total"], &page["page"], &page["totalPages"]), (&json!(4), &json!(2), &json!(2)));
    assert_eq!(page["items"][0]["env"], json!({}), "the page list has full objects");
    let beyond = lab.get("/sandbox/paginated?page=9").await.expect(200);
    assert_eq!((names(&beyond).len(), &beyond["total"]), (0, &json!(4)));
    let none = lab.get("/sandbox/paginated?name=zzz").await.expect(200);
    assert_eq!((&none["total"], &none["totalPages"]), (&json!(0), &json!(0)));
}
