#!/bin/bash
# SPDX-License-Identifier: EUPL-1.2
# Builds what is measured, installs the peers it is measured beside, and runs the scenarios next to a throwaway
# PostgreSQL. A peer that cannot be installed is named and left out.
#
# usage: benches/run.sh [SCENARIO] [--rounds N] [--scale FRACTION]
set -euo pipefail

readonly FOLDER=target/bench
PYTHON="$FOLDER/python/bin/python"

main() {
    cd "$(dirname "$0")/.."
    mkdir -p "$FOLDER"
    build
    install_npm_peer
    install_pypi_peer
    "$PROGRAM" certificate "$FOLDER"
    # The authority of this run is the only one that anything measured here trusts.
    SSL_CERT_FILE="$PWD/$FOLDER/authority.pem" tests/peers/postgres.sh "$PROGRAM" run "$@"
}

# The three share one folder of built crates.
build() {
    local target=(env "CARGO_TARGET_DIR=$PWD/target" cargo build --release --locked)
    "${target[@]}"
    "${target[@]}" --manifest-path benches/Cargo.toml -p informa-bench
    "${target[@]}" --manifest-path benches/Cargo.toml -p web-push-peer ||
        left_out "crate web-push with its own client" "it cannot be built here"
    PROGRAM=target/release/informa-bench
}

install_npm_peer() {
    (cd benches/peers && npm ci --ignore-scripts --no-audit --no-fund --silent) ||
        left_out "npm web-push" "npm ci failed"
}

install_pypi_peer() {
    if [[ ! -x "$PYTHON" ]] && ! python3 -m venv "$FOLDER/python"; then
        left_out "PyPI pywebpush" "python3 -m venv failed (Debian: apt-get install python3-venv)"
        return
    fi
    "$PYTHON" -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt ||
        left_out "PyPI pywebpush" "pip install failed"
}

left_out() {
    echo "LEFT OUT: $1: $2" >&2
}

main "$@"
