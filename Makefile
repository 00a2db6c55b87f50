# SPDX-License-Identifier: MIT
#
#   make            the library, temporal-top, the examples             make demo        the main job on a real server
#   make check      every test, under the sanitizers         make bench-pool  the process pool against Python's
#   make bench-workflow, bench-activities   against the SDKs for Python and Go (QUICK=1: only whether it runs)
#   make simulate   SEEDS=20000 FIRST=1: random workflow programs against a model of the server
#   make lint       format, static analysis, house rules     make install     PREFIX=/usr/local DESTDIR=
#
# Variables: CC=gcc|clang, SAN=address,undefined or SAN=thread (each in a folder of its own), WERROR=1,
# BUILD=folder, VENV=folder (the servers and the Python SDK that tests and demo need), KEEP=1 (demo).

VERSION := 0.1.0
SONAME  := libtemporal.so.0

ifeq ($(origin CC),default)
CC := gcc
endif
SAN    ?=
WERROR ?=
PREFIX ?= /usr/local
comma  := ,
BUILD  ?= build/$(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
VENV   ?= build/venv
JOBS   ?= $(shell nproc)

ROOMS := base fiber shm converter rpc client workflow executor worker testing

# --- flags ---------------------------------------------------------------------------------------

# Not among them: -Wswitch-enum (protobuf-c puts a sentinel into each enum) and -Wnull-dereference
# (gcc 12 sees null pointers that are none as soon as it inlines).
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wold-style-definition -Wcast-qual -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 \
    -Wdouble-promotion -Wmissing-braces -Wdate-time \
    -Werror=incompatible-pointer-types -Werror=implicit-function-declaration
ifneq (,$(findstring gcc,$(notdir $(CC))))
WARNINGS += -Wlogical-op -Wduplicated-cond
endif
ifneq ($(WERROR),)
WARNINGS += -Werror
endif

# Frame pointers, so that a profiler sees whole stacks.
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -O2 -g -fPIC -fvisibility=hidden -fno-omit-frame-pointer \
    -fstack-protector-strong -ffile-prefix-map=$(CURDIR)=. -MMD -MP
ifeq ($(SAN),)
BASE_FLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
else
BASE_FLAGS += -fsanitize=$(SAN)
SAN_LINK   := -fsanitize=$(SAN)
endif
ifneq (,$(findstring undefined,$(SAN)))
BASE_FLAGS += -fno-sanitize-recover=undefined
endif
INCLUDES := -Iinclude -I. -I$(BUILD)/proto
CFLAGS   ?=
LDFLAGS  ?=
LINK     := $(SAN_LINK) -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS      = $(shell pkg-config --libs grpc libprotobuf-c libuv) -lmsgpackc -lpthread -lrt -lm

# --- what there is -------------------------------------------------------------------------------

PROTOS     := $(sort $(shell cd proto && find . -name '*.proto' | sed 's|^\./||'))
PROTO_C    := $(PROTOS:%.proto=$(BUILD)/proto/%.pb-c.c)
PROTO_O    := $(PROTO_C:.c=.o)
SOURCES    := $(sort $(foreach room,$(ROOMS),$(wildcard $(room)/*.c)))
ASSEMBLY   := $(sort $(wildcard fiber/*.S))
OBJECTS    := $(SOURCES:%.c=$(BUILD)/obj/%.o) $(ASSEMBLY:%.S=$(BUILD)/obj/%.o)
LIBRARY    := $(BUILD)/libtemporal.a
TOP        := $(BUILD)/temporal-top
SHARED     := $(BUILD)/libtemporal.so.$(VERSION)

# examples/x.c is a program; examples/x/*.c is one, too.
EXAMPLES   := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c)) \
              $(patsubst examples/%/,$(BUILD)/examples/%,$(sort $(dir $(wildcard examples/*/*.c))))
# tests/room/test_x.c is a program; what else stands there, and in tests/support, is linked to it.
TESTS      := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/*/test_*.c)))
BENCHES    := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard bench/*.c)))

.PHONY: all lib top examples tests benches proto setup setup-tests setup-lint demo check check-unit \
    simulate lint format bench-pool bench-workflow bench-activities install installcheck abi abi-update clean
.DELETE_ON_ERROR:
.SECONDEXPANSION:

all: lib top examples

# --- the library ---------------------------------------------------------------------------------

lib: $(LIBRARY) $(SHARED) $(BUILD)/temporal.pc

# What a build needs is checked once, with a sentence that says what to type.
$(BUILD)/.tools: tools/setup tools/packages
	@tools/setup --check build
	@mkdir -p $(@D) && touch $@

proto: $(BUILD)/proto/.made
$(BUILD)/proto/.made: $(addprefix proto/,$(PROTOS)) | $(BUILD)/.tools
	@mkdir -p $(@D)
	@echo "  PROTOC proto"
	@protoc-c -Iproto -I/usr/include --c_out=$(@D) $(PROTOS)
	@touch $@
$(PROTO_C): $(BUILD)/proto/.made ;

$(BUILD)/proto/%.o: $(BUILD)/proto/%.c
	@$(CC) $(BASE_FLAGS) -w -I$(BUILD)/proto $(CFLAGS) -c $< -o $@

$(BUILD)/obj/%.o: %.c $(BUILD)/proto/.made
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(BASE_FLAGS) $(WARNINGS) $(INCLUDES) $(CFLAGS) -c $< -o $@

$(BUILD)/obj/%.o: %.S | $(BUILD)/.tools
	@mkdir -p $(@D)
	@$(CC) -g -c $< -o $@

$(LIBRARY): $(OBJECTS) $(PROTO_O)
	@rm -f $@
	@ar qcsD $@ $^
	@echo "  AR $@"

$(SHARED): $(OBJECTS) $(PROTO_O) temporal.map
	@$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=temporal.map -o $@ \
	    $(filter %.o,$^) $(LINK) $(LIBS)
	@ln -sf $(@F) $(BUILD)/$(SONAME)
	@ln -sf $(@F) $(BUILD)/libtemporal.so
	@echo "  LD $@"

$(BUILD)/temporal.pc: temporal.pc.in Makefile | $(BUILD)/.tools
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

# --- temporal-top --------------------------------------------------------------------------------

TOP_LIBS := -lncursesw -ltinfo
TOP_O    := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard top/*.c)))

top: $(TOP)

# Of the library it needs a few files only, and none of what those that it leaves out need.
$(TOP): $(TOP_O) $(LIBRARY)
	@echo "  LD $@"
	@$(CC) -o $@ $(filter %.o,$^) $(LIBRARY) $(LINK) $(TOP_LIBS) -lpthread

# --- programs ------------------------------------------------------------------------------------

examples: $(EXAMPLES)
tests: $(TESTS)
benches: $(BENCHES)

EXAMPLE_LIBS := -lz
SUPPORT_O    := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/support/*.c)))
BENCH_JOBS_O := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard bench/jobs/*.c)))
percent      := %

# What a program is made of is looked up by its name ($$*) when its turn comes.
$(EXAMPLES): $(BUILD)/examples/%: $$(patsubst $$(percent).c,$(BUILD)/obj/$$(percent).o,$$(or \
        $$(wildcard examples/$$*.c),$$(sort $$(wildcard examples/$$*/*.c)))) $(LIBRARY)
	@echo "  LD $@"
	@mkdir -p $(@D)
	@$(CC) -o $@ $(filter %.o,$^) $(LIBRARY) $(LINK) $(LIBS) $(EXAMPLE_LIBS)

# Those of temporal-top know its parts; and a program that a test starts must be there.
TOP_TESTS := $(filter $(BUILD)/tests/top/%,$(TESTS))
$(TOP_TESTS): $(filter-out %/main.o,$(TOP_O))
$(TOP_TESTS): TEST_LIBS := $(TOP_LIBS)
$(TOP_TESTS) $(BUILD)/tests/end_to_end/test_watching $(BUILD)/tests/end_to_end/test_watchers: | $(TOP)

$(TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SUPPORT_O) $(LIBRARY) \
        $$(patsubst $$(percent).c,$(BUILD)/obj/$$(percent).o,$$(filter-out \
        tests/$$(*D)/test_$$(percent),$$(sort $$(wildcard tests/$$(*D)/*.c))))
	@echo "  LD $@"
	@mkdir -p $(@D)
	@$(CC) -o $@ $(filter %.o,$^) $(LIBRARY) $(LINK) -lcmocka $(LIBS) -ljansson -lz $(TEST_LIBS)

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(BENCH_JOBS_O) $(LIBRARY)
	@echo "  LD $@"
	@mkdir -p $(@D)
	@$(CC) -o $@ $(filter %.o,$^) $(LIBRARY) $(LINK) $(LIBS)

# It holds the model of the server against recorded histories.
$(BUILD)/tests/simulation/test_legal: $(BUILD)/obj/tests/histories/corpus.o
# Its server gives out tasks with histories.
$(BUILD)/tests/worker/test_strayed $(BUILD)/tests/worker/test_eager_at_shutdown: \
    $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/workflow/history_*.c))

.PRECIOUS: $(BUILD)/obj/%.o
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- the two commands ----------------------------------------------------------------------------

setup:
	@VENV=$(VENV) tools/setup build servers
setup-tests:
	@VENV=$(VENV) tools/setup build tests servers
setup-lint:
	@tools/setup build tests lint

demo: setup
	@$(MAKE) --no-print-directory -j$(JOBS) lib examples
	@BUILD=$(BUILD) VENV=$(VENV) KEEP=$(KEEP) tools/demo

# The tests run against programs built with the address and undefined-behaviour sanitizers; what is
# concurrent runs once more under the thread sanitizer.
check: setup-tests
	@VENV=$(VENV) JOBS=$(JOBS) tests/run $(if $(SAN),--san $(SAN))

check-unit: setup-tests
	@VENV=$(VENV) JOBS=$(JOBS) tests/run --unit $(if $(SAN),--san $(SAN))

# Beyond the seeds that belong to the tests. A seed that fails is printed, and reproduces itself:
# make simulate FIRST=seed SEEDS=1 TRACE=1 tells what happens.
SEEDS ?= 20000
FIRST ?= 1
simulate: $(BUILD)/tests/simulation/test_simulation
	@$< $(FIRST) $(SEEDS) $(TRACE)

lint: setup-lint
	@$(MAKE) --no-print-directory proto
	@BUILD=$(BUILD) tools/lint

format:
	@clang-format -i $(shell git ls-files '*.c' '*.h' '*.cc')

bench-pool: setup
	@$(MAKE) --no-print-directory -j$(JOBS) benches
	@BUILD=$(BUILD) VENV=$(VENV) bench/run-pool

bench-workflow: setup
	@$(MAKE) --no-print-directory -j$(JOBS) benches
	@BUILD=$(BUILD) VENV=$(VENV) bench/run-workflow

bench-activities: setup
	@$(MAKE) --no-print-directory -j$(JOBS) benches
	@BUILD=$(BUILD) VENV=$(VENV) bench/run-activities

# --- installation --------------------------------------------------------------------------------

install: lib top
	install -d $(DESTDIR)$(PREFIX)/include/temporal $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	    $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(TOP) $(DESTDIR)$(PREFIX)/bin
	install -m 644 top/temporal-top.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 include/temporal/*.h $(DESTDIR)$(PREFIX)/include/temporal
	install -m 644 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(SHARED) $(DESTDIR)$(PREFIX)/lib
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(PREFIX)/lib/libtemporal.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' temporal.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/temporal.pc

# Installs into a folder of the build, and links an example against what is there: with the shared
# library through pkg-config alone, and with the static one.
installcheck: TREE = $(abspath $(BUILD))/installed
installcheck: lib top
	@rm -rf $(TREE)
	@$(MAKE) --no-print-directory install DESTDIR= PREFIX=$(TREE) >/dev/null
	PKG_CONFIG_PATH=$(TREE)/lib/pkgconfig; export PKG_CONFIG_PATH; \
	$(CC) examples/hello.c -o $(TREE)/hello $$(pkg-config --cflags --libs temporal) \
	    -Wl,-rpath,$(TREE)/lib && \
	$(CC) examples/hello.c -o $(TREE)/hello-static $$(pkg-config --cflags temporal) \
	    -Wl,-Bstatic -ltemporal -Wl,-Bdynamic $$(pkg-config --libs --static temporal | sed 's/-ltemporal//')
	$(TREE)/bin/temporal-top --once --folder $(TREE) >/dev/null 2>&1; test $$? -le 1
	ldd $(TREE)/hello | grep -q '$(TREE)/lib/$(SONAME)'
	@echo "installed, and linked against"

# A new symbol is a decision: the list of what the library exports is committed.
EXPORTS = nm -D --defined-only $(SHARED) | awk '$$2 != "A" { sub("@@.*", "", $$3); print $$3 }' | sort
abi: $(SHARED)
	@$(EXPORTS) | diff tools/abi.txt - || { echo "exports changed: make abi-update"; exit 1; }
abi-update: $(SHARED)
	@$(EXPORTS) >tools/abi.txt

clean:
	rm -rf build
