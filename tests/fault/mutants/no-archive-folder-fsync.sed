# file: schema/archive_file.c
# what: the names of archives and of their folders are not synced
# jobs: first-transform cut:ext4 15
/^archive_file_sync/,/^}/s/strlen(path) > above/strlen(path) < above/
