# make run needs nothing but Go. make test needs a Debian machine and root, or what it would install.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: run test bench torture release generate fmt

run:        ; $(GO) run ./cmd/jishi demo
test:       ; @sh tools/test
bench:      ; @sh bench/run
torture:    ; @sh torture/run
generate:   ; cd web && $(GO) tool templ generate
fmt:        ; gofmt -w $$(git ls-files '*.go' | grep -v _templ.go)
release:    ; @VERSION=$(VERSION) GO=$(GO) sh tools/release
