"""replay.py STAGING.DB FOLDER: check each archive below the folder, and look
up whether the database has its windows, as a careful programmer would."""

import glob
import hashlib
import json
import sqlite3
import subprocess
import sys
import tarfile


def members(path):
    """What is in it: names and bytes."""
    with subprocess.Popen(["zstd", "-dcq", path],
                          stdout=subprocess.PIPE) as zstd:
        with tarfile.open(fileobj=zstd.stdout, mode="r|") as tar:
            for member in tar:
                yield member.name, tar.extractfile(member).read()
    if zstd.returncode != 0:
        sys.exit(path + ": damaged")


def manifest_of(path):
    """Its manifest, when all members are what that says."""
    rest = members(path)
    name, text = next(rest)
    manifest = json.loads(text)
    digests = [(m["name"], m["sha256"]) for m in manifest["members"]]
    found = [(name, hashlib.sha256(data).hexdigest()) for name, data in rest]
    if name != "manifest.json" or found != digests:
        sys.exit(path + ": damaged")
    return manifest


def main():
    db = sqlite3.connect(sys.argv[1])
    new = 0
    for path in sorted(glob.glob(sys.argv[2] + "/*/*/*/*.tar.zst")):
        for window in manifest_of(path)["windows"]:
            new += db.execute("SELECT NOT EXISTS (SELECT 1 FROM window"
                              " WHERE uid = ?)",
                              (bytes.fromhex(window["uid"]),)).fetchone()[0]
    if new > 0:
        sys.exit("%d windows are not known" % new)


main()
