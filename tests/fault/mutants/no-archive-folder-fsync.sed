# file: schema/archive_file.c
# what: the names of archives and of their folders are not synced
# jobs: first-transform cut:ext4 15
/^sync_folder/,/^}/s/fd < 0 || fsync(fd) ?/fd < 0 ?/
