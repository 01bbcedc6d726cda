# file: load/sink_file.c
# what: a payload's new name is not synced
# jobs: first-load cut:ext4 40
/^put_file/,/^}/s/rc = sync_fd(f, folder, f->dir, e);/rc = 0;/
