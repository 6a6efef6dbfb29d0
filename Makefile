# Two commands matter: `make demo` and `make test`. Both work on a fresh machine with Python 3.11+.
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
BIN := $(VENV)/bin
TEST ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench soak serve clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/.$(EXTRAS): pyproject.toml $(VENV)/.run
	$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

demo: $(VENV)/.run ## draw scenes, pre-label them with the built-in model, score and show the result
	$(BIN)/prelabel demo --out demo --overwrite

test: $(VENV)/.$(EXTRAS) ## run the test suite (TEST='-k name' for a part)
	$(BIN)/python -m pytest $(TEST)

check: $(VENV)/.$(EXTRAS) ## linters and types: ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.$(EXTRAS) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.$(EXTRAS) ## measure against peers and lower bounds (DATA=folder with the real models and pictures)
	$(BIN)/python -m benchmarks $(if $(DATA),--real-data $(DATA))

soak: $(VENV)/.$(EXTRAS) ## the long form of the kill and fuzz tests
	$(BIN)/python -m pytest --soak $(TEST)

serve: $(VENV)/.run ## start the server with the built-in models (ARGS='--model my.onnx' for yours)
	$(BIN)/prelabel serve $(or $(ARGS),--model builtin-seg --model builtin-pose)

clean: ## remove the virtual environment and everything generated
	rm -rf $(VENV) .venv-label-studio .venv-tools .venv-sdks demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
