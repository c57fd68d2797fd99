# shellcheck shell=bash
#
# Sourced by tests/run: PostgreSQL and Redis for the tests. They run in a folder of their own, on free ports, and end with
# the run however it ends. Servers that are on the machine already are neither used nor touched.

# need_servers: installs PostgreSQL and Redis where they are missing, without leaving a server that starts by itself.
need_servers() {
    local missing=() package
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v redis-sentinel >/dev/null || missing+=(redis-sentinel)
    if ((${#missing[@]} == 0)); then
        return
    fi
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "== installing ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        keep_servers_from_starting
        apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null 2>&1 ||
            { apt-get update -qq </dev/null &&
                apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null; } || true
        let_servers_start
        # Where systemd runs, an installed service would start with the machine.
        if [[ -d /run/systemd/system ]]; then
            for package in "${missing[@]}"; do
                systemctl disable --quiet "$package" || true
            done
        fi
    fi
    if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || ! command -v redis-server redis-sentinel >/dev/null; then
        echo "$0: PostgreSQL or Redis is missing, and could not be installed from here." >&2
        echo "On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
}

POLICY=/usr/sbin/policy-rc.d
CLUSTERS=/etc/postgresql-common/createcluster.conf
made=()

# While packages are installed: no service is started, and PostgreSQL makes no database of its own. What somebody else
# has laid down stays.
keep_servers_from_starting() {
    if [[ ! -e $POLICY ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$POLICY"
        chmod +x "$POLICY"
        made+=("$POLICY")
    fi
    if [[ ! -e $CLUSTERS ]]; then
        mkdir -p "$(dirname "$CLUSTERS")"
        echo 'create_main_cluster = false' >"$CLUSTERS"
        made+=("$CLUSTERS")
    fi
}

let_servers_start() {
    if ((${#made[@]})); then
        rm -f "${made[@]}"
        made=()
    fi
}

# start_servers: makes the folder of this run and starts what was not given by DINHDANH_TEST_POSTGRES_URL and
# DINHDANH_TEST_REDIS_URL; exports both, DINHDANH_TEST_DIR, and TMPDIR, so that whatever a test leaves is removed too.
start_servers() {
    DINHDANH_TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/dinhdanh-tests.XXXXXX")
    # PostgreSQL runs as a user of its own when this runs as root, and must get to its folder.
    chmod 711 "$DINHDANH_TEST_DIR"
    export DINHDANH_TEST_DIR TMPDIR=$DINHDANH_TEST_DIR
    if [[ -z ${DINHDANH_TEST_POSTGRES_URL-} ]]; then
        start_postgres
    fi
    if [[ -z ${DINHDANH_TEST_REDIS_URL-} ]]; then
        start_redis
    fi
}

# free_port: a port of loopback that nobody listens on now. Whoever starts a server on it tries another if it is taken
# before.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

as_postgres() {
    if [[ $(id -u) -eq 0 ]]; then
        (cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
    else
        "$@"
    fi
}

start_postgres() {
    local programs data=$DINHDANH_TEST_DIR/postgres port
    programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    mkdir -m 700 "$data"
    if [[ $(id -u) -eq 0 ]]; then
        chown postgres:postgres "$data"
    fi
    as_postgres "$programs/initdb" --pgdata "$data" --username dinhdanh --auth trust --encoding UTF8 --locale C \
        --no-sync >/dev/null
    cat >>"$data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
fsync = on
END
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        if as_postgres "$programs/pg_ctl" start --silent --wait --pgdata "$data" --log "$data/log" -o "-p $port"; then
            export DINHDANH_TEST_POSTGRES_URL="postgres://dinhdanh@127.0.0.1:$port/postgres?sslmode=disable"
            return
        fi
    done
    cat "$data/log" >&2
    echo "$0: PostgreSQL does not start" >&2
    exit 1
}

start_redis() {
    local folder=$DINHDANH_TEST_DIR/redis port
    mkdir "$folder"
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" --daemonize yes \
            --pidfile "$folder/redis.pid" --logfile "$folder/log" >/dev/null
        for _ in {1..100}; do
            if [[ $(redis-cli -p "$port" ping 2>/dev/null) == PONG && -s $folder/redis.pid ]]; then
                export DINHDANH_TEST_REDIS_URL="redis://127.0.0.1:$port"
                return
            fi
            sleep 0.05
        done
    done
    cat "$folder/log" >&2
    echo "$0: Redis does not start" >&2
    exit 1
}

# ours PID: whether this is a process that names the folder of this run. A pid file may be old and its number another's.
ours() {
    [[ -r /proc/$1/cmdline ]] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$DINHDANH_TEST_DIR" ||
        [[ $(readlink "/proc/$1/cwd") == "$DINHDANH_TEST_DIR"* ]]
} 2>/dev/null

# pids: every process that a pid file in the folder of this run names, and that is one of its.
pids() {
    local file pid
    while IFS= read -r -d '' file; do
        # It may be gone by now, as its server.
        pid=$(head -n 1 "$file" 2>/dev/null) || true
        if [[ $pid =~ ^[0-9]+$ ]] && ours "$pid"; then
            echo "$pid"
        fi
    done < <(find "$DINHDANH_TEST_DIR" -name '*.pid' -type f -print0 2>/dev/null)
}

# stop_servers: ends the servers whose pid files lie in the folder of this run, and removes it. Those and no others.
stop_servers() {
    local pid
    if [[ -z ${DINHDANH_TEST_DIR-} || ! -d $DINHDANH_TEST_DIR ]]; then
        return
    fi
    for pid in $(pids); do
        # A test may have stopped it, and left it so. INT is PostgreSQL's fast way to end, and Redis's way.
        kill -CONT "$pid" 2>/dev/null || true
        kill -INT "$pid" 2>/dev/null || true
    done
    for _ in {1..200}; do
        [[ -n $(pids) ]] || break
        sleep 0.1
    done
    for pid in $(pids); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf -- "$DINHDANH_TEST_DIR"
}
