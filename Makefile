# SPDX-License-Identifier: EUPL-1.2
# A newcomer needs two commands, `make run` and `make test`; `make help` lists the others.
# What a target does at length is in deploy/setup/ and tests/peers/; here is only the order.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup-run setup-test setup-audit run build test test-rust test-node main-job torture faulty-world audit bench lint clean

# The dev profile: the first build takes about a third of a release build's time, and its dependencies are optimised
# (Cargo.toml), so the demo answers as quickly as a person can tell. `make run PROFILE=release` is for measuring.
PROFILE ?= dev
PROGRAM := target/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/informa

NODE_MODULES := node_modules/.package-lock.json
FRONT_END := assets/dist/assets.json

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup-run: ## Install what building and running need: OS packages, npm packages, the front-end build
	@deploy/setup/packages.sh run
	@$(MAKE) --no-print-directory --silent $(FRONT_END)

setup-test: ## The same, and what only the tests need: PostgreSQL, Firefox, mail servers
	@deploy/setup/packages.sh test
	@$(MAKE) --no-print-directory --silent $(FRONT_END)

setup-audit: ## The same as for the tests, and Chromium, which Lighthouse drives
	@deploy/setup/packages.sh audit
	@$(MAKE) --no-print-directory --silent $(FRONT_END)

run: build ## Set up, build, and serve the demo on http://localhost:8080
	@exec $(PROGRAM) demo

build: setup-run ## Set up and build the program
	cargo build --locked --profile $(PROFILE)

test: setup-test lint ## Set up, lint, and run every test: Rust on both databases, peers, browser
	@tests/peers/postgres.sh $(MAKE) --no-print-directory test-rust test-node

test-rust: ## The Rust tests alone (PostgreSQL where INFORMA_TEST_POSTGRES_URL says)
	@deploy/setup/test-rust.sh

test-node: ## The tests in a real browser and of the peers, and a small main job: with the program that the Rust tests built
	cargo build --locked --bins --tests
	INFORMA_MAIN_JOB_SUBSCRIBERS=1000 INFORMA_BINARY=$(CURDIR)/target/debug/informa node tests/main_job/main_job.mjs
	INFORMA_TORTURE_KILLS=48 INFORMA_TORTURE_SILENT=1000 INFORMA_BINARY=$(CURDIR)/target/debug/informa node tests/torture/torture.mjs
	INFORMA_FAULTY_NOTIFICATIONS=1000 INFORMA_FAULTY_MINUTES=0.5 INFORMA_BINARY=$(CURDIR)/target/debug/informa \
		node tests/torture/faulty_world.mjs
	INFORMA_BINARY=$(CURDIR)/target/debug/informa node --test --test-concurrency=1 --test-reporter=spec \
		tests/peers/*.test.mjs tests/browser/*.test.mjs

main-job: setup-test build ## All real calls to 10,000 made-up people on both databases, each received exactly once
	tests/peers/postgres.sh env INFORMA_BINARY=$(CURDIR)/$(PROGRAM) node tests/main_job/main_job.mjs

torture: setup-test build ## Kill the program 200 times at every stage of its work, on both databases; nothing may be lost
	tests/peers/postgres.sh env INFORMA_BINARY=$(CURDIR)/$(PROGRAM) node tests/torture/torture.mjs

faulty-world: setup-test build ## 100,000 notifications through push services and a relay that misbehave in every way
	tests/peers/postgres.sh env INFORMA_BINARY=$(CURDIR)/$(PROGRAM) node tests/torture/faulty_world.mjs

audit: setup-audit build ## Every page state by axe in both languages at two widths, and Lighthouse: ONLY=speed or ONLY=accessibility
	INFORMA_BINARY=$(CURDIR)/$(PROGRAM) node tests/browser/audit.mjs $(ONLY)

bench: setup-run ## Measure, each figure beside its bare bound: SCENARIO=encryption for one, ROUNDS=3, SCALE=0.1 for a quick look
	@benches/run.sh $(SCENARIO) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SCALE),--scale $(SCALE))

lint: $(FRONT_END) ## Check the format, clippy and the documentation, warnings being errors
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

clean: ## Remove what was built (not data/, where the demo keeps its database)
	rm -rf target node_modules benches/peers/node_modules assets/dist

# npm writes this file itself. Install scripts are off: none of these packages needs one, and one could do anything.
$(NODE_MODULES): package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The program embeds this folder, so it comes before every cargo command.
$(FRONT_END): $(NODE_MODULES) $(shell find assets -path assets/dist -prune -o -type f -print)
	npm run build
	@touch $@
