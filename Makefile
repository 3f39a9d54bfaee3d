# The one interface to everything here. It needs Rust (cargo, clippy, rustfmt), Python >= 3.10 with pip, and a
# C compiler for the linker; what else it uses it installs into $(VENV), in the versions of requirements-dev.txt.
#   make test PYTHON=python3.13 VENV=.venv313    another interpreter, beside the usual one
#   make bench ARGS="..."                        arguments for the script behind the target
#   make fuzz-native SECONDS=600                 how long to fuzz, all targets together; likewise `endurance`

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
SECONDS ?= 60
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN    := $(VENV)/$(SCRIPTS)
RELEASE := $(VENV)-release/$(SCRIPTS)/python
CODE   := python companions tests examples tools benches docs fuzz
FUZZ   := --manifest-path fuzz/Cargo.toml --target-dir target
SOURCE := Cargo.toml Cargo.lock pyproject.toml README.md LICENSE LICENSES-THIRD-PARTY.txt $(shell find src python -name '*.rs' -o -name '*.py*' -not -name '*.pyc')

# Every build and check of the extension sees the same interpreter, so that none of them rebuilds for another's sake.
export PYO3_PYTHON := $(abspath $(BIN)/python)

.NOTPARALLEL:
.PHONY: help build quick demo test lint rust-test python-test portable-test checked-test compile-check test-all test-asan wheels finish-wheels try-wheels release-check release-files upstream latest-dependents bench bench-deflate bench-servers conformance endurance docs fuzz fuzz-native mutants clean

help:         ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

build: $(VENV)/.package    ## build the extension and install the package into .venv

$(VENV)/.tools: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement $<
	@touch $@

$(VENV)/.package: $(VENV)/.tools $(SOURCE)
	rm -rf $(VENV)/wheels
	$(BIN)/maturin build --release --locked --interpreter $(PYO3_PYTHON) --out $(VENV)/wheels
	$(BIN)/python -m pip install --quiet --no-index --no-deps --force-reinstall $(VENV)/wheels/*.whl
	@touch $@

quick: $(VENV)/.tools    ## build with assertions and without link-time optimisation, in seconds
	rm -rf $(VENV)/wheels
	$(BIN)/maturin build --quiet --profile checked --locked --interpreter $(PYO3_PYTHON) --out $(VENV)/wheels
	$(BIN)/python -m pip install --quiet --no-index --no-deps --force-reinstall $(VENV)/wheels/*.whl
	@rm -f $(VENV)/.package

demo: build   ## hold a conversation with the echo server, twice
	$(BIN)/python -m tools.demo

test: lint docs compile-check rust-test python-test portable-test checked-test    ## run what CI runs for every change

lint: build   ## check format, lints, types and stubs
	cargo fmt --check
	cargo clippy --locked --quiet --all-targets -- -D warnings
	cargo clippy --locked --quiet --all-targets --features python -- -D warnings
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo clippy $(FUZZ) --quiet --all-targets -- -D warnings
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/python -m tools.licences --check
	$(BIN)/python -m tools.lint_workflows
	MYPYPATH=python $(BIN)/stubtest wsproto --mypy-config-file pyproject.toml

rust-test:    ## test the protocol core, without Python, and replay the inputs of fuzz/corpus
	cargo test --locked --quiet
	cargo test $(FUZZ) --quiet

python-test: build    ## test the installed package
	$(BIN)/python -m pytest $(ARGS)

compile-check: $(VENV)/.tools    ## compile for every supported CPython, installed or not
	$(BIN)/python -m tools.compile_check $(ARGS)

test-all: $(VENV)/.tools    ## run the suite on every CPython found on this machine
	$(BIN)/python -m tools.test_all $(ARGS)

test-asan: $(VENV)/.tools    ## run the suite under AddressSanitizer, with assertions: before a release
	$(BIN)/python -m tools.test_asan $(ARGS)

# A build with assertions reads which instructions to use.
portable-test: build/checked    ## test text and masking without the processor's own instructions
	WSPROTO_TEST_INSTRUCTIONS=portable cargo test --locked --quiet
	WSPROTO_TEST_INSTRUCTIONS=portable cargo test $(FUZZ) --quiet
	WSPROTO_TEST_INSTRUCTIONS=portable PYTHONPATH=build/checked $(BIN)/python -m pytest -q -p no:cacheprovider \
	    tests/connection/test_receiving.py tests/differential/test_data_phase.py tests/differential/test_sending.py \
	    tests/differential/test_frame_protocol.py

checked-test: build/checked    ## test the package built with assertions, which check the rule of locks
	WSPROTO_TEST_CHECKED=1 PYTHONPATH=build/checked $(BIN)/python -m pytest -q -p no:cacheprovider \
	    tests/connection tests/differential \
	    tests/events tests/extensions tests/handshake tests/safety tests/test_garbage_collection.py tests/test_threads.py

build/checked: $(VENV)/.tools $(SOURCE)
	rm -rf $@ $(VENV)/wheels
	$(BIN)/maturin build --quiet --profile checked --locked --interpreter $(PYO3_PYTHON) --out $(VENV)/wheels
	$(BIN)/python -m pip install --quiet --no-index --no-deps --target $@ $(VENV)/wheels/*.whl

$(VENV)-release/.tools: requirements-release.txt
	$(PYTHON) -m venv $(VENV)-release
	$(RELEASE) -m pip install --quiet --requirement $<
	@touch $@

wheels: $(VENV)-release/.tools    ## build the wheels and sdists of a release into dist/, and try them
	$(RELEASE) -m tools.wheels $(ARGS)

# What another program has built into dist/ takes no tools to finish and to try; `release.yml` does so.
finish-wheels:    ## make wheels of both distributions, the same for every build, of those in dist/
	$(PYTHON) -m tools.wheels --finish $(ARGS)

try-wheels:   ## run upstream's suite and a conversation on the wheels in dist/
	$(PYTHON) -m tools.wheels --try $(ARGS)

release-check: build $(VENV)-release/.tools    ## rehearse a release in every documented way, and print what it has
	$(RELEASE) -m tools.release_check --python $(BIN)/python $(ARGS)

release-files:    ## write checksums, index and notes for the archives in dist/
	$(PYTHON) -m tools.release_check --files

upstream: build    ## hold this package against another release of upstream's: VERSION=1.3.1
	$(BIN)/python -m tools.upstream $(VERSION) $(ARGS)

latest-dependents:    ## test servers and clients in their newest versions
	$(MAKE) build VENV=$(VENV)-latest
	$(VENV)-latest/$(SCRIPTS)/python -m pip install --quiet --upgrade flask-sock httpx-ws hypercorn quart simple-websocket trio-websocket uvicorn
	$(VENV)-latest/$(SCRIPTS)/python -m pytest tests/servers tests/examples $(ARGS)

bench: build  ## measure against upstream
	$(BIN)/python benches/bench.py $(ARGS)

bench-deflate: build    ## measure compression over many connections, beside zlib
	$(BIN)/python benches/deflate.py $(ARGS)

bench-servers: build    ## measure uvicorn on ours, on upstream and on websockets, wspy, picows and aiohttp
	$(BIN)/python benches/servers.py $(ARGS)

conformance: build    ## run Autobahn's suite, which needs Python 2.7
	$(BIN)/python -m tests.conformance $(ARGS)

endurance: build    ## let many connections come, talk, misbehave and go, for SECONDS
	$(BIN)/python -m tools.endurance --seconds $(SECONDS) $(ARGS)

docs: build   ## make the documents, into build/docs
	rm -rf build/docs
	$(BIN)/sphinx-build -W --keep-going --quiet --builder html docs build/docs $(ARGS)

fuzz: build   ## compare with upstream on random input
	$(BIN)/python tests/differential/fuzz.py $(ARGS)

fuzz-native: $(VENV)/.tools    ## fuzz the protocol core, guided by coverage, for SECONDS in all
	$(BIN)/python -m tools.fuzz_native --seconds $(SECONDS) $(ARGS)

mutants:      ## see whether the core's tests notice faults made on purpose (needs cargo-mutants)
	cargo mutants --file 'src/protocol/**' --output build --profile checked $(ARGS) -- --lib

clean:        ## remove what make has made
	rm -rf $(VENV) $(VENV)-release $(VENV)-latest target build dist
