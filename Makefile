# `make help` lists what there is. Everything is built from this checkout and the module cache; tools go to .bin.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .bin
PERDURE := $(BIN)/perdure

GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
TEMPORAL_VERSION := v1.5.1
TEMPORAL := $(BIN)/temporal-$(TEMPORAL_VERSION)
PROTOC_GEN_GO := $(BIN)/protoc-gen-go

FUZZTIME ?= 10s
# Packages whose concurrency is worth the race detector's time.
RACE ?= ./...
ARGS ?=

.PHONY: help
help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the server and command line into .bin
	go build -o $(PERDURE) ./cmd/perdure

.PHONY: test
test: ## run all tests
	go test ./...

.PHONY: race
race: ## run tests with the race detector; RACE="./history/..." for some
	go test -race $(RACE)

.PHONY: lint
lint: $(GOLANGCI) ## vet, linters, formatting, generated code up to date, workflows
	go vet ./...
	$(GOLANGCI) run ./...
	$(GOLANGCI) fmt --diff
	$(MAKE) --no-print-directory check-generated
	$(MAKE) --no-print-directory vet-workflows

# Not the SDK's own tests, whose workflows do on purpose what they should not.
.PHONY: vet-workflows
vet-workflows: build ## check the workflows of examples, tests and benchmarks for what a replay would not do again
	$(PERDURE) vet ./bench/... ./cmd/... ./examples/... ./internal/...

.PHONY: fmt
fmt: $(GOLANGCI) ## format all code
	$(GOLANGCI) fmt

.PHONY: generate
generate: $(PROTOC_GEN_GO) ## generate code from the protos
	go generate ./api

# Generates into a folder of its own, so that a failing check changes nothing.
.PHONY: check-generated
check-generated: $(PROTOC_GEN_GO)
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  (cd api && go run ./internal/protogen -plugin ../$(PROTOC_GEN_GO) -proto proto -out "$$fresh") && \
	  for file in $$(cd "$$fresh" && find . -name '*.go'); do \
	    diff -u "$$file" "$$fresh/$$file" || { echo "$$file is not what the protos say: run make generate" >&2; exit 1; }; \
	  done

.PHONY: run
run: build ## serve until stopped, with an embedded NATS; ARGS for flags of perdure server
	$(PERDURE) server $(ARGS)

.PHONY: demo
demo: build ## start a server and a worker, run the orders of examples/checkout, stop
	go build -o $(BIN)/checkout ./examples/checkout
	examples/checkout/demo $(PERDURE) $(BIN)/checkout

.PHONY: golden
golden: build ## compare the histories of Temporal's Go SDK on Perdure with those that Temporal wrote (a minute)
	go build -o $(BIN)/histories ./internal/histories
	internal/histories/check $(PERDURE) $(BIN)/histories history/machine/testdata/golden $(ARGS)

.PHONY: typescript
typescript: build ## run a worker and a client of Temporal's TypeScript SDK against a server (needs node and npm)
	cd examples/typescript && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build
	examples/typescript/run $(PERDURE)

.PHONY: temporal-cli
temporal-cli: $(TEMPORAL) ## run Temporal's command line through its commands against a server
	TEMPORAL_CLI=$(CURDIR)/$(TEMPORAL) go test -count=1 -tags temporalcli -run CLI ./internal/e2e/temporal

.PHONY: web
web: ## open the Web UI's pages in Chromium, which has to be there, and click; ARGS=-screenshots makes docs/ui again
	go test -count=1 -timeout 15m $(if $(ARGS),-trimpath) -tags chromium ./internal/webtest -args $(ARGS)

.PHONY: bench
bench: build ## measure, and print a table; ARGS="--only W2 --seconds 5"
	go run ./bench $(ARGS)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME
	@go list -f '{{range .TestGoFiles}}{{$$.ImportPath}} {{$$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$$.ImportPath}} {{$$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... | \
	while read -r package file; do \
	  [[ -n "$$file" ]] || continue; \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package"; \
	  done; \
	done

.PHONY: crash
crash: ## kill -9 the server again and again under thousands of workflows (some minutes)
	go test -count=1 -timeout 30m -run Crash ./internal/e2e -args -long

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN)

# Tools are installed under a name with their version: another version is another file.
$(GOLANGCI):
	GOBIN=$(CURDIR)/$(BIN)/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/tools/golangci-lint $@

# A module of its own, with Temporal's whole server in it: five minutes of a processor. v1.9.1 cannot be installed by
# go: its go.mod replaces a module that is only in its repository.
$(TEMPORAL):
	GOBIN=$(CURDIR)/$(BIN)/tools go install github.com/temporalio/cli/cmd/temporal@$(TEMPORAL_VERSION)
	mv $(BIN)/tools/temporal $@

# The plugin's version is the runtime's, from go.mod, so that generated code fits it.
$(PROTOC_GEN_GO): go.mod
	GOBIN=$(CURDIR)/$(BIN) go install google.golang.org/protobuf/cmd/protoc-gen-go
