//! Images built for real, on each rung this host has: Dockerfiles in, sandboxes made from what comes out.
//!
//! | module | holds |
//! |---|---|
//! | `shop` | a runtime with a builder, and sandboxes made from its images |
//! | `death` | servers that are killed |
//! | `failures` | builds that end without an image |
//! | `installs` | what installers leave is found |

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod death;
mod failures;
mod installs;
mod shop;

use std::os::unix::fs::chown;
use std::process::Command;

use shop::{BASE, Shop, base};

/// A user nobody is.
const ORDINARY_USER: u32 = 54321;

/// Users are mapped in another way for an ordinary user's server, and nothing of the system can be changed.
#[test]
fn an_ordinary_user_builds_as_well() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let place = tempfile::TempDir::with_prefix_in("ordinary-", base()).unwrap();
    chown(place.path(), Some(ORDINARY_USER), Some(ORDINARY_USER)).unwrap();
    let give_up = |program: &std::path::Path| {
        let mut command = Command::new("setpriv");
        let number = ORDINARY_USER.to_string();
        command.args(["--reuid", &number, "--regid", &number, "--clear-groups"]).arg(program);
        command.env("HOME", place.path()).env(BASE, place.path()).current_dir(place.path());
        command
    };
    let finds = give_up(support::program()).arg("--version").output();
    if !finds.is_ok_and(|output| output.status.success()) {
        eprintln!("no ordinary user finds the program here");
        return;
    }
    let tests = ["what_", "stages_", "images_", "archives_", "packages_", "failures::"];
    let ran = give_up(&std::env::current_exe().unwrap())
        .args(tests)
        .args(["--test-threads", "1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}");
    assert!(said.contains("12 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_context_and_commands_make_is_in_sandboxes_made_from_the_image() {
    for shop in Shop::all().await {
        shop.context("one", &[("src/app.txt", "app\n"), ("src/sub/deep.txt", "deep\n"), ("top", "top\n")]);
        shop.context("two", &[("/abs/file name", "spaced\n")]);
        let dockerfile = r#"
ARG GREETING=hello
FROM python:3.12-slim AS base
ARG GREETING
ENV WORDS="${GREETING} world" QUOTED='it'"'"'s' LEGACY=1
WORKDIR /home/daytona/work
COPY src /home/daytona/app
COPY ["abs/file name", "/home/daytona/two words"]
COPY to* renamed
COPY --chmod=700 <<'END' script.sh
#!/bin/sh
echo "script says $WORDS"
END
RUN ./script.sh > said && pwd > where
RUN <<EOF
echo one > lines
echo two >> lines
EOF
RUN ["sh", "-c", "echo \"$0 $WORDS\" > exec", "by words"]
RUN cat <<EOF > late
late $LEGACY $GREETING
EOF
ENTRYPOINT ["sleep", "infinity"]
CMD ["now"]
LABEL a=b
EXPOSE 8080/tcp
"#;
        let built = shop.build(dockerfile, &["one", "two"], "i1").await.unwrap();
        let config = &built.config;
        assert_eq!(config.env["WORDS"], "hello world");
        assert_eq!(config.env["QUOTED"], "it's");
        assert!(!config.env.contains_key("GREETING"), "an argument is no variable of the image");
        assert_eq!(config.workdir.as_deref(), Some("/home/daytona/work"));
        assert_eq!(config.command(), ["sleep", "infinity", "now"]);
        assert!(built.size > 20, "{}", built.size);
        let log = shop.log_text();
        for line in [
            "#1 [internal] load build definition from Dockerfile",
            "[1/10] FROM python:3.12-slim AS base",
            "no registry is asked for python:3.12-slim",
            "] RUN ./script.sh > said && pwd > where",
            "] RUN cat <<EOF > late",
            "DONE ",
        ] {
            assert!(log.contains(line), "{line:?} in {log}");
        }
        let sandbox = shop.sandbox(&built, "i1").await;
        let look = "cd ~; cat app/app.txt app/sub/deep.txt 'two words' work/renamed work/said work/lines
            cat work/exec work/late; stat -c %a work/script.sh; echo $WORDS
            touch work/mine app/sub/mine && echo writable; ls -A | sort | tr '\\n' ' '";
        assert_eq!(
            sandbox.run(look).await,
            "app\ndeep\nspaced\ntop\nscript says hello world\none\ntwo\nby words hello world\nlate 1 hello\n700\n\
             hello world\nwritable\napp two words work ",
            "{}",
            shop.rung()
        );
        assert!(sandbox.run("cat ~/work/where").await.trim().ends_with("/work"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_are_built_where_they_are_needed_and_copied_from() {
    for shop in Shop::all().await {
        let dockerfile = "FROM a AS one
RUN mkdir -p /home/daytona/out/in && cd /home/daytona/out && echo 1 > in/f && ln -s in/f l && chmod 750 in
FROM a AS unused
RUN exit 9
FROM one AS two
RUN echo 2 > /home/daytona/two
FROM b
COPY --from=one /home/daytona/out /home/daytona/got/
COPY --from=2 /home/daytona/tw? /home/daytona/got/
";
        let built = shop.build(&shop.localized(dockerfile), &[], "i1").await.unwrap();
        let sandbox = shop.sandbox(&built, "i1").await;
        let look =
            "cd ~/got && find . -mindepth 1 | sort && cat in/f two && readlink l && stat -c %a in; ls ~";
        let expected = "./in\n./in/f\n./l\n./two\n1\n2\nin/f\n750\ngot\n";
        assert_eq!(sandbox.run(look).await, expected, "{}", shop.rung());
        let log = shop.log_text();
        assert!(
            log.contains("[two 2/2] RUN echo 2") && log.contains("[stage-3 2/3] COPY --from=one"),
            "{log}"
        );
        assert!(!log.contains("exit 9"), "nobody needs that stage: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_are_built_on_one_another() {
    for shop in Shop::all().await {
        let first = "FROM x
ENV A=1 PATH=/first:$PATH
WORKDIR /home/daytona/d
RUN echo 1 > one; echo 2 > two; mkdir dir; echo x > dir/x
";
        let first = shop.build(first, &[], "i1").await.unwrap();
        assert!(first.config.env["PATH"].starts_with("/first:${"), "{}", first.config.env["PATH"]);
        shop.offer("mine", &first, "i1");
        let second = "FROM mine\nENV PATH=/second:$PATH B=$A\nRUN rm one && rm -r dir && mkdir dir && echo $PATH > path\n";
        let second = shop.build(second, &[], "i2").await.unwrap();
        assert!(shop.log_text().contains("mine is a snapshot of this organization"));
        shop.forget("i1").await;
        let sandbox = shop.sandbox(&second, "i2").await;
        let seen = sandbox.run("cd ~/d; ls; ls dir; cat two; echo $A$B").await;
        assert_eq!(
            seen,
            "dir\npath\ntwo\n2\n11\n",
            "what the base had and was deleted stays so on {}",
            shop.rung()
        );
        let path = sandbox.run("cat ~/d/path; echo $PATH").await;
        let is_right = |path: &str| path.starts_with("/second:/first:") && path.contains("/usr/bin");
        assert!(path.lines().all(is_right), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn root_changes_the_system_users_are_taken_on_and_files_get_owners() {
    for shop in Shop::all().await.into_iter().filter(Shop::has_users) {
        shop.context("c", &[("f", "f\n")]);
        let dockerfile = r#"FROM x
RUN useradd -m -s /bin/bash app && groupadd extra && usermod -aG extra app
RUN rm /usr/bin/env && mkdir -p /opt/tool/bin && printf '#!/bin/sh\necho tool\n' > /opt/tool/bin/tool \
    # comments between continued lines are none of the command
    && chmod 755 /opt/tool/bin/tool
ENV PATH=/opt/tool/bin:$PATH
COPY --chown=app:extra f /srv/owned
COPY f /.requirements.txt
WORKDIR /app
COPY f .
USER app
RUN tool > /tmp/said; id -un > ~/who; id -Gn > ~/groups; echo $HOME > ~/home; touch /app/x 2>/dev/null || echo no > ~/denied
SHELL ["/bin/bash", "-c"]
RUN [[ $0 == /bin/bash ]] && cd && echo "$BASH_VERSION" > bash
"#;
        let built = shop.build(dockerfile, &["c"], "i1").await.unwrap();
        assert_eq!(built.config.user.as_deref(), Some("app"));
        let sandbox = shop.sandbox_as(&built, "i1", "root").await;
        let look = "tool; ls /usr/bin/env 2>/dev/null; cat /tmp/said /.requirements.txt /app/f; stat -c '%U:%G' /srv/owned
            cd /home/app && cat who groups home denied; test -s bash && echo bash";
        let expected = "tool\ntool\nf\nf\napp:extra\napp\napp extra\n/home/app\nno\nbash\n";
        assert_eq!(sandbox.run(look).await, expected);
        let sandbox = shop.sandbox(&built, "i1").await;
        let seen = sandbox
            .run("tool; touch /app/mine && echo writable; touch /usr/x 2>/dev/null || echo closed")
            .await;
        assert_eq!(
            seen, "tool\nwritable\nclosed\n",
            "what is no part of the system is the user's, who stands in for root"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archives_are_unpacked_by_add_and_copied_by_copy() {
    for shop in Shop::all().await {
        let inner = shop.context("inner", &[("in/file", "inside\n")]);
        let packed = std::process::Command::new("gzip").arg("-k").arg(&inner).status().unwrap();
        assert!(packed.success());
        let gz = std::fs::read(inner.with_extension("tar.gz")).unwrap();
        let plain = std::fs::read(&inner).unwrap();
        shop.context_of("outer", &[("a.tar.gz", &gz), ("b.tar", &plain), ("c.txt", b"c\n")]);
        let dockerfile = "FROM x
ADD a.tar.gz /home/daytona/gz/
ADD b.tar c.txt /home/daytona/both/
COPY b.tar /home/daytona/kept
";
        let built = shop.build(dockerfile, &["outer"], "i1").await.unwrap();
        let sandbox = shop.sandbox(&built, "i1").await;
        let seen = sandbox.run("cd ~; cat gz/in/file both/in/file both/c.txt; tar -tf kept").await;
        assert_eq!(seen, "inside\ninside\nc\nin/file\n", "{}", shop.rung());
    }
}
