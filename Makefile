.PHONY: build test race lint demo golden

build:
	CGO_ENABLED=0 go build -trimpath -o infolettre ./cmd/infolettre

test:
	go test ./...

race:
	CGO_ENABLED=1 go test -race -short -shuffle=on ./...

lint:
	go vet ./...
	test -z "$$(gofmt -l .)"
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

demo:
	go run ./cmd/infolettre demo

# Writes the golden files anew; look at the difference before committing it.
golden:
	go test ./internal/render ./cmd/infolettre -update
