# Two commands matter on a fresh machine: make demo and make check.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
BIN := $(CURDIR)/bin
GOLANGCI_VERSION := v2.15.0
GOFUMPT_VERSION := v0.12.0

.PHONY: build demo check lint test gen gen-clean new-rule new-extractor new-format bench bench-discovery arm64 fuzz clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/fermata ./cmd/fermata

# The main job on a shipped example; the last lines say where the report lies.
demo: build
	@mkdir -p out
	@$(BIN)/fermata scan examples/support-desk -o out/demo.html -o out/demo.json
	@$(BIN)/fermata scan examples/support-desk
	@echo
	@echo "The same report as a page: out/demo.html   as data: out/demo.json"

# Everything that continuous integration checks.
check: lint gen-clean test

lint: $(BIN)/gofumpt $(BIN)/golangci-lint
	@test -z "$$($(BIN)/gofumpt -l $$(git ls-files '*.go'))" || { echo "gofumpt would change:"; $(BIN)/gofumpt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(BIN)/golangci-lint run --allow-parallel-runners

# Generated tests are run with what is there: go test always, pytest where a Python has it, vitest where VITEST names it.
# The race detector needs a C compiler; of the pipeline it watches the tests that are about workers, since all of them take minutes; without one the tests run without it, and say so.
test:
	@python3 -m pytest --version >/dev/null 2>&1 || /usr/bin/python3 -m pytest --version >/dev/null 2>&1 || echo "no pytest: the tests that testgen writes for it are not run"
	@[ -n "$${VITEST:-}" ] || echo "VITEST names no vitest (npm install vitest): the tests that testgen writes for it are not run"
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)" >/dev/null; then \
		$(GO) test ./... && $(GO) test -race -short ./internal/graph ./internal/rule ./internal/attack ./internal/discover/... && \
		$(GO) test -race -short -run 'TestSameBytes|TestCodeChecksAgree|TestRiskIsTheSameOnAnyNumberOfProcessors' ./internal/pipeline; \
	else echo "no C compiler: the race detector is skipped"; $(GO) test ./...; fi

# Rewrite what is generated: schemas, lists of plugins, docs, and what the commands in README and guide print.
gen:
	$(GO) run ./internal/devtool/gen
	@$(GO) test ./cmd/fermata -run '^TestDocs$$' -update >/dev/null

# Generated files must be what the generator writes.
gen-clean: gen
	@git diff --exit-code --stat -- README.md schema docs internal/discover/all internal/report/all || { echo "generated files were stale: commit what make gen wrote"; exit 1; }

new-rule:
	@$(GO) run ./internal/devtool/scaffold rule $(LAYER) $(ID)

new-extractor:
	@$(GO) run ./internal/devtool/scaffold extractor $(ID)

new-format:
	@$(GO) run ./internal/devtool/scaffold format $(ID)

# Benchmarks are run by hand; docs/performance.md has the figures and the machine.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./internal/graph ./internal/syntax ./internal/rule ./internal/discover ./internal/pipeline

# Precision and recall of discovery over the labelled corpus; with LABELS (a file or folder) and DIR (the trees) over
# repositories outside the project.
LABELS ?=
DIR ?= .
bench-discovery:
	@$(GO) run ./internal/devtool/benchdiscovery $(if $(LABELS),--labels $(LABELS) --dir $(DIR))

# The same bytes on another processor: the tests of what reckons, and what scan and risk write, on an emulated arm64. Takes half an hour.
ARM := qemu-aarch64-static
arm64:
	@command -v $(ARM) >/dev/null || { echo "$(ARM) is missing: apt-get install qemu-user-static"; exit 1; }
	@mkdir -p out/arm64
	CGO_ENABLED=0 $(GO) build -trimpath -o out/arm64/here ./cmd/fermata
	CGO_ENABLED=0 GOARCH=arm64 $(GO) build -trimpath -o out/arm64/there ./cmd/fermata
	@for p in stat graph risk; do CGO_ENABLED=0 GOARCH=arm64 $(GO) test -c -o out/arm64/$$p.test ./internal/$$p; (cd internal/$$p && $(ARM) $(CURDIR)/out/arm64/$$p.test -test.short -test.timeout 60m); done
	@for e in support-desk errand mcp; do out/arm64/here scan examples/$$e -q -f json >out/arm64/here.json; $(ARM) out/arm64/there scan examples/$$e -q -f json >out/arm64/there.json; cmp out/arm64/here.json out/arm64/there.json; echo "scan $$e: the same bytes"; done
	@for e in support-desk rpa-expense; do out/arm64/here risk examples/$$e -q -f json >out/arm64/here.json; $(ARM) out/arm64/there risk examples/$$e -q -f json >out/arm64/there.json; cmp out/arm64/here.json out/arm64/there.json; echo "risk $$e: the same bytes"; done

# Each fuzz target for a while: make fuzz TIME=30s
TIME ?= 20s
fuzz:
	@for p in $$($(GO) list ./...); do for t in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
		echo "$$p $$t"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(TIME) -fuzzminimizetime 100x $$p; done; done

$(BIN)/gofumpt:
	GOBIN=$(BIN) $(GO) install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(BIN)/golangci-lint:
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

clean:
	rm -rf $(BIN) out
