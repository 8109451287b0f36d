#!/bin/bash
# SPDX-License-Identifier: EUPL-1.2
# Runs a command beside a throwaway PostgreSQL: a new cluster in a temporary folder, reached only by a Unix socket
# there, stopped and removed when the command ends, however it ends. The command finds its address in
# INFORMA_TEST_POSTGRES_URL (a superuser, database "postgres"). Works as root (PostgreSQL itself refuses to: it then
# runs as the user postgres) and as anyone else.
#
# usage: tests/peers/postgres.sh COMMAND [ARGUMENT…]
set -euo pipefail

# Nothing of this cluster outlives the tests, so that nothing need reach the disk. The memory for its cache and the length
# of its log are what docs/scaling.md tells an installation to give.
readonly SETTINGS="-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
-c max_connections=200 -c log_min_messages=fatal -c shared_buffers=1GB -c max_wal_size=4GB"

main() {
    (($#)) || { echo "usage: $0 COMMAND [ARGUMENT…]" >&2; exit 2; }
    programs="$(find_programs)"
    folder="$(mktemp -d "${TMPDIR:-/tmp}/informa-postgres.XXXXXX")"
    trap stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    start
    # The folder is the host: percent-encoded, as a URL wants it.
    export INFORMA_TEST_POSTGRES_URL="postgres://postgres@${folder//\//%2F}/postgres"
    "$@"
}

find_programs() {
    if command -v initdb >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
        return
    fi
    # Debian keeps each version in a folder of its own, off the PATH.
    local newest
    newest="$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)"
    [[ -n "$newest" ]] || { echo "PostgreSQL is not installed: apt-get install postgresql" >&2; exit 1; }
    echo "$newest"
}

start() {
    ((EUID != 0)) || chown postgres "$folder"
    as_owner "$programs/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        >"$folder.log" 2>&1 || fail
    as_owner "$programs/pg_ctl" -D "$folder/data" -w -t 30 -o "$SETTINGS -k $folder" -l "$folder/log" start \
        >>"$folder.log" 2>&1 || fail
}

stop() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [[ -e "$folder/data/postmaster.pid" ]]; then
        as_owner "$programs/pg_ctl" -D "$folder/data" -w -m immediate stop >/dev/null || true
    fi
    rm -rf "$folder" "$folder.log"
    exit "$status"
}

fail() {
    echo "The throwaway PostgreSQL did not start:" >&2
    cat "$folder.log" >&2
    # The folder belongs to another user when root runs this.
    if [[ -e "$folder/log" ]]; then cat "$folder/log" >&2; fi
    exit 1
}

# A session of its own: Ctrl-C must reach the command and this script, which then stops the server in good order.
as_owner() {
    if ((EUID == 0)); then
        (cd / && setsid --wait runuser -u postgres -- "$@")
    else
        setsid --wait "$@"
    fi
}

main "$@"
