# shellcheck shell=bash
#
# Sourced by tests/run and .ci/run: finds the programs they call, or installs them where that is allowed.

# need COMMAND PACKAGE: leaves COMMAND on the path, from the Debian or Ubuntu PACKAGE if it was not there; or says what
# to install, and ends the script.
need() {
    if command -v "$1" >/dev/null; then
        return
    fi
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "== $1 is missing: installing $2"
        export DEBIAN_FRONTEND=noninteractive
        # The lists may be old or absent, and are fetched only where the package is not found without them.
        apt-get install -qq -y --no-install-recommends "$2" </dev/null >/dev/null 2>&1 ||
            { apt-get update -qq </dev/null && apt-get install -qq -y --no-install-recommends "$2" </dev/null; } || true
    fi
    if ! command -v "$1" >/dev/null; then
        echo "$0: $1 is missing, and could not be installed from here." >&2
        echo "On Debian or Ubuntu: sudo apt-get install $2" >&2
        exit 1
    fi
}

# need_rust: Rust itself is never installed, only looked for, also where rustup puts it without changing the path.
need_rust() {
    if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
        PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    fi
    if ! command -v cargo >/dev/null; then
        echo "$0: cargo is missing. Install Rust 1.95 or later: https://rustup.rs" >&2
        exit 1
    fi
}

# find_ghz: leaves ghz in $ghz, made by Go into a folder of the build if it was not there; or leaves it empty.
find_ghz() {
    ghz=$(command -v ghz || true)
    if [[ -z $ghz ]] && command -v go >/dev/null; then
        local folder=$PWD/target/tools/go
        if [[ ! -x $folder/ghz ]]; then
            echo "== ghz is missing: making it with Go"
            GOBIN=$folder go install github.com/bojand/ghz/cmd/ghz@latest </dev/null || true
        fi
        if [[ -x $folder/ghz ]]; then
            ghz=$folder/ghz
        fi
    fi
}
