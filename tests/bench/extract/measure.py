"""Run a command and print what it took: CPU (user and system, seconds), wall
clock (seconds) and its peak RSS (KiB).

    measure.py OUTPUT_FILE COMMAND...
"""

import os
import subprocess
import sys
import time

begin = time.monotonic()
with open(sys.argv[1], "wb") as out:
    child = subprocess.Popen(sys.argv[2:], stdout=out)
    _, status, usage = os.wait4(child.pid, 0)
if status:
    sys.exit(f"{sys.argv[2]}: status {os.waitstatus_to_exitcode(status)}")
print(f"{usage.ru_utime + usage.ru_stime:.3f}"
      f" {time.monotonic() - begin:.3f} {usage.ru_maxrss}")
