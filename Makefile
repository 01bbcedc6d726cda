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
DEPS_CHECK = libcmocka-dev zstd
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
$O/tests/unit/%.o: INC = -Icommon -Ischema -Iextract -Itransform -Iload -Iaudit

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
	common/scan.c \
	common/secret.c \
	common/summary.c \
	common/text.c \
	common/timestamp.c \
	common/ttp.c


SCHEMA = \
	schema/alert.c \
	schema/alert_mapping.c \
	schema/batch.c \
	schema/budget.c \
	schema/gap.c \
	schema/mapping.c \
	schema/migrate.c \
	schema/page.c \
	schema/reason.c \
	schema/receipt.c \
	schema/record.c \
	schema/run.c \
	schema/sink.c \
	schema/staging.c \
	schema/unjudged.c \
	schema/window.c

EXTRACT = \
	extract/agenda.c \
	extract/envelope.c \
	extract/extract.c \
	extract/fetch.c \
	extract/mimecast.c \
	extract/patience.c \
	extract/plan.c \
	extract/repeat.c \
	extract/reply.c \
	extract/signature.c \
	extract/slot.c \
	extract/token.c
TRANSFORM = \
	transform/attachment.c \
	transform/body.c \
	transform/event.c \
	transform/identity.c \
	transform/impersonation.c \
	transform/judge.c \
	transform/mapping_file.c \
	transform/rules.c \
	transform/seam.c \
	transform/tally.c \
	transform/threat.c \
	transform/transform.c \
	transform/twin.c \
	transform/url.c \
	transform/verdict.c
LOAD = \
	load/attempt.c \
	load/enrol.c \
	load/format.c \
	load/item.c \
	load/lane.c \
	load/load.c \
	load/owed.c \
	load/policy.c \
	load/seal.c \
	load/sink_file.c \
	load/sink_https.c \
	load/sink_type.c
AUDIT = \
	audit/audit.c \
	audit/box.c \
	audit/check.c \
	audit/coverage.c \
	audit/reconcile.c \
	audit/sql.c \
	audit/status.c \
	audit/table.c \
	audit/trace.c
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
SIMS = $O/bin/sim-mimecast $O/bin/sim-sophos
FAULTS = $O/bin/kill-at $O/bin/peak-rss

LIBS = -lsqlite3 -lcurl -ljansson -larchive -lssl -lcrypto -lcyaml -lyaml
SIM_LIBS = -lmicrohttpd -ljansson -lcrypto -lz -lpthread

all: $(PROGRAMS) $(SIMS) $(FAULTS)

# The programs, and the tests of their parts.
built: all $(UNIT)

# Programs: a main, its stage, and what all stages stand on.
$O/common.a: $(COMMON:%.c=$O/%.o) $O/embed_migrations.o $O/embed_views.o \
	$O/embed_mapping.o
$O/schema.a:    $(SCHEMA:%.c=$O/%.o)
$O/extract.a:   $(EXTRACT:%.c=$O/%.o)
$O/transform.a: $(TRANSFORM:%.c=$O/%.o)
$O/load.a:      $(LOAD:%.c=$O/%.o)
$O/audit.a:     $(AUDIT:%.c=$O/%.o)
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

$O/bin/kill-at: $O/tests/fault/kill_at.o
$O/bin/peak-rss: $O/tests/fault/peak_rss.o

$(FAULTS):
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(UNIT): $O/unit/%: $O/tests/unit/%.o $O/extract.a $O/transform.a $O/load.a \
		$O/audit.a $O/schema.a $O/common.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka -lpthread

$O/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"
	@$(CC) $(CPPFLAGS) $(INC) $(WARN) $(WERROR) $(CFLAGS) -MMD -MP -c -o $@ $<

# SQL and the published mapping travel inside the programs.
$O/embed_migrations.c: $(sort $(wildcard migrations/*.sql))
$O/embed_views.c:      $(sort $(wildcard schema/views/*.sql))
$O/embed_mapping.c:    transform/published.json

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

# With the records of files: make demo RECORDS=DIR
demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@O=$O tests/demo.sh $(RECORDS)

C_FILES = $(wildcard common/*.c schema/*.c extract/*.c transform/*.c load/*.c \
	audit/*.c tests/sim/*.c tests/unit/*.c tests/fuzz/*.c tests/fault/*.c)
H_FILES = $(wildcard common/*.h schema/*.h extract/*.h transform/*.h load/*.h \
	audit/*.h tests/sim/*.h tests/unit/*.h tests/fuzz/*.h)
SH_FILES = $(wildcard common/*.sh tests/*.sh tests/*/*.sh) .ci/run

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

$O/tidy/%: %.c
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -std=c11 -Icommon -Ischema \
		-I$(dir $<) -Iextract -Itransform -Iload -Iaudit -Itests/fuzz \
		>$@.log 2>&1 || { cat $@.log; exit 1; }
	@touch $@

# What the tests do not reach.
cover: deps
	@$(MAKE) --no-print-directory O=build/cover FORTIFY= \
		SAN='--coverage -O0' run-tests
	@tests/cover.sh build/cover

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man5 \
		$(DESTDIR)$(PREFIX)/share/man/man7
	install $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7

clean:
	rm -rf build

.PHONY: all deps deps-lint check san run-tests demo lint cover install clean built
.SECONDARY:
