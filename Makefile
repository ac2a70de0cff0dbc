SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/.tools:$(PATH)

INSTALLED := node_modules/.installed
PEERS := test/conformance/node_modules/.installed
SOURCES := $(shell find src -type f 2>/dev/null)
POLICIES := $(shell find policies -type f ! -name '*_test.rego' 2>/dev/null)
# Most tests wait for programs that they start: a runner that leaves one core free, as Node's does, leaves it idle.
CORES := $(shell getconf _NPROCESSORS_ONLN)
OPA_CHECK := --strict --schema schemas --capabilities capabilities.json

.PHONY: help setup build demo test lint fmt types policies dev bench laws proofs clean unit package

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) build ## install everything (Node 24, opa, regal) and build

$(INSTALLED): package.json package-lock.json scripts/tools/install scripts/tools/node/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	scripts/tools/install
	touch $@

# Programs that others wrote, for the tests alone: they stay out of the product's lockfile.
$(PEERS): test/conformance/package.json test/conformance/package-lock.json $(INSTALLED)
	npm ci --prefix test/conformance --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

build: $(INSTALLED) dist/main.js bundles/kubiya.tar.gz ## compile TypeScript to dist/ and the policies to bundles/

dist/main.js: $(SOURCES) tsconfig.json tsconfig.build.json
	rm -rf dist
	tsc -p tsconfig.build.json
	chmod +x $@

bundles/kubiya.tar.gz: $(POLICIES) scripts/bundle.ts
	node scripts/bundle.ts

demo: setup ## the main job, told as a short story
	@node scripts/demo.ts

test: setup lint policies unit package ## every check, fastest first

lint: $(INSTALLED) ## format, lint, types, generated types
	oxfmt --check
	oxlint --type-aware --max-warnings 0
	tsc
	node scripts/types.ts --check

fmt: $(INSTALLED) ## format TypeScript and Rego
	oxfmt
	opa fmt --write policies templates examples

types: $(INSTALLED) ## write the TypeScript types of the documents that have a JSON Schema
	node scripts/types.ts

policies: $(INSTALLED) ## check, lint and test the Rego
	cd policies && opa fmt --fail --list .
	cd policies && opa check -b . $(OPA_CHECK)
	cd policies && regal lint .
	cd policies && opa test -b . $(OPA_CHECK:--strict=) --threshold 100

unit: build $(PEERS) ## the TypeScript tests
	node --test --test-concurrency=$(CORES) --test-timeout=120000 'test/**/*.test.ts'
	knip

package: build ## pack, install in an empty folder, run from there
	node scripts/package-test.ts

dev: build ## serve examples/company.json over stdio from the sources
	node src/main.ts mcp serve --config examples/company.json --debug

laws: $(INSTALLED) ## the laws of the policies on 10,000 random worlds each (minutes)
	LAWS=10000 node --test --test-timeout=1800000 test/policies/laws.test.ts

proofs: build ## every change to an audit chain found, every failing call to the disk and 1,000 kills survived (an hour)
	PROOFS=all node --test --test-timeout=3600000 test/audit/tampering.test.ts test/audit/faults.test.ts test/e2e/kills.test.ts

bench: build ## measure; writes bench/RESULTS.md
	node bench/run.ts

clean: ## remove what was built (not .tools/)
	rm -rf dist bundles node_modules scripts/tools/node/node_modules test/conformance/node_modules
