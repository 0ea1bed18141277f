# Short names for the presets of CMakePresets.json. `make help` lists them.
SHELL := /bin/bash
PRESET ?= release
DIR ?= network
FUZZ_SECONDS ?= 20
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: help up down test programs build configure fixtures asan tsan fuzz bench lint format clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: programs  ## Install what is missing, build, bring a local network up (DIR=network), and watch it
	@scripts/up build/$(PRESET) $(DIR)

down:  ## End the local network, and keep its chain
	@scripts/down build/$(PRESET) $(DIR)

test: build fixtures  ## Install what is missing, build, run all tests
	ctest --preset $(PRESET)

programs: configure  ## Install what is missing, build the programs alone
	cmake --build --preset $(PRESET) --target programs

build: configure  ## Install what is missing, build all (PRESET=release, debug, asan, tsan, portable, gcc)
	cmake --build --preset $(PRESET)

configure:
	@scripts/bootstrap
	@cmake --preset $(PRESET) >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@rm -f build.log

fixtures:
	@scripts/fixtures

asan: fixtures  ## All tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) test PRESET=asan

tsan: fixtures  ## All tests under ThreadSanitizer
	$(MAKE) test PRESET=tsan

fuzz:  ## Every fuzz target for FUZZ_SECONDS each, from its checked-in corpus
	$(MAKE) build PRESET=fuzz
	scripts/fuzz build/fuzz $(FUZZ_SECONDS)

bench: build  ## The benchmarks behind docs/performance.md
	scripts/bench build/$(PRESET)

lint:  ## clang-format and clang-tidy over the sources
	scripts/lint build/$(PRESET)

format:  ## Format all sources in place
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

clean:  ## Remove everything that was built
	rm -rf build
