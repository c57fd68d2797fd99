# shellcheck shell=bash
#
# Sourced by the scripts of tests/story and by tests/examples/run: a server that demands certificates, in a folder of
# its own that goes with the script however it ends, and the tools to call it.

TOOLS=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools
GRPCURL_VERSION=1.9.4

# need_dinhdanh: leaves the program under test in $DINHDANH. Whoever has built it already says where it is.
need_dinhdanh() {
    if [[ -z ${DINHDANH-} ]]; then
        need_rust
        need cc gcc
        cargo build --release --locked
        DINHDANH=$(realpath "${CARGO_TARGET_DIR:-target}/release/dinhdanh")
    fi
    # Settings of whoever runs this are not meant for the server under test.
    unset "${!DINHDANH_@}"
}

# need_grpcurl: leaves grpcurl on the path, made by Go into a folder of the build if it was not there. Without either,
# false.
need_grpcurl() {
    if command -v grpcurl >/dev/null; then
        return
    fi
    local folder=$TOOLS/grpcurl/$GRPCURL_VERSION
    if [[ ! -x $folder/grpcurl ]]; then
        if ! command -v go >/dev/null; then
            return 1
        fi
        echo "== grpcurl is missing: making it with Go"
        GOBIN=$folder go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@v$GRPCURL_VERSION" || return 1
    fi
    PATH=$folder:$PATH
}

# new_folder: makes the folder of this run, $FOLDER, and sees that it and every process in $started go with the script.
new_folder() {
    FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/dinhdanh-served.XXXXXX")
    started=()
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

clean_up() {
    trap '' INT TERM
    local pid
    for pid in "${started[@]}"; do
        stop "$pid"
    done
    rm -rf -- "$FOLDER"
}

# stop PID: ends a process that this script started, politely if it lets itself be ended so.
stop() {
    kill -TERM "$1" 2>/dev/null || true
    for _ in {1..200}; do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# eventually COMMAND: repeats it until it succeeds; false if it does not within a minute.
eventually() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        if ((SECONDS >= deadline)); then
            return 1
        fi
        sleep 0.05
    done
}

# certificates CALLER...: makes an authority, the server's certificate, one for each caller, and a policy that lists them.
certificates() {
    "$DINHDANH" certs --out "$FOLDER/certs" "$@" >/dev/null
}

# serve PORT: starts the server on the folder of this run, on this port or, with 0, on a free one; leaves its address in
# $ADDRESS and its process in $server.
serve() {
    : >"$FOLDER/out"
    DINHDANH_POLICY=$FOLDER/certs/policy.toml DINHDANH_TLS_CLIENT_CA=$FOLDER/certs/ca.pem \
        DINHDANH_TLS_CERTIFICATE=$FOLDER/certs/server.pem DINHDANH_TLS_KEY=$FOLDER/certs/server.key \
        "$DINHDANH" serve --data "$FOLDER/data" --listen "127.0.0.1:$1" >"$FOLDER/out" 2>>"$FOLDER/log" &
    server=$!
    started+=("$server")
    if ! eventually listens; then
        cat "$FOLDER/log" >&2
        echo "$0: the server does not start" >&2
        exit 1
    fi
    ADDRESS=$(sed -n 's|^listening on https://||p' "$FOLDER/out")
}

listens() {
    grep -q '^listening on https://' "$FOLDER/out"
}

# verify: has the project's own checker look over all that was written.
verify() {
    "$DINHDANH" verify --data "$FOLDER/data" >"$FOLDER/verified" || {
        cat "$FOLDER/verified" >&2
        return 1
    }
    tail -n 1 "$FOLDER/verified"
}

# commands FILE SCRIPT: the block of commands in FILE after the remark that names SCRIPT.
commands() {
    awk -v script="<!-- $2 " 'index($0, script) == 1 { told = 1 } told && /^```$/ { exit } told && block { print }
        told && /^```sh$/ { block = 1 }' "$1"
}
