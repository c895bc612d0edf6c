# Moisson. `make help` lists what can be asked.
CARGO  ?= cargo
PYTHON ?= python3
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Third-party readers of what we publish, for the tests: pinned, installed once, beside the build.
CONSUMERS := $(abspath $(TARGET))/consumers
# What `make bench` measures us beside: pinned, installed once, beside the build.
PEERS := $(abspath $(TARGET))/peers
SCALE ?= base
SOAK  ?= 100
MOISSON = $(CARGO) run --locked --quiet --package moisson-cli --bin moisson --

.DEFAULT_GOAL := help
.PHONY: help demo test soak check fmt lint doc deny definitions consumers build bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: ## the main job, on the demonstration sites: a release in data/publish/latest
	@echo "building moisson (the first time: about three minutes on two cores)"
	@$(CARGO) build --locked --package moisson-cli --bin moisson
	@$(MOISSON) demo

test: consumers ## every test, the third-party readers included
	MOISSON_CONSUMERS=$(CONSUMERS) $(CARGO) test --locked

soak: ## a harvest killed at SOAK random instants (100)
	MOISSON_KILLS=$(SOAK) $(CARGO) test --locked --package moisson-cli --test e2e -- kills --nocapture

check: fmt lint doc test definitions deny ## what a change must pass: formatting, lints, documentation, tests, definitions, dependencies

fmt: ## is the code formatted?
	$(CARGO) fmt --all --check

lint: ## clippy, warnings denied
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc: ## documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

definitions: ## are the sources, datasets and schemas of this project right?
	$(MOISSON) check

deny: ## bans, licences and origins of the dependencies
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked --quiet cargo-deny
	$(CARGO) deny --log-level error check bans licenses sources

consumers: $(CONSUMERS)/.ready ## install the third-party readers that the tests use

$(CONSUMERS)/.ready: tests/consumers/requirements.txt tests/consumers/package.json tests/consumers/package-lock.json
	@echo "installing the third-party readers of the tests in $(CONSUMERS)"
	@mkdir -p $(CONSUMERS)
	@$(PYTHON) -m venv $(CONSUMERS)/venv
	@$(CONSUMERS)/venv/bin/pip install --quiet --disable-pip-version-check --requirement tests/consumers/requirements.txt
	@cp tests/consumers/package.json tests/consumers/package-lock.json $(CONSUMERS)/
	@cd $(CONSUMERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build: ## the optimised executable
	$(CARGO) build --locked --release --package moisson-cli --bin moisson

bench: $(PEERS)/.ready ## speed, side by side with peers in one run (SCALE=small to try it, BENCH="--only harvest --json")
	$(CARGO) build --locked --release --package moisson-cli --bin moisson --package moisson-bench --bin moisson-bench
	$(TARGET)/release/moisson-bench --python $(PEERS)/bin/python --scale $(SCALE) $(BENCH)

$(PEERS)/.ready: crates/bench/requirements.txt
	@echo "installing the peers of the benchmark in $(PEERS)"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement crates/bench/requirements.txt
	@touch $@

clean: ## remove the build and the demonstration's data
	$(CARGO) clean
	rm -rf data
