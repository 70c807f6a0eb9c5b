# make demo and make test each work alone on a machine with Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DATA ?= ../shared/data
OUT ?= build

.PHONY: demo test install install-dev fix check slow bench-real clean

demo: $(VENV)/.installed
	$(BIN)/curate build demo -o $(OUT)/demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m "not real and not slow"

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.installed

fix: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

slow: install-dev
	$(BIN)/python -m pytest -n auto

bench-real: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/real/run.py --data $(DATA) -o $(OUT)/real

clean:
	rm -rf $(VENV) $(OUT)
