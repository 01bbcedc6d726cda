"""bench.py: what the transform costs beside others that do the same work.

Environment: O, the build folder; RECORDS, of the staging database (1000000);
ROUNDS, of which the cheapest counts (1); BENCH_5M=1 also judges 100,000 and
5,000,000 records, which takes some 15 GB of disk; NPM, the folder where bun
and better-sqlite3 were installed.  Ends with 1 if somebody's rows differ.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = "tests/bench/transform"
O = os.environ.get("O", "build")
BIN = O + "/bin/"
DIR = os.path.abspath(O + "/bench/transform")
NPM = os.environ.get("NPM", "")
RECORDS = int(os.environ.get("RECORDS") or 1000000)
ROUNDS = int(os.environ.get("ROUNDS") or 1)
SMALL, LARGE = 100000, 5000000

CONFIG = """\
state_dir: %s/state
tenants:
  - name: acme
    mimecast:
      api: "2.0"
      base_url: https://127.0.0.1:1
      client_id_file: secret
      client_secret_file: secret
"""


class Run:
    """A program that ran on a staging database."""

    def __init__(self, command, db, env=None):
        out = open(DIR + "/out", "w+")
        pid = subprocess.Popen(command, stdout=out, stderr=out,
                               env={**os.environ, **(env or {})}).pid
        self.wal = 0
        done = 0
        while not done:
            time.sleep(0.01)
            self.wal = max(self.wal, size(db + "-wal"))
            done, status, usage = os.wait4(pid, os.WNOHANG)
        out.seek(0)
        text = out.read()
        if status != 0:
            sys.exit("bench: %s:\n%s" % (" ".join(command), text))
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss_kib = usage.ru_maxrss
        for line in text.splitlines():
            if line.startswith("cpu "):  # by its own clock
                self.cpu = float(line[4:])


def size(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def staging(records):
    """A staging database with so many records, made once."""
    path = "%s/%d.db" % (DIR, records)
    maker = BIN + "bench-staging"
    if size(path) == 0 or os.stat(path).st_mtime < os.stat(maker).st_mtime:
        remove(path)
        subprocess.run([maker, path + ".new", str(records)], check=True)
        os.rename(path + ".new", path)
    return path


def remove(db):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(db + end):
            os.remove(db + end)


def measure(records, db, command, env=None):
    """The cheapest of some runs, each on a fresh copy, which is left."""
    best = None
    for _ in range(ROUNDS):
        remove(db)
        shutil.copyfile(staging(records), db)
        os.chmod(db, 0o600)
        run = Run(command, db, env)
        if best is None or run.cpu < best.cpu:
            best = run
    return best


def rows_digest(db):
    """SHA-256 of all that must be equal, as digest.sql shows it."""
    h = hashlib.sha256()
    with open(HERE + "/digest.sql") as sql:
        shell = subprocess.Popen(["sqlite3", "-readonly", db], stdin=sql,
                                 stdout=subprocess.PIPE)
        while piece := shell.stdout.read(1 << 20):
            h.update(piece)
    if shell.wait() != 0:
        sys.exit("bench: sqlite3: " + db)
    return h.hexdigest()


def state():
    """The folder of a tenant for m2s-transform; its database and command."""
    shutil.rmtree(DIR + "/state", ignore_errors=True)
    os.makedirs(DIR + "/state/acme", 0o700)
    with open(DIR + "/m2s.conf", "w") as f:
        f.write(CONFIG % DIR)
    with open(os.open(DIR + "/secret", os.O_CREAT | os.O_WRONLY, 0o600),
              "w") as f:
        f.write("none\n")
    return DIR + "/state/acme/staging.db", [
        BIN + "m2s-transform", "-q", "-c", DIR + "/m2s.conf"]


def whole(records):
    db, command = state()
    best = None
    for _ in range(ROUNDS):
        state()
        shutil.copyfile(staging(records), db)
        os.chmod(db, 0o600)
        run = Run(command, db)
        if best is None or run.cpu < best.cpu:
            best = run
    return best, db


def stage(records):
    db = "%s/judged-%d.db" % (DIR, records)
    return measure(records, db, [BIN + "bench-stage", db]), db


PEERS = [  # name, command, its figures are of the same work
    ("Python, standard library", ["python3", HERE + "/peer.py"], True),
    ("Perl, JSON::XS, DBD::SQLite", ["perl", HERE + "/peer.pl"], True),
    ("Bun, bun:sqlite", [NPM + "/node_modules/.bin/bun",
                         HERE + "/peer.mjs"], True),
    ("Node, better-sqlite3", ["node", HERE + "/peer.mjs"], True),
    ("sqlite3 shell, json_each", ["sh", HERE + "/peer_sql.sh"], False),
    ("jq, .import", ["sh", HERE + "/peer_jq.sh"], False),
]


def why_not(command):
    """Why a peer cannot run here, or None."""
    if command[0].startswith(NPM + "/") and not os.path.exists(command[0]):
        return "npm could not install bun"
    if command[0] == "node":
        built = NPM + "/node_modules/better-sqlite3/build"
        if not shutil.which("node") or not os.path.exists(built):
            return "npm could not build better-sqlite3"
    if not shutil.which(command[0]):
        return command[0] + " is not installed"
    return None


def row(name, run, records, ratio, note):
    print("%-34s %8.2f %7.2f %7s %8.1f  %s" % (
        name, run.cpu, run.cpu * 1e6 / records, ratio, run.rss_kib / 1024,
        note), flush=True)


def verdict(goal, value, limit, form="%.2f"):
    print(("%-52s " + form + "  %s") % (
        goal, value, "met" if value <= limit else "MISSED"))


def not_measured(goal, why):
    print("%-52s not measured: %s" % (goal, why))


def compare(ours, ours_db):
    """Run the others; their CPU by name, and whether all rows were equal."""
    digest = rows_digest(ours_db)
    cpu, same = {}, True
    print("rows %s\n" % digest)
    print("%-34s %8s %7s %7s %8s  %s" % ("%d records" % RECORDS, "CPU s",
        "us each", "m2s/it", "RSS MiB", "same rows"))
    row("m2s, as the peers", ours, RECORDS, "1.00", "is the measure")
    for name, command, full in PEERS:
        why = why_not(command)
        if why:
            print("%-34s not run: %s" % (name, why))
            continue
        db = DIR + "/peer.db"
        run = measure(RECORDS, db, command + [db],
                      {"NODE_PATH": NPM + "/node_modules"})
        equal = rows_digest(db) == digest if full else None
        same = same and equal is not False
        row(name, run, RECORDS, "%.2f" % (ours.cpu / run.cpu),
            {True: "yes", False: "NO", None: "does less: judge.sql"}[equal])
        cpu[name.split(",")[0]] = run.cpu
        remove(db)
    print("%-34s not run: it reads SQLite through an extension that it"
          " downloads" % "DuckDB")
    db = DIR + "/floor.db"
    run = measure(RECORDS, db, [BIN + "bench-floor", ours_db, db])
    row("the floor", run, RECORDS, "%.2f" % (ours.cpu / run.cpu),
        "yes" if rows_digest(db) == digest else "NO")
    cpu["floor"] = run.cpu
    remove(db)
    return cpu, same


def ratio(goal, ours, others, name, limit):
    if name in others:
        verdict(goal, ours.cpu / others[name], limit)
    else:
        not_measured(goal, "it did not run")


def growth(runs):
    goal = "CPU a record, 5 M beside 1 M records: at most 1.25"
    if LARGE in runs and 1000000 in runs:
        verdict(goal, runs[LARGE].cpu / runs[1000000].cpu / 5, 1.25)
    else:
        not_measured(goal, "BENCH_5M=1 and RECORDS=1000000 do")


def main():
    os.makedirs(DIR, exist_ok=True)
    ours, ours_db = stage(RECORDS)
    others, same = compare(ours, ours_db)
    remove(ours_db)
    runs = {}
    for records in {SMALL, RECORDS} | (
            {LARGE} if os.environ.get("BENCH_5M") else set()):
        runs[records], db = whole(records)
        remove(db)
    for records in sorted(runs):
        row("m2s-transform, archive too: %d" % records, runs[records],
            records, "", "WAL %.1f MiB" % (runs[records].wal / 2**20))
    growing = {RECORDS: ours}
    if LARGE in runs:
        growing[LARGE], db = stage(LARGE)
        row("m2s, as the peers: %d" % LARGE, growing[LARGE], LARGE, "",
            "WAL %.1f MiB" % (growing[LARGE].wal / 2**20))
        remove(db)
    shutil.rmtree(DIR + "/state")

    print()
    ratio("CPU beside Python: at most 0.25", ours, others, "Python", 0.25)
    ratio("CPU beside Bun: at most 0.35", ours, others, "Bun", 0.35)
    ratio("CPU beside the floor: at most 2", ours, others, "floor", 2)
    growth(growing)
    rss = {n: runs[n].rss_kib / 1024 for n in runs}
    verdict("peak RSS, MiB: at most 48", max(rss.values()), 48, "%.1f")
    goal = "peak RSS, %d beside %d: at most 1.10" % (max(rss), SMALL)
    if max(rss) > SMALL:
        verdict(goal, rss[max(rss)] / rss[SMALL], 1.10)
    else:
        not_measured(goal, "RECORDS is too small")
    verdict("peak WAL, MiB: at most 64",
        max(run.wal for run in runs.values()) / 2**20, 64, "%.1f")
    return 0 if same else 1


sys.exit(main())
