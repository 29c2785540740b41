# What people type. Each target installs what it needs and says so.
#
#   make demo     train on the sample data of this repository and name the report to open
#   make test     all tests (SLOW=1 also runs the long ones)

SWIFT_FLAGS := -c release -Xswiftc -disable-cmo --explicit-target-dependency-import-check error
# Cross-module optimisation is off: it made builds slower and, measured, nothing faster.
SWIFT_FOLDERS := $(wildcard Sources Tests Snippets Benchmarks Package.swift)
APUS := .build/release/apus
DEMO := runs/demo
# What run.json and the report say the program was built from; outside a checkout, nothing.
NOTE_COMMIT := git describe --always --dirty --abbrev=40 --match=- > .build/release/apus.commit 2>/dev/null || true

.PHONY: help setup build demo test bench fuzz docs format lint clean

help:
	@echo "make setup    install what is missing on this machine"
	@echo "make build    build the program: $(APUS)"
	@echo "make demo     train on sample physics and name the report to open"
	@echo "make test     run the tests (SLOW=1: the long ones too)"
	@echo "make bench    compare speed with PyTorch, LightGBM, XGBoost, scikit-learn, uproot, pyarrow and h5py, side by side"
	@echo "make fuzz     give the readers damaged files for ten minutes (SECONDS=3600: an hour)"
	@echo "make docs     build the reference in .build/docs"
	@echo "make format   format all Swift files"
	@echo "make lint     check format and file sizes"

setup:
	@Tools/setup

build: setup
	swift build $(SWIFT_FLAGS)
	@$(NOTE_COMMIT)

demo: build
	$(APUS) train Examples/higgs.yaml --out $(DEMO) --force
	@echo
	@echo "Open the report: $(CURDIR)/$(DEMO)/report.html"

test: setup
	swift build --build-tests $(SWIFT_FLAGS)
	@$(NOTE_COMMIT)
	swift test --skip-build $(SWIFT_FLAGS) --disable-xctest
	@for snippet in $(notdir $(basename $(wildcard Snippets/*.swift))); do \
	  .build/release/$$snippet >/dev/null || { echo "Snippets/$$snippet.swift failed"; exit 1; }; done
	@Tools/check-c-example

bench: build
	Tools/setup-python benchmarks
	.venv/bin/python Benchmarks/compare.py
	.venv/bin/python Benchmarks/classical.py svm-20k-10 knn-50k-28
	.venv/bin/python Benchmarks/make_nanoaod.py .build/bench-nano --megabytes 256
	.venv/bin/python Benchmarks/read_root.py .build/bench-nano
	.venv/bin/python Benchmarks/read_tables.py
	.venv/bin/python Benchmarks/trees.py short
	.venv/bin/python Benchmarks/forests.py --events 20000 --rounds 1

fuzz: setup
	Tools/fuzz $(SECONDS)

docs: setup
	Tools/docs

format:
	swift format --in-place --recursive $(SWIFT_FOLDERS)

lint:
	swift format lint --strict --recursive $(SWIFT_FOLDERS)
	Tools/check-files
	Tools/check-cases
	Tools/essay --check
	Tools/check-coverage

clean:
	rm -rf .build runs
