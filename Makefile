# The two commands that matter: `make run` and `make test`. Both install what they need beyond Rust, or say what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TOOLS := $(CURDIR)/target/tools
RELEASE := target/release/switchhook

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.PHONY: run
run: plugins ## build, start the switch on its demo configuration, place a first call, go on serving
	cargo run --release -p switchhook-daemon --bin switchhook -- serve --demo

.PHONY: test
test: lint plugins test-plugins test-host test-interop ## everything: lints, unit tests, simulation, end-to-end, SIPp
	@echo "make test: all passed"

.PHONY: lint
lint: ## formatting, clippy without warnings, licences and sources of all dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	for workspace in sdk/rust plugins; do (cd $$workspace && cargo fmt --check && cargo clippy --quiet --all-targets -- -D warnings) || exit 1; done
	$(MAKE) deny

.PHONY: deny
deny: ## cargo-deny, installed from crates.io below target/ where it is missing
	@command -v cargo-deny >/dev/null || [ -x $(TOOLS)/bin/cargo-deny ] || { echo "installing cargo-deny (once, a few minutes)"; \
		cargo install --quiet --locked cargo-deny --root $(TOOLS); }
	PATH="$(TOOLS)/bin:$$PATH" cargo deny --all-features check bans licenses sources

.PHONY: plugins
plugins: ## the shipped plugins as components, in target/plugins
	plugins/build.sh

.PHONY: test-plugins
test-plugins: ## the plugins' logic and the SDK, natively
	cd sdk/rust && cargo test --quiet
	cd plugins && cargo test --quiet

.PHONY: test-host
test-host: plugins ## unit tests, simulation and end-to-end tests of the switch
	cargo test --workspace --all-features

.PHONY: release
release: plugins ## the daemon as it is deployed
	cargo build --release -p switchhook-daemon

.PHONY: test-interop
test-interop: release ## SIPp against the daemon: see tests/interop
	tests/setup.sh sip-tester
	tests/interop/run.sh

.PHONY: simulate
simulate: ## 10,000 seeds of the simulation (SEEDS=n for another number)
	SEEDS=$${SEEDS:-10000} cargo test --release -p switchhook-simulation -- --nocapture

.PHONY: bench
bench: bench-decision bench-call bench-relay bench-message bench-exchange ## every measurement, one after another

.PHONY: bench-decision
bench-decision: plugins ## a decision by table and by webhook, fresh instance
	cargo run --release -p switchhook-bench --bin decision

.PHONY: bench-call
bench-call: release ## whole calls beside a stateful proxy with a Lua route
	tests/setup.sh kamailio kamailio-lua-modules
	cargo build --release -p switchhook-bench --bin whole_call
	target/release/whole_call

.PHONY: bench-relay
bench-relay: ## RTP packets through the relay beside a plain loop
	cargo run --release -p switchhook-bench --bin rtp_relay

.PHONY: bench-message
bench-message: ## parse, type and write an INVITE, beside rsip
	cargo bench -p switchhook-sip --all-features --bench message

.PHONY: bench-exchange
bench-exchange: ## the exchange alone: calls per second of one core
	cargo run --release -p switchhook-simulation --bin exchange_bench
