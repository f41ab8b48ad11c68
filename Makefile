.PHONY: build test fast race lint vuln demo golden bench

# What `infolettre version` says. The time is the commit's, so that two builds of one
# commit are the same to the octet.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
BUILT   ?= $(shell TZ=UTC git log -1 --date=iso-strict-local --format=%cd 2>/dev/null)
LDFLAGS = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.buildTime=$(BUILT)
OUTPUT ?= infolettre

build:
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(OUTPUT) ./cmd/infolettre

test:
	go test ./...

# What is quick: no crashes, no load, no browser.
fast:
	go test -short ./...

race:
	GOGC=400 CGO_ENABLED=1 go test -race -gcflags=all=-d=checkptr=0 \
		-gcflags=modernc.org/sqlite/lib='-d=checkptr=0 -race=false' -short -shuffle=on -timeout 30m ./...

# .golangci.yml says which linters and why; staticcheck and go vet are among them.
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
lint:
	test -z "$$(gofmt -l .)"
	$(GOLANGCI) run ./...

# Known faults in what the program is made of. Needs the database at vuln.go.dev.
vuln:
	@if curl -sf -m 10 -o /dev/null https://vuln.go.dev/index/db.json; then \
		go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...; \
	else \
		echo "not looked for: vuln.go.dev cannot be reached from here"; \
	fi

demo:
	go run ./cmd/infolettre demo

# Writes the golden files; look at the difference before committing it.
golden:
	go test ./internal/render ./cmd/infolettre -update

# How fast it is, beside what others do in the same run; the marks stand in
# internal/SCORES.md. Needs Postfix's smtp-source and smtp-sink, and Dovecot. About
# twenty minutes, on a machine that does nothing else.
BENCH = go test -run '^$$' -timeout 60m
bench:
	$(BENCH) -bench '^BenchmarkDelivery$$/./^20000$$' -benchtime 7x ./cmd/infolettre/programtest
	$(BENCH) -bench '^BenchmarkDelivery$$/./^100000$$' -benchtime 3x ./cmd/infolettre/programtest
	$(BENCH) -bench '^BenchmarkDelivery(RSA|Far)$$' -benchtime 3x ./cmd/infolettre/programtest
	$(BENCH) -bench '^BenchmarkDeliveryMany$$' -benchtime 1x ./cmd/infolettre/programtest
	$(BENCH) -bench '^BenchmarkIntake$$' -benchtime 3x ./cmd/infolettre/programtest
	$(BENCH) -bench '^Benchmark(Send|Sign)$$' -benchtime 100x ./internal/relay
	$(BENCH) -bench '^Benchmark(Print|Ledger|Loop|Append)$$' ./internal/render ./internal/sqlite ./internal/delivery ./internal/journal
