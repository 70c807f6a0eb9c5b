# make demo and make test each work alone on a machine with Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DATA ?= ../shared/data
OUT ?= build

# Modules are compiled when they are first used: most of what is installed never is.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: demo test test-train hub hub-smoke install install-dev fix check slow bench-real bench-tokens bench-language bench-scale bench-near bench-leaks bench-template constraints clean

demo: $(VENV)/.installed
	$(BIN)/curate build demo -o $(OUT)/demo
	PYTHONPATH=tests/hub $(BIN)/python -m double $(BIN)/python tests/hub/roundtrip.py $(OUT)/demo --namespace me

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m "not real and not slow"

# Does what is published train, and does TRL keep what the forecast says? In an environment of its own; skipped where
# torch cannot be had. PyPI's torch for Linux brings CUDA with it: with PIP_EXTRA_INDEX_URL set to an index of CPU
# builds, pip takes one of those.
TRAIN = $(VENV)-train
test-train:
	@$(MAKE) --no-print-directory $(TRAIN)/.installed || echo 'test-train: skipped, its environment cannot be had'
	@test ! -e $(TRAIN)/.installed || OMP_NUM_THREADS=1 \
		$(TRAIN)/bin/python -m pytest tests/train -o filterwarnings=default -W ignore

# A stand-in for the Hub on loopback, to try pulling and publishing by hand.
hub: $(VENV)/.installed
	PYTHONPATH=tests/hub $(BIN)/python -m double --port 8765

# The same on the real Hub, for anyone with a token: HF_TOKEN=… make hub-smoke NAMESPACE=your-name
RECIPES ?= demo recipes/trlm/faithful
hub-smoke: $(VENV)/.installed
	$(BIN)/python tests/hub/roundtrip.py $(OUT)/hub-smoke --namespace $(NAMESPACE) --prefix curate-smoke- --rows 100 --delete --recipes $(RECIPES)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e '.[dev]'
	touch $(VENV)/.installed $@

$(TRAIN)/.installed: pyproject.toml constraints.txt constraints-train.txt
	rm -f $@
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
		-c constraints.txt -c constraints-train.txt -e . pytest hypothesis torch trl
	touch $@

fix: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

slow: install-dev
	$(BIN)/python -m pytest -n auto

bench-real: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/real/run.py --data $(DATA) -o $(OUT)/real

bench-tokens: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/tokens/run.py --data $(DATA)

bench-language: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/language/run.py --data $(DATA)

bench-scale: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/scale/run.py -o $(OUT)/scale

# Near-duplicates beside what a user would pick instead; the rivals go into this environment.
bench-near: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet rensa==0.5.0 xxhash
	POLARS_MAX_THREADS=1 $(BIN)/python benchmarks/near_duplicates/run.py --data $(DATA)

bench-template: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet transformers==5.23.0
	$(BIN)/python benchmarks/chat_template/run.py

bench-leaks: $(VENV)/.installed-dev
	POLARS_MAX_THREADS=1 $(BIN)/python benchmarks/decontaminate/run.py --data $(DATA)

# What a fresh environment with the newest of everything holds, once its tests pass.
constraints:
	$(PYTHON) -m venv $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -e '.[dev]'
	{ sed -n '/^#/p' constraints.txt; $(VENV)-newest/bin/python -m pip freeze --exclude-editable; } > constraints.new
	mv constraints.new constraints.txt
	rm -r $(VENV)-newest

clean:
	rm -rf $(VENV) $(TRAIN) $(OUT)
