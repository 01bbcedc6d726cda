# file: load/sink_file.c
# what: a payload's file is renamed without having been synced
# jobs: first-load cut:ext4 40
/^put_temporary/,/^}/s/rc = sync_fd(f, fd, name, e);/rc = 0;/
