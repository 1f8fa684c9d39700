# The two commands to know are `make run` and `make test`; `make help` lists the rest.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test bench torture lint web binary openapi minio clean setup-run setup-test

# Directories are listed too: their time changes when a file in them is removed.
web_sources := $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig.json web/package.json 2>/dev/null)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup-run web binary ## build all and start the demo; STORE=minio keeps its files in MinIO; ARGS=… are passed on
ifeq ($(STORE),minio)
	@HETU_MINIO=$$(scripts/minio) && export HETU_MINIO && exec .bin/hetu demo --store minio $(ARGS)
else
	@exec .bin/hetu demo $(ARGS)
endif

test: setup-test web binary ## all tests: Go with the race detector, the web app, journeys in a browser
	@scripts/test

bench: setup-run ## what a request costs, beside a bare handler, at 10 and 1,000 tenants; writes docs/load/results.md; ARGS=-help
	@go run ./bench -out docs/load/results.md $(ARGS)

torture: setup-test web binary ## every Go test again and again, kills, attacks, withdrawals, scripts, then every fuzz target; COUNT=3 FUZZTIME=30s CANARY=2000000
	@scripts/with-test-env scripts/torture

lint: setup-run web/node_modules/.stamp ## go vet, golangci-lint, eslint and tsc
	@scripts/lint

web: web/dist/index.html ## build the browser app, if its sources changed

web/node_modules/.stamp: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.stamp $(web_sources)
	cd web && npm run build
	@touch web/dist/.gitkeep $@

binary: # the go command knows itself what changed
	@mkdir -p .bin
	go build -o .bin/hetu ./cmd/hetu

openapi: binary web/node_modules/.stamp ## write web/openapi.json from the routes, and the client's types from it
	.bin/hetu openapi > .bin/openapi.json
	mv .bin/openapi.json web/openapi.json
	cd web && npm run api

minio: ## build the MinIO server the tests use, once
	@scripts/minio

clean: ## remove what was built; keep the demo's data
	rm -rf .bin .tools web/node_modules web/dist/*
	@touch web/dist/.gitkeep

setup-run:
	@scripts/setup run
	@scripts/font

setup-test:
	@scripts/setup test
	@scripts/font
