# Every target is one short script in scripts/; read that to see what it does.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-rust clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## build the package and try it on 336,776 real flights
	@scripts/demo

test: ## all tests of both faces (OMMI_REQUIRE=sqlite,... makes a missing database an error)
	@scripts/test

lint: ## formatting, lints, type checks, licences
	@scripts/lint

bench: ## Python benchmarks beside other mappers
	@scripts/bench

bench-rust: ## Rust benchmarks beside other mappers
	@scripts/bench-rust

clean: ## remove everything that was built, downloaded or made by a demo
	@scripts/clean
