# `make help` lists what there is. All of it works on a machine with Python, g++ and a network.

# A sourced ROS installation also sets ROS_DISTRO; scripts/bootstrap.py says what to do then.
ROS_DISTRO ?= kilted
PYTHON ?= python3
VENV := $(if $(filter kilted,$(ROS_DISTRO)),.venv,.venv-$(ROS_DISTRO))
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# Two workers share the files; those with nodes come last, one after the other (test/conftest.py).
PYTEST_WORKERS ?= -n 2

# Two ROS installations in one process do not mix.
unexport PYTHONPATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH

.DEFAULT_GOAL := help
.PHONY: help env models demo test test-gpu lint bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  ROS_DISTRO=jazzy make ...  uses the other ROS 2 wheels (.venv-jazzy); default: kilted"
	@echo "  make ... PYTHON=python3.12 uses another Python, 3.10 to 3.13"

env: ## build the environment only: .venv, with .venv/bin/affect-perception
	@$(PYTHON) scripts/bootstrap.py --distro $(ROS_DISTRO)

models: env
	@$(BIN)/affect-perception models prepare

demo: models ## a minute and a half of a synthetic driver, live through ROS nodes, with a report at the end
	@$(BIN)/affect-perception demo

test: models ## all tests that this machine can run; skipped ones are listed with their reason
	@AFFECT_REQUIRE_MODELS=1 $(BIN)/python -m pytest $(PYTEST_WORKERS) $(PYTEST_ARGS)

lint: env ## ruff, mypy and the import rules
	@status=0; \
	for check in "ruff check ." "ruff format --check ." "mypy" "lint-imports --no-logo"; do \
	  echo "== $$check"; $(BIN)/$$check || status=1; \
	done; exit $$status

bench: models ## measure the face path and the node; writes bench*.json and docs/benchmarks*.md
	@$(BIN)/affect-perception bench
	@$(BIN)/affect-perception bench models

test-gpu: models ## the backends of a GPU, on the GPU: contract suite, then figures into docs/benchmarks_models.md
	@$(BIN)/affect-perception models backends
	@AFFECT_REQUIRE_GPU=1 $(BIN)/python -m pytest $(PYTEST_ARGS) test/unit/inference/test_backend_contract.py
	@$(BIN)/affect-perception bench models

lock: ## write requirements/*.lock.txt anew from the ranges (needs uv)
	@$(PYTHON) scripts/lock.py

clean: ## remove the environments and everything built
	rm -rf .venv .venv-* build install log out bench.json bench_*.json *.egg-info
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
