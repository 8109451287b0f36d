#!/bin/bash
# SPDX-License-Identifier: EUPL-1.2
# Runs the Rust tests: with cargo-nextest where it is installed, which is quicker and prints less, otherwise with
# cargo itself. The examples in the documentation are tested either way; nextest leaves them out.
set -euo pipefail

# The runner hides what passing tests print, and what was left out must be seen.
[[ -n "${INFORMA_TEST_POSTGRES_URL:-}" ]] || echo "SKIPPED on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set"
[[ -f "${INFORMA_TEST_DATA:-../shared/data}/calls.jsonl" ]] ||
    echo "SKIPPED on real data: INFORMA_TEST_DATA names no folder with calls.jsonl"

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --no-fail-fast
    cargo test --locked --doc
else
    cargo test --locked --no-fail-fast
fi
