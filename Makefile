.PHONY: build test race lint demo golden bench

build:
	CGO_ENABLED=0 go build -trimpath -o infolettre ./cmd/infolettre

test:
	go test ./...

race:
	GOGC=400 CGO_ENABLED=1 go test -race -gcflags=all=-d=checkptr=0 \
		-gcflags=modernc.org/sqlite/lib='-d=checkptr=0 -race=false' -short -shuffle=on -timeout 30m ./...

lint:
	go vet ./...
	test -z "$$(gofmt -l .)"
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

demo:
	go run ./cmd/infolettre demo

# Writes the golden files anew; look at the difference before committing it.
golden:
	go test ./internal/render ./cmd/infolettre -update

# How fast it is, beside what others do in the same run; the marks stand in
# internal/README.md. Needs Postfix's smtp-source and smtp-sink, and Dovecot. About
# twenty minutes, on a machine that does nothing else.
BENCH = go test -run '^$$' -timeout 60m
bench:
	$(BENCH) -bench '^BenchmarkDelivery$$/./^20000$$' -benchtime 7x ./cmd/infolettre
	$(BENCH) -bench '^BenchmarkDelivery$$/./^100000$$' -benchtime 3x ./cmd/infolettre
	$(BENCH) -bench '^BenchmarkDelivery(RSA|Far)$$' -benchtime 3x ./cmd/infolettre
	$(BENCH) -bench '^BenchmarkDeliveryMany$$' -benchtime 1x ./cmd/infolettre
	$(BENCH) -bench '^BenchmarkIntake$$' -benchtime 3x ./cmd/infolettre
	$(BENCH) -bench '^Benchmark(Send|Sign)$$' -benchtime 100x ./internal/relay
	$(BENCH) -bench '^Benchmark(Print|Ledger|Loop|Append)$$' ./internal/render ./internal/sqlite ./internal/delivery ./internal/journal
