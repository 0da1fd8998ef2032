# make demo: install and run the main job on sample_data/. make test: the tests. Both from nothing but Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all system check cover golden lock hooks bench bench-district bench-city clean

demo: $(READY)
	$(BIN)/python sample_data/demo.py build/demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not system"

# Those of tests/system skip themselves, each with its reason, where a program of Debian's is missing.
test-all: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -rs

# What a browser and an office suite make of our documents. Here a skip is a failure; .ci/run installs what is needed.
system: $(READY)
	FCINS_SYSTEM=1 $(BIN)/python -m pytest -m system

check: $(READY)
	$(BIN)/ruff format --check fcins tests sample_data
	$(BIN)/ruff check fcins tests sample_data
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_house.py

# Lines and branches of fcins that make test reaches, in the commands that tests start too.
cover: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not system" --cov --cov-report=term:skip-covered

# ruff on what is staged, and subjects of at most 72 characters, at every commit in this clone.
hooks: $(READY)
	git config core.hooksPath .ci/hooks

# requirements.txt anew from pyproject.toml: what is locked and still fits stays. For the newest of all, rm it first.
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet "uv>=0.9"
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-annotate --custom-compile-command "make lock" --extra dev pyproject.toml --output-file requirements.txt

# fcins against a competent analyst's script, on a town (minutes), on a whole district (a quarter of an hour), and growth.
bench: $(READY)
	$(BIN)/python tests/bench/bench.py --people 57000 --towns 1 --villages 47 --seed 7

bench-district: $(READY)
	$(BIN)/python tests/bench/bench.py --people 400000 --towns 7 --villages 47 --seed 7

bench-city: $(READY)
	$(BIN)/python tests/bench/bench.py --curve 4000,40000,400000,4000000 --towns 7 --villages 47 --seed 7

golden: $(READY)
	FCINS_REGOLD=1 $(BIN)/python -m pytest tests/golden tests/test_pages.py tests/test_readme.py

$(READY): pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	$(BIN)/python -m compileall -q fcins  # an editable install is not compiled, and Python may be told not to
	touch $(READY)

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
