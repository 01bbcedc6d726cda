# file: schema/archive_file.c
# what: an archive's bytes are not synced
# jobs: first-transform cut:ext4 15
/^write_members/,/^}/s/rc = fsync(fd) ? /rc = fd < 0 ? /
