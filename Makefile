# m2s: make demo | make check | make install.  All output goes to build/.

O       = build
VERSION = 0.1.0
CC      = gcc
PREFIX  = /usr/local
DESTDIR =

# What Debian calls the things we need: to build and run; to test; to lint.
DEPS_BUILD = gcc libc6-dev libsqlite3-dev libcurl4-openssl-dev libjansson-dev \
	libarchive-dev libssl-dev libcyaml-dev libyaml-dev libmicrohttpd-dev \
	zlib1g-dev openssl sqlite3 ca-certificates
DEPS_CHECK = libcmocka-dev zstd valgrind
DEPS_PROVE = e2fsprogs mount xfsprogs
DEPS_FUZZ  = clang libclang-rt-14-dev
# The peers' services are not used: tests start their own processes.
DEPS_PEERS = nginx-light rsyslog rsyslog-openssl
DEPS_BENCH = python3 perl libdbi-perl libdbd-sqlite3-perl libjson-xs-perl jq zstd
DEPS_LINT  = clang clang-format clang-tidy cppcheck shellcheck

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wcast-qual -Wwrite-strings -Wundef \
	-Wvla -Wpointer-arith -Wnull-dereference
HARDEN = -fstack-protector-strong -fstack-clash-protection -fPIE \
	-fno-strict-overflow
FORTIFY = -D_FORTIFY_SOURCE=2
CPPFLAGS = -D_POSIX_C_SOURCE=200809L $(FORTIFY) -DM2S_VERSION='"$(VERSION)"'
CFLAGS = -std=c11 -O2 -g $(HARDEN) $(SAN)
LDFLAGS = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
SAN =
WERROR = -Werror

# What a folder may include is what its -I list lets it see.
$O/common/%.o:    INC = -Icommon
$O/schema/%.o:    INC = -Icommon -Ischema
$O/extract/%.o:   INC = -Icommon -Ischema -Iextract
$O/transform/%.o: INC = -Icommon -Ischema -Itransform
$O/load/%.o:      INC = -Icommon -Ischema -Iload
$O/audit/%.o:     INC = -Icommon -Ischema -Iaudit
$O/tests/sim/%.o: INC = -Itests/sim
$O/tests/peers/%.o: INC = -Itests/unit
$O/tests/bench/load/%.o: INC = -Icommon -Ischema -Iload
$O/tests/bench/transform/%.o: INC = -Icommon -Ischema -Itransform \
	-Itests/bench/transform
$O/tests/unit/%.o: INC = -Icommon -Ischema -Iextract -Itransform -Iload -Iaudit
$O/tests/fuzz/%.o: INC = -Icommon -Ischema -Itransform -Itests/fuzz

COMMON = \
	common/buf.c \
	common/cli.c \
	common/clock.c \
	common/config.c \
	common/config_rules.c \
	common/db.c \
	common/digest.c \
	common/err.c \
	common/http.c \
	common/log.c \
	common/mem.c \
	common/outline.c \
	common/pack.c \
	common/pool.c \
	common/sandbox.c \
	common/scan.c \
	common/secret.c \
	common/summary.c \
	common/text.c \
	common/timestamp.c \
	common/tls.c \
	common/ttp.c \
	common/unpack.c


SCHEMA = \
	schema/alert.c \
	schema/alert_mapping.c \
	schema/archive.c \
	schema/archive_file.c \
	schema/archive_reader.c \
	schema/archivist.c \
	schema/batch.c \
	schema/budget.c \
	schema/bundle.c \
	schema/chain.c \
	schema/compare.c \
	schema/entry.c \
	schema/gap.c \
	schema/manifest.c \
	schema/mapped_alert.c \
	schema/mapping.c \
	schema/member.c \
	schema/migrate.c \
	schema/object.c \
	schema/page.c \
	schema/page_tally.c \
	schema/reason.c \
	schema/receipt.c \
	schema/record.c \
	schema/restore.c \
	schema/run.c \
	schema/sink.c \
	schema/staging.c \
	schema/terms.c \
	schema/unjudged.c \
	schema/unknown_field.c \
	schema/window.c

EXTRACT = \
	extract/agenda.c \
	extract/envelope.c \
	extract/extract.c \
	extract/fetch.c \
	extract/insist.c \
	extract/mimecast.c \
	extract/patience.c \
	extract/plan.c \
	extract/region.c \
	extract/repeat.c \
	extract/replay.c \
	extract/reply.c \
	extract/sample.c \
	extract/signature.c \
	extract/slot.c \
	extract/token.c
TRANSFORM = \
	transform/attachment.c \
	transform/body.c \
	transform/diff.c \
	transform/event.c \
	transform/identity.c \
	transform/impersonation.c \
	transform/judge.c \
	transform/mapping_file.c \
	transform/mapping_lint.c \
	transform/pattern.c \
	transform/remap.c \
	transform/rules.c \
	transform/seam.c \
	transform/tally.c \
	transform/threat.c \
	transform/transform.c \
	transform/twin.c \
	transform/unknown.c \
	transform/url.c \
	transform/verdict.c
LOAD = \
	load/attempt.c \
	load/cef.c \
	load/enrol.c \
	load/format.c \
	load/item.c \
	load/lane.c \
	load/load.c \
	load/owed.c \
	load/policy.c \
	load/prune.c \
	load/quota.c \
	load/resend.c \
	load/seal.c \
	load/sink_file.c \
	load/sink_https.c \
	load/sink_syslog.c \
	load/sink_type.c \
	load/sophos.c
AUDIT = \
	audit/archive_members.c \
	audit/audit.c \
	audit/bars.c \
	audit/box.c \
	audit/check.c \
	audit/columns.c \
	audit/coverage.c \
	audit/disk.c \
	audit/evidence.c \
	audit/evidence_verify.c \
	audit/figure.c \
	audit/flow.c \
	audit/html.c \
	audit/inputs.c \
	audit/links.c \
	audit/matches.c \
	audit/metrics.c \
	audit/options.c \
	audit/output.c \
	audit/reconcile.c \
	audit/report.c \
	audit/search.c \
	audit/settings.c \
	audit/sheet.c \
	audit/snapshot.c \
	audit/sql.c \
	audit/status.c \
	audit/table.c \
	audit/tiles.c \
	audit/timeline.c \
	audit/trace.c \
	audit/verify.c
SIM = \
	tests/sim/answer.c \
	tests/sim/batch.c \
	tests/sim/bearer.c \
	tests/sim/buf.c \
	tests/sim/die.c \
	tests/sim/digest.c \
	tests/sim/event.c \
	tests/sim/fault.c \
	tests/sim/generate.c \
	tests/sim/json.c \
	tests/sim/ledger.c \
	tests/sim/moment.c \
	tests/sim/option.c \
	tests/sim/page.c \
	tests/sim/pagetoken.c \
	tests/sim/query.c \
	tests/sim/record.c \
	tests/sim/recordfile.c \
	tests/sim/server.c \
	tests/sim/signature.c

# Whatever is in these folders is a test, so none can be forgotten.
UNIT = $(patsubst tests/unit/%.c,$O/unit/%,$(wildcard tests/unit/*_test.c))
SCENARIOS = $(wildcard tests/cli/*_test.sh tests/fault/*_test.sh)

PROGRAMS = $(patsubst %,$O/bin/m2s-%,extract transform load audit)
SIMS = $O/bin/sim-mimecast $O/bin/sim-sophos $O/bin/sim-syslog
READERS = $O/bin/cef-read
BENCHES = $(patsubst %,$O/bin/bench-%,staging stage floor calibrate)
FAULTS = $O/bin/kill-at $O/bin/peak-rss $O/bin/hostile
PRELOADS = $O/bin/fail-malloc.so

# What reads outside bytes, fuzzed; and the same as programs that take files.
FUZZ = date judge mapping scan
FUZZERS = $(FUZZ:%=$O/fuzz/%)
REPLAYS = $(FUZZ:%=$O/replay/%)
RUNS = 200000

LIBS = -lsqlite3 -lcurl -ljansson -larchive -lssl -lcrypto -lcyaml -lyaml
SIM_LIBS = -lmicrohttpd -ljansson -lssl -lcrypto -lz -lpthread

all: $(PROGRAMS) $(SIMS) $(READERS) $(FAULTS) $(PRELOADS)

# The programs, and all that tests them.
built: all $(UNIT) $(REPLAYS) $(BENCHES)

# Programs: a main, its stage, and what all stages stand on.
$O/common.a: $(COMMON:%.c=$O/%.o) $O/embed_migrations.o $O/embed_views.o \
	$O/embed_mapping.o
$O/schema.a:    $(SCHEMA:%.c=$O/%.o)
$O/extract.a:   $(EXTRACT:%.c=$O/%.o)
$O/transform.a: $(TRANSFORM:%.c=$O/%.o)
$O/load.a:      $(LOAD:%.c=$O/%.o)
$O/audit.a:     $(AUDIT:%.c=$O/%.o) $O/embed_report.o \
	$O/embed_style.o $O/embed_snapshot.o
$O/sim.a:       $(SIM:%.c=$O/%.o)

$O/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^

$(PROGRAMS): $O/bin/m2s-%: $O/%/main.o $O/%.a $O/schema.a $O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(SIMS): $O/bin/sim-%: $O/tests/sim/sim_%.o $O/sim.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SIM_LIBS)

$(READERS): $O/tests/peers/cef_read.o
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson

$O/bin/kill-at: $O/tests/fault/kill_at.o $O/tests/fault/call.o \
	$O/tests/fault/power.o
$O/bin/peak-rss: $O/tests/fault/peak_rss.o
$O/bin/hostile: $O/tests/fault/hostile.o

$(FAULTS):
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(FUZZERS): $O/fuzz/%: $O/tests/fuzz/%.o $O/transform.a $O/schema.a $O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

$(REPLAYS): $O/replay/%: $O/tests/fuzz/%.o $O/tests/fuzz/replay.o \
		$O/transform.a $O/schema.a $O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(UNIT): $O/unit/%: $O/tests/unit/%.o $O/extract.a $O/transform.a $O/load.a \
		$O/audit.a $O/schema.a $O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka -lpthread

$O/unit/vfs_fault_test: $O/tests/unit/vfs_shim.o
$O/unit/memory_fault_test: LDFLAGS += -Wl,--wrap=calloc -Wl,--wrap=realloc

# An allocator that fails on order, for programs as they are.
$O/bin/fail-malloc.so: tests/fault/fail_malloc.c
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CPPFLAGS) $(WARN) $(WERROR) -std=c11 -O2 -g -fPIC -shared \
		-o $@ $<

$O/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"
	@$(CC) $(CPPFLAGS) $(INC) $(WARN) $(WERROR) $(CFLAGS) -MMD -MP -c -o $@ $<

# SQL and the published mapping travel inside the programs.
$O/embed_migrations.c: $(sort $(wildcard migrations/*.sql))
$O/embed_views.c:      $(sort $(wildcard schema/views/*.sql))
$O/embed_mapping.c:    transform/published.json
$O/embed_report.c:     $(sort $(wildcard audit/report/*.sql))
$O/embed_style.c:      audit/report/report.css
$O/embed_snapshot.c:   schema/snapshot.sql

$O/embed_%.c: common/embed.sh
	@mkdir -p $(@D)
	@common/embed.sh embed_$* $(filter-out common/embed.sh,$^) > $@.tmp
	@mv $@.tmp $@

$O/embed_%.o: $O/embed_%.c
	@$(CC) $(CPPFLAGS) -Icommon $(WARN) $(WERROR) $(CFLAGS) -c -o $@ $<

-include $(shell find $O -name '*.d' 2>/dev/null)

# What is missing is installed where that is possible, else named.
deps:
	@common/deps.sh $(DEPS_BUILD) $(DEPS_CHECK)

deps-lint:
	@common/deps.sh $(DEPS_LINT)

check: deps
	@$(MAKE) --no-print-directory run-tests

# The same again where every stray byte, leak and overflow ends the program.
san: deps
	@SANITIZED=1 KILL_POINTS=5 \
		$(MAKE) --no-print-directory O=build/san FORTIFY= \
		SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		run-tests

run-tests:
	@$(MAKE) --no-print-directory -j2 built
	@O=$O tests/run.sh $(UNIT) $(SCENARIOS)

# More on demand: make fuzz RUNS=20000000
fuzz: deps
	@common/deps.sh $(DEPS_FUZZ)
	@$(MAKE) --no-print-directory O=build/fuzz CC=clang FORTIFY= \
		SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' \
		run-fuzz

run-fuzz:
	@$(MAKE) --no-print-directory -j2 $(FUZZERS)
	@O=$O RUNS=$(RUNS) tests/fuzz/run.sh $(FUZZ)

# Against real servers, as Debian has them.
check-peers: deps
	@common/deps.sh $(DEPS_PEERS)
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/run.sh $(wildcard tests/peers/*_test.sh)

# What fetching costs: make bench-extract [RECORDS=100000] [PAGES=100000]
bench-extract: deps
	@$(MAKE) --no-print-directory -j2 all
	@O=$O RECORDS=$(RECORDS) PAGES=$(PAGES) sh tests/bench/extract/bench.sh

# What delivering, archiving and replaying cost:
# make bench-load [ALERTS=1000000] [RECORDS=1000000]
$O/bin/bench-deliver: $O/tests/bench/load/deliver.o $O/load.a $O/schema.a \
		$O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench-load: deps
	@common/deps.sh $(DEPS_BENCH)
	@$(MAKE) --no-print-directory -j2 all $(BENCHES) $O/bin/bench-deliver
	@tests/bench/transform/npm.sh build/bench/npm
	@O=$O BUN=build/bench/npm/node_modules/.bin/bun \
		sh tests/bench/load/bench.sh $(ALERTS)
	@O=$O sh tests/bench/archive/bench.sh $(RECORDS)

# What transforming costs: make bench-transform [RECORDS=100000] [ROUNDS=3]
# [BENCH_5M=1]; tests/bench/transform/DESIGN.md.
$O/bin/bench-staging: $O/tests/bench/transform/make_staging.o \
	$O/tests/bench/transform/sample.o $O/schema.a $O/common.a
$O/bin/bench-stage: $O/tests/bench/transform/stage.o $O/transform.a \
	$O/schema.a $O/common.a
$O/bin/bench-floor: $O/tests/bench/transform/floor.o $O/common.a
$O/bin/bench-calibrate: $O/tests/bench/transform/calibrate.o

$(BENCHES):
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench-transform: deps
	@common/deps.sh $(DEPS_BENCH)
	@$(MAKE) --no-print-directory -j2 all $(BENCHES)
	@tests/bench/transform/npm.sh build/bench/npm
	@O=$O NPM=$(CURDIR)/build/bench/npm RECORDS=$(RECORDS) ROUNDS=$(ROUNDS) \
		BENCH_5M=$(BENCH_5M) python3 tests/bench/transform/bench.py

# Faults at every point: tests/fault/DESIGN.md.  Less: STEP=20
prove: deps
	@common/deps.sh $(DEPS_PROVE)
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/fault/prove.sh

# With the records of files: make demo RECORDS=DIR
demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/demo.sh $(RECORDS)

C_FILES = $(wildcard common/*.c schema/*.c extract/*.c transform/*.c load/*.c \
	audit/*.c tests/sim/*.c tests/unit/*.c tests/fuzz/*.c tests/fault/*.c \
	tests/peers/*.c tests/bench/*/*.c)
H_FILES = $(wildcard common/*.h schema/*.h extract/*.h transform/*.h load/*.h \
	audit/*.h tests/sim/*.h tests/unit/*.h tests/fuzz/*.h tests/fault/*.h tests/bench/*/*.h)
SH_FILES = $(wildcard common/*.sh schema/*.sh tests/*.sh tests/*/*.sh \
	tests/bench/*/*.sh) .ci/run

lint: deps deps-lint
	clang-format --dry-run -Werror $(C_FILES) $(H_FILES)
	tests/doors.sh
	shellcheck -x $(SH_FILES)
	cppcheck --quiet --std=c11 --language=c --error-exitcode=1 \
		--enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=internalAstError \
		$(CPPFLAGS) -Icommon -Ischema $(C_FILES)
	@$(MAKE) --no-print-directory -j2 O=build/clang CC=clang built
	@$(MAKE) --no-print-directory -j2 -k $(C_FILES:%.c=$O/tidy/%)

# Quoted only: one of our headers has the name of one of a library.
$O/tidy/%: %.c
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -std=c11 $(addprefix -iquote ,\
		common schema $(dir $<) extract transform load audit tests/fuzz \
		tests/unit) \
		>$@.log 2>&1 || { cat $@.log; exit 1; }
	@touch $@

# What the tests do not reach.
cover: deps
	@$(MAKE) --no-print-directory O=build/cover FORTIFY= \
		SAN='--coverage -O0' run-tests
	@tests/cover.sh build/cover

UNITS = $(notdir $(wildcard deploy/systemd/*.service deploy/systemd/*.timer))
UNIT_DIR = $(DESTDIR)$(PREFIX)/lib/systemd/system

install: $(PROGRAMS)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 \
		share/man/man5 share/man/man7 share/doc/m2s \
		lib/systemd/system lib/sysusers.d)
	install $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 deploy/README.md deploy/m2s.conf.example \
		audit/GUIDE.md schema/DICTIONARY.md \
		$(DESTDIR)$(PREFIX)/share/doc/m2s
	install -m 644 $(UNITS:%=deploy/systemd/%) $(UNIT_DIR)
	sed -i 's|@PREFIX@|$(PREFIX)|' $(UNITS:%=$(UNIT_DIR)/%)
	install -m 644 deploy/systemd/m2s.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/m2s.conf
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7

# How the report looks; it needs npm and Debian's chromium.
check-report: deps
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/report_check.sh

# Views, readers beside writers: make bench-audit [RECORDS=1000000]
bench-audit: deps
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/bench/audit.sh $(RECORDS)

dictionary:
	schema/dictionary.sh >schema/DICTIONARY.md

clean:
	rm -rf build

.PHONY: all built deps deps-lint check san run-tests check-peers check-report \
	prove fuzz run-fuzz bench-extract bench-transform bench-load \
	bench-audit demo dictionary lint cover install clean
.SECONDARY:
