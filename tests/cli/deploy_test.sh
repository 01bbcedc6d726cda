#!/bin/sh
# deploy/: the example is a configuration that works, the units are units, the
# line that runs the stages runs all of them, and each file is installed.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

# uncommented: the example with the keys that it only shows.
uncommented() {
	sed '1,/^state_dir/b
		/^# include/d
		s/^\( *\)# /\1/' deploy/m2s.conf.example
}

accepts() {
	expect 0 "$bin/m2s-load" -n -c "$1"
}
check 'the example is accepted' accepts deploy/m2s.conf.example
with_all() {
	uncommented >"$dir/all.conf"
	grep -q '^    retain_days: ' "$dir/all.conf" && accepts "$dir/all.conf"
}
check 'so is all that it shows in comments' with_all

# What an administrator edits in it: where the services are.
start_mimecast --seed 3 --records 20 --from $((now - 3600)) --to $((now - 180))
start_sophos --idempotent
sed -e "s|^state_dir: .*|state_dir: $dir/state|" \
	-e "s|https://api.services.mimecast.com|$mimecast_url|" \
	-e "s|https://ingest.example/v1.*|$sophos_url/v1|" \
	-e "s|# ca_file: .*|ca_file: $pki/ca.pem|" \
	-e "s|^\( *\)key_file: .*|&\n\1ca_file: $pki/ca.pem|" \
	deploy/m2s.conf.example >"$dir/m2s.conf"
mkdir -m 710 "$dir/state"
check 'with the services in their places, a dry run plans' \
	expect 0 m2s extract -n -T "$now"
run_all() {
	expect 0 m2s extract -T "$now" && expect 0 m2s transform -T "$now" &&
		expect 0 m2s load -T "$now"
}
check 'and all stages run' run_all

# Where things are put.
install_to() {
	make -s O="${O:-build}" install "$@" >"$dir/log" 2>&1 && return 0
	cat "$dir/log"
	return 1
}
check 'make install installs' install_to DESTDIR="$dir/dest"
root=$dir/dest/usr/local
in_place() {
	for file in bin/m2s-extract bin/m2s-transform bin/m2s-load \
		bin/m2s-audit share/man/man1/m2s-load.1 share/man/man5/m2s.conf.5 \
		share/man/man7/m2s.7 lib/sysusers.d/m2s.conf \
		share/doc/m2s/README.md share/doc/m2s/m2s.conf.example \
		share/doc/m2s/GUIDE.md share/doc/m2s/DICTIONARY.md; do
		test -s "$root/$file" || {
			echo "no $file"
			return 1
		}
	done
	for unit in deploy/systemd/*.service deploy/systemd/*.timer; do
		test -s "$root/lib/systemd/system/${unit##*/}" || return
	done
}
check 'each file where deploy/README.md says' in_place
runs_where_they_are() {
	grep -q '^ExecStart=/usr/local/bin/' \
		"$root/lib/systemd/system/m2s-snapshot.service" &&
		! grep -r '@' "$root/lib/systemd"
}
check 'units name the programs where they are' runs_where_they_are
pages() {
	for name in m2s-extract m2s-transform m2s-load; do
		read -r so page <"$root/share/man/man1/$name.1"
		test "$so" = .so && test -s "$root/share/man/$page" || return
	done
}
check 'each program has a page by its name' pages

units_are_units() {
	install_to PREFIX="$dir/prefix" || return
	systemd-analyze --man=no verify "$dir"/prefix/lib/systemd/system/m2s* \
		>"$dir/log" 2>&1 && ! grep -q m2s "$dir/log" && return 0
	cat "$dir/log"
	return 1
}
name='systemd takes the units'
if command -v systemd-analyze >/dev/null; then
	check "$name" units_are_units
else
	skip "$name" 'there is no systemd-analyze'
fi

# hardening FILE: what is to be the same in all.
hardening() {
	sed -n '/^# What follows is the same/,$p' "$1"
}
same_hardening() {
	for unit in deploy/systemd/*.service; do
		hardening "$unit" >"$dir/hardening"
		test -s "$dir/hardening" && hardening deploy/systemd/m2s.service |
			diff - "$dir/hardening" || return
	done
}
check 'what the units may do is the same in all' same_hardening

# The line of the unit with stubs for the stages, as systemd hands it to sh.
script=$(sed -n "/^ExecStart=/,/[^\\\\]\$/p" deploy/systemd/m2s.service | tr -d '\\\n' |
	sed "s/^ExecStart=.bin.sh -c '//; s/'\$//; s/\\\$\\\$/\\\$/g; s|@PREFIX@|$dir/stub|")
mkdir -p "$dir/stub/bin"
for stage in extract transform load; do
	cat >"$dir/stub/bin/m2s-$stage" <<-EOF
	#!/bin/sh
	echo "$stage \$*" >>"$dir/ran"
	exit \$(cat "$dir/stub/$stage")
	EOF
	chmod 755 "$dir/stub/bin/m2s-$stage"
done

# ends STATUS EXTRACT TRANSFORM LOAD: the unit, where the stages end so.
ends() {
	rm -f "$dir/ran"
	echo "$2" >"$dir/stub/extract"
	echo "$3" >"$dir/stub/transform"
	echo "$4" >"$dir/stub/load"
	expect "$1" sh -c "$script" && same 'extract --wait 600
transform --wait 600
load --wait 600' cat "$dir/ran"
}
check 'three stages that end well: 0' ends 0 0 0 0
check 'all run after one that failed, whose status counts' ends 69 69 0 0
check 'wherever it was' ends 3 0 3 0
check 'and the last' ends 77 0 0 77
check 'of several the first' ends 4 4 75 77

done_testing
