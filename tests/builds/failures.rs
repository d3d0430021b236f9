//! Builds that end without an image, and leave nothing.

use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use crate::shop::{Shop, eventually_empty};
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_says_so_with_its_line_and_leaves_nothing() {
    for shop in Shop::all().await {
        let dockerfile = "FROM x\nRUN echo before\nRUN echo out; echo err >&2; exit 7\nRUN echo never\n";
        let error = shop.build(dockerfile, &[], "i1").await.unwrap_err();
        let process = "process \"/bin/sh -c echo out; echo err >&2; exit 7\" did not complete successfully: exit code: 7";
        assert_eq!(error, format!("Dockerfile:3: {process}"));
        let log = shop.log_text();
        for line in [
            " out\n",
            " err\n",
            "ERROR: process",
            "   3 | >>> RUN echo out",
            "ERROR: failed to solve: process",
        ] {
            assert!(log.contains(line), "{line:?} in {log}");
        }
        assert!(!log.contains("[4/4]"), "nothing is done after it: {log}");
        eventually_empty(&shop).await;
        assert!(shop.try_sandbox("i1").await.is_err(), "there is no image");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said_with_its_line() {
    for shop in Shop::all().await {
        for (dockerfile, words) in [
            (
                "FROM x\nCOPY missing /home/daytona/\n",
                "Dockerfile:2: \"/missing\": not found in the build context",
            ),
            ("FROM x\nCOPY a b /home/daytona/c\n", "the destination must be a directory and end with a /"),
            ("FROM scratch\n", "Dockerfile:1: FROM scratch cannot be done here"),
            ("FROM x\nCOPY --from=other /a /b\n", "Dockerfile:2: COPY --from=other names no stage"),
            (
                "FROM x AS s\nFROM x\nCOPY --from=s /none /b\n",
                "Dockerfile:3: \"/none\": not found in that stage",
            ),
            ("FROM x\nADD https://example.com/a /b\n", "Dockerfile:2: ADD of an address cannot be done here"),
            ("FROM x\nCOPY --chown=nobody-here a /b\n", "unable to find user nobody-here"),
            ("FROM x\nRUN <<EOF\nexit 3\nEOF\n", "did not complete successfully: exit code: 3"),
            ("FROM x\nRUN [\"no-such-program\"]\n", "exit code: 127"),
            ("FROM x\nRUN kill -9 $$\n", "exit code: 137"),
            ("FROM x\nARG A\nENV B=\"${A:?give A}\"\n", "Dockerfile:3: A: give A"),
        ] {
            shop.context("c", &[("a", "a"), ("b", "b")]);
            let error = shop.build(dockerfile, &["c"], "i1").await.unwrap_err();
            assert!(error.contains(words), "{dockerfile}: {error}");
        }
        let error = shop.build("FROM x\n", &["unknown"], "i1").await.unwrap_err();
        assert!(error.contains("unknown is not in the object store"), "{error}");
        eventually_empty(&shop).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_the_hosts_is_changed_where_sandboxes_have_no_root_of_their_own() {
    for shop in Shop::all().await.into_iter().filter(|shop| !shop.has_own_root()) {
        // A directory of the host's top, as it were, that belongs to whoever runs this.
        let host = shop.place().join("host");
        std::fs::create_dir_all(host.join("inner")).unwrap();
        let before = std::fs::metadata(host.join("inner")).unwrap();
        let owner = || std::fs::metadata(env!("CARGO_MANIFEST_DIR")).unwrap().uid();
        let owner_before = owner();
        shop.context("c", &[("a", "a")]);
        for dockerfile in ["COPY a /a", "COPY a {}/a", "WORKDIR {}/w", "ADD a {}/w/"] {
            let dockerfile = format!("FROM x\n{}\n", dockerfile.replace("{}", host.to_str().unwrap()));
            let error = shop.build(&dockerfile, &["c"], "i1").await.unwrap_err();
            assert!(error.contains("is the host's own, since sandboxes"), "{dockerfile}: {error}");
        }
        shop.build("FROM x\nCOPY a /home/daytona/a\n", &["c"], "i1").await.unwrap();
        let after = std::fs::metadata(host.join("inner")).unwrap();
        assert_eq!(std::fs::read_dir(&host).unwrap().count(), 1);
        assert_eq!((after.ctime_nsec(), after.uid()), (before.ctime_nsec(), before.uid()));
        assert_eq!(owner(), owner_before, "a build's end hands nothing of the host's to anybody");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_comes_while_a_step_runs_and_a_dropped_build_ends_everything() {
    for shop in Shop::all().await {
        let building =
            tokio::spawn(shop.order("FROM x\nRUN echo begun; while :; do sleep 0.1; done\n", &[], "i1"));
        eventually("the first output", async || shop.log_text().contains(" begun\n")).await;
        assert_eq!(shop.trees(), 1);
        building.abort();
        assert!(building.await.unwrap_err().is_cancelled());
        eventually_empty(&shop).await;
        assert!(shop.try_sandbox("i1").await.is_err(), "there is no image");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_takes_too_long_ends_by_the_clock_it_was_handed() {
    for shop in Shop::all().await {
        let building = tokio::spawn(shop.order("FROM x\nRUN echo begun; sleep 3600\n", &[], "i1"));
        eventually("the first output", async || shop.log_text().contains(" begun\n")).await;
        shop.clock.advance(Duration::from_secs(3599));
        assert!(!building.is_finished());
        shop.clock.advance(Duration::from_secs(2));
        let error = building.await.unwrap().unwrap_err();
        assert_eq!(error, "Timeout while building snapshot on runner");
        eventually_empty(&shop).await;
    }
}
