//! What installers leave in an image is found by the sandbox's user, on every rung. Packages are made on the spot: nothing
//! is asked of the network.

use std::io::Write as _;

use crate::shop::Shop;

/// A wheel with a module and a program.
fn wheel() -> Vec<u8> {
    let about = "pitlane_probe-1.0.dist-info";
    let files = [
        ("pitlane_probe.py".to_owned(), "def main():\n    print('probe found')\n"),
        (format!("{about}/METADATA"), "Metadata-Version: 2.1\nName: pitlane-probe\nVersion: 1.0\n"),
        (
            format!("{about}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        (format!("{about}/entry_points.txt"), "[console_scripts]\npitlane-probe = pitlane_probe:main\n"),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut record = format!("{about}/RECORD,,\n");
    for (name, text) in files {
        archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
        record.push_str(&format!("{name},,\n"));
    }
    archive.start_file(format!("{about}/RECORD"), zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(record.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_pip_installs_is_found_as_module_and_as_program() {
    for shop in Shop::all().await {
        if !shop.has("python3 -m pip --version").await {
            eprintln!("there is no pip on {}", shop.rung());
            continue;
        }
        shop.context_of("wheel", &[("pitlane_probe-1.0-py3-none-any.whl", &wheel())]);
        let dockerfile = "FROM python:3.12-slim
COPY *.whl /home/daytona/wheels/
WORKDIR /home/daytona/wheels
RUN python3 -m pip install --no-index --find-links . pitlane-probe
RUN pitlane-probe
";
        let built = shop.build(dockerfile, &["wheel"], "i1").await;
        let built = built.unwrap_or_else(|error| panic!("{error}: {}", shop.log_text()));
        assert!(shop.log_text().contains(" probe found\n"), "{}", shop.log_text());
        for user in ["daytona", "root"] {
            let sandbox = shop.sandbox_as(&built, "i1", user).await;
            let seen =
                sandbox.run("python3 -c 'import pitlane_probe; pitlane_probe.main()' && pitlane-probe").await;
            assert_eq!(seen, "probe found\nprobe found\n", "as {user} on {}", shop.rung());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_npm_installs_for_all_is_found_as_program() {
    for shop in Shop::all().await {
        if !shop.has("npm --version").await {
            eprintln!("there is no npm on {}", shop.rung());
            continue;
        }
        let manifest =
            br#"{ "name": "pitlane-probe", "version": "1.0.0", "bin": { "npm-probe": "probe.js" } }"#;
        let script = b"#!/usr/bin/env node\nconsole.log('probe found')\n";
        shop.context_of("npm", &[("probe/package.json", manifest), ("probe/probe.js", script)]);
        let dockerfile = "FROM node:22
COPY probe /home/daytona/probe
WORKDIR /home/daytona/probe
RUN npm pack --silent && npm install --global --offline --no-audit ./pitlane-probe-1.0.0.tgz && npm-probe
";
        let built = shop.build(dockerfile, &["npm"], "i1").await;
        let built = built.unwrap_or_else(|error| panic!("{error}: {}", shop.log_text()));
        let sandbox = shop.sandbox(&built, "i1").await;
        assert_eq!(sandbox.run("rm -r ~/probe; npm-probe").await, "probe found\n", "{}", shop.rung());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_the_machine_has_are_there_where_none_can_be_installed_and_others_are_refused() {
    for shop in Shop::all().await.into_iter().filter(|shop| !shop.has_users()) {
        if !shop.has("dpkg-query -W dpkg && apt-get --version").await {
            eprintln!("there are no packages on {}", shop.rung());
            continue;
        }
        let dockerfile = "FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends -o a=b dpkg && apt-get clean
RUN echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections
RUN apt-get --version > version
";
        let built = shop.build(dockerfile, &[], "i1").await;
        let built = built.unwrap_or_else(|error| panic!("{error}: {}", shop.log_text()));
        assert!(shop.log_text().contains(" dpkg is on this machine already\n"), "{}", shop.log_text());
        let sandbox = shop.sandbox(&built, "i1").await;
        let left = sandbox
            .run("ls -A $TMPDIR; case $(command -v apt-get) in *build-tools*) echo kept ;; esac")
            .await;
        assert_eq!(left, "", "what stood in is no part of the image");
        let error = shop.build("FROM x\nRUN apt-get install -y no-such-package-here\n", &[], "i2").await;
        assert!(error.unwrap_err().ends_with("exit code: 100"));
        let log = shop.log_text();
        assert!(
            log.contains("E: not on this machine: no-such-package-here")
                && log.contains("run the server as root"),
            "{log}"
        );
    }
}
