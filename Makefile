# The two commands that matter: `make run` and `make test`. Both install what they need beyond Rust, or say what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TOOLS := $(CURDIR)/target/tools
RELEASE := target/release/switchhook

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.PHONY: run
run: release ## build, start the switch on its demo configuration, place a first call, go on serving
	$(RELEASE) serve --demo

.PHONY: test
test: lint plugins test-plugins test-sdk test-host test-interop test-phones test-platform ## everything: lints, unit tests, simulation, end-to-end, SIPp
	@echo "make test: all passed"

.PHONY: compilers
compilers: # what libopus is built with
	@command -v cmake >/dev/null && command -v cc >/dev/null || tests/setup.sh cmake gcc libc6-dev make

.PHONY: lint
lint: compilers ## formatting, clippy without warnings, licences and sources of all dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	for workspace in sdk/rust sdk/rust/example plugins; do (cd $$workspace && cargo fmt --check && cargo clippy --quiet --all-targets -- -D warnings) || exit 1; done
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
test-plugins: ## the plugins' logic, natively
	cd plugins && cargo test --quiet

.PHONY: test-sdk
test-sdk: ## the SDK of every language: its own tests, its example and template, natively and built; fetches compilers into a cache
	for language in rust js python c go; do sdk/$$language/test.sh || exit 1; done

.PHONY: test-host
test-host: plugins compilers ## unit tests, simulation and end-to-end tests of the switch
	cargo build --workspace --all-targets --all-features
	cargo test --workspace --all-features

.PHONY: release
release: plugins compilers ## the daemon as it is deployed, and the tools of the tests (one selection: the features of wasmtime stay the same)
	cargo build --release --workspace --bins

.PHONY: test-interop
test-interop: test-host ## SIPp and softphones against the daemon: see tests/interop
	tests/setup.sh sip-tester baresip-core python3
	SWITCHHOOK=target/debug/switchhook CALLS=$${CALLS:-300} tests/interop/run.sh
	SWITCHHOOK=target/debug/switchhook tests/interop/softphones.sh
	SWITCHHOOK=target/debug/switchhook tests/interop/features.py
	SWITCHHOOK=target/debug/switchhook tests/interop/torture.py
	SWITCHHOOK=target/debug/switchhook tests/interop/conference.py
	SWITCHHOOK=target/debug/switchhook target/debug/media_load --calls 20 --seconds 5

.PHONY: test-phones
test-phones: test-interop ## pjsua, baresip and a browser, mailboxes and recordings, NAT and dying carriers in network namespaces, attacks; builds pjsua once
	SWITCHHOOK=target/debug/switchhook tests/interop/phones.py
	SWITCHHOOK=target/debug/switchhook tests/interop/voicemail.py
	SWITCHHOOK=target/debug/switchhook tests/interop/browser.py
	SWITCHHOOK=target/debug/switchhook tests/interop/network.py
	SWITCHHOOK=target/debug/switchhook tests/interop/attack.py
	SWITCHHOOK=target/debug/switchhook tests/interop/quality.py
	SWITCHHOOK=target/debug/switchhook tests/interop/ivr.py

.PHONY: test-platform
test-platform: test-interop ## every shipped plugin by SIPp calls, a Dragon PBX application behind the switch, the cookbook
	SWITCHHOOK=target/debug/switchhook CALLS=10 tests/interop/plugins.py
	SWITCHHOOK=target/debug/switchhook CALLS=100 RATE=20 tests/interop/dragon.py
	SWITCHHOOK=../../target/debug/switchhook sdk/cookbook/check.sh

.PHONY: languages
languages: ## the example plugin in every language, in target/languages
	sdk/examples.sh

.PHONY: platform
platform: release languages ## plugins in every language from nothing to a call; 500 calls/s through four plugins in four languages
	tests/setup.sh sip-tester python3
	tests/interop/plugins.py
	tests/interop/dragon.py
	tests/interop/journey.py
	tests/interop/chain.py

.PHONY: interop
interop: release ## the same in full: 10,000 calls a case, release build
	tests/setup.sh sip-tester baresip-core python3
	CALLS=$${CALLS:-10000} RATE=$${RATE:-400} tests/interop/run.sh udp tcp loss
	CALLS=1000 tests/interop/run.sh guests swap
	tests/interop/softphones.sh
.PHONY: simulate
simulate: compilers ## 10,000 seeds of the simulation (SEEDS=n for another number)
	SEEDS=$${SEEDS:-10000} cargo test --release -p switchhook-simulation -- --nocapture

.PHONY: fuzz
fuzz: compilers ## ten minutes (SECONDS_EACH=600) of each fuzz target; needs cargo-fuzz and a nightly toolchain
	for target in message framing websocket digest sdp exchange decode sound session; do \
		mkdir -p tests/fuzz/corpus/$$target; seeds=$$(ls -d tests/fuzz/seeds/$$target 2>/dev/null); \
		cargo +nightly fuzz run --fuzz-dir tests/fuzz -s none $$target tests/fuzz/corpus/$$target $$seeds -- -max_total_time=$${SECONDS_EACH:-600} || exit 1; done

.PHONY: bench
bench: bench-decision bench-languages bench-platform bench-call bench-exchanges bench-relay bench-media bench-message bench-exchange ## every measurement, one after another

.PHONY: bench-decision
bench-decision: release ## a decision by table and by webhook, fresh instance
	target/release/decision

.PHONY: bench-languages
bench-languages: release languages ## the example plugin in every language: size, compiling, loading, memory, decisions fresh and warm
	target/release/languages --build

.PHONY: bench-platform
bench-platform: release ## a chain of four beside one stage; a hundred plugins from the cache
	target/release/platform

.PHONY: bench-call
bench-call: release ## whole calls beside a stateful proxy with a Lua route
	tests/setup.sh kamailio kamailio-lua-modules
	target/release/whole_call

.PHONY: bench-exchanges
bench-exchanges: release ## whole calls through one exchange and through two: what a second core brings
	target/release/exchanges

.PHONY: bench-relay
bench-relay: release ## RTP packets through the relay beside a plain loop
	target/release/rtp_relay

.PHONY: bench-media
bench-media: release ## calls with media through the daemon: CPU, delay, drift, memory; CALLS=n, MEDIA_SECONDS=n, MODES="relay prompt …"
	for mode in $${MODES:-relay transcode-opus transcode-G722 record prompt conference gather}; do \
		target/release/media_load --mode $$mode --calls $${CALLS:-200} --seconds $${MEDIA_SECONDS:-20} || exit 1; done

.PHONY: bench-message
bench-message: compilers ## parse, type and write an INVITE, beside rsip
	cargo bench -p switchhook-sip --all-features --bench message

.PHONY: bench-exchange
bench-exchange: release ## the exchange alone: calls per second of one core
	target/release/exchange_bench
