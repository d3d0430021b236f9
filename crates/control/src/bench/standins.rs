//! What stands in for a system's package tools where nothing of the system can be changed: without a root of its own, or
//! without users, as on an ordinary user's server.
//!
//! A package the machine has is there; one it has not is an error that says what to do. Everything else is left to the
//! real tools, which say in their own words what they cannot.

/// Where they lie below the directory for temporary files while something is built.
pub(super) const PLACE: &str = ".build-tools";

/// Names, with what to run instead.
pub(super) const ALL: [(&str, &str); 3] =
    [("apt-get", APT), ("apt", APT), ("debconf-set-selections", DEBCONF)];

const APT: &str = r#"#!/bin/sh
own=${0%/*}
real() {
  PATH=${PATH%%"$own":*}${PATH#*"$own":}
  exec "${0##*/}" "$@"
}
command -v dpkg-query >/dev/null || real "$@"
verb= packages= skip=
for word in "$@"; do
  [ -z "$skip" ] || { skip=; continue; }
  case $word in
    -o|-c|-t|--option|--config-file|--target-release|--default-release) skip=yes ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else packages="$packages $word"; fi ;;
  esac
done
case $verb in
  update|clean|autoclean|autoremove)
    echo "$verb: nothing to do, since this server cannot change the machine's packages" ;;
  install)
    missing=
    for package in $packages; do
      name=${package%%[=/]*}
      case $(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) in
        *' ok installed') echo "$name is on this machine already" ;;
        *) missing="$missing $name" ;;
      esac
    done
    [ -n "$missing" ] || exit 0
    echo "E: not on this machine:$missing" >&2
    echo "E: this server cannot change the machine's packages; install them on the machine, or run the server as root" >&2
    exit 100 ;;
  *) real "$@" ;;
esac
"#;

const DEBCONF: &str = r#"#!/bin/sh
cat >/dev/null
echo "debconf-set-selections: left as it is, since this server cannot change the machine's packages"
"#;
