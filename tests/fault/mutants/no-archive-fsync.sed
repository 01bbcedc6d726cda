# file: schema/archive_file.c
# what: an archive's bytes are not synced
# jobs: first-transform cut:ext4 15
/^archive_file_sync(/,/^}/s/fsync(fd) ? /fd < 0 ? /
