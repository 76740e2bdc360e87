# Each target does all its own set-up: a .venv with the locked dependencies, installed by uv inside it. What the bot needs
# is compiled at once; the rest when it is first imported, also where PYTHONDONTWRITEBYTECODE is set: or each of the
# tests' processes would compile it anew.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
export PYTHONDONTWRITEBYTECODE :=
# Trust the machine's certificates where it has some, as pip does: a company's proxy may have its own.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),true,false)
# The suite waits more than it works: three at a time are right for two cores.
TESTS := -n 3 --dist worksteal
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

# What a target does stands behind its ##: `make help` lists them.
.PHONY: help demo test test-postgresql test-pgbouncer test-long test-install wheel coverage crashtest bench lint format pictures lock clean

help:  ## List the targets
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/ready  ## Try it: the sample pages, a digest, and a chat in this terminal
	@$(BIN)/digestbot demo

test: .venv/ready-dev lint  ## The linters and all tests
	$(BIN)/pytest $(TESTS)

test-postgresql: .venv/ready-dev  ## All tests on PostgreSQL
	TEST_ENGINE=postgresql $(BIN)/pytest $(TESTS)

test-pgbouncer: .venv/ready-dev  ## The tests of core and store through PgBouncer (needs it)
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null || { echo "On Debian: apt install pgbouncer" >&2; exit 1; }
	TEST_ENGINE=postgresql TEST_PGBOUNCER=1 $(BIN)/pytest $(TESTS) tests/core tests/store

test-long: .venv/ready-dev  ## The tests with many cases, each with all of them: every real page in every form
	TEST_LONG=25 $(BIN)/pytest $(TESTS) tests/core/test_any_order.py tests/core/test_bad_rows.py tests/platforms

# What of digestbot/ the suite passes through, by line and branch, and what it does not: in pytest's workers and in each
# process of the bot that a test starts, unless the test kills it. TESTS=tests/cards measures a part.
coverage: .venv/ready-dev  ## Which lines and branches the tests run through
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

crashtest: .venv/ready-dev  ## Kills, faults and full disks, and what arrives in spite of them (minutes)
	$(BIN)/python -m tests.crash
	TEST_LONG=25 $(BIN)/pytest tests/core/test_any_order.py

lint: .venv/ready-dev  ## Check style, types and the rules about imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready-dev  ## Format the code, and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready-dev  ## Measure every claim beside a yardstick from the same run (long)
	$(BIN)/python -m benchmarks

pictures: .venv/ready-dev  ## Draw the README's pictures (needs Chromium)
	@command -v chromium >/dev/null || { echo "make pictures needs Chromium: on Debian, apt install chromium" >&2; exit 1; }
	$(BIN)/python -m docs.draw

lock: .venv/ready  ## Update the lock files from pyproject.toml
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group setup -o requirements-setup.lock
	$(LOCK) --extra postgres -c requirements.lock pyproject.toml -o requirements-postgres.lock
	$(LOCK) --extra build -c requirements.lock pyproject.toml -o requirements-build.lock
	$(LOCK) --group dev --extra build --extra postgres -c requirements.lock pyproject.toml -o requirements-dev.lock

wheel: .venv/ready  ## Build dist/digestbot-….whl, for an installation without a checkout
	$(BIN)/python -m hatchling build -t wheel -d dist

# Each way that the README shows, in folders of its own; what they need comes from uv's cache or the network.
test-install: .venv/ready  ## Install the wheel with uv tool, pipx and pip, and run the demo of each
	$(BIN)/python -m tests.install

clean:  ## Delete .venv and all caches
	rm -rf .venv .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "digestbot needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "Setting up .venv (once) …" >&2
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Python cannot make a .venv: on Debian, apt install python3-venv" >&2; exit 1; }

.venv/ready: requirements.lock requirements-setup.lock pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@$(UV) --compile-bytecode --require-hashes -r requirements.lock
	@$(UV) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q digestbot
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	@$(UV) --require-hashes -r requirements-dev.lock
	@touch $@
