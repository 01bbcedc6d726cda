# file: common/db.c
# what: synchronous is NORMAL: a commit may be lost
# jobs: first-load cut:ext4 40
s/PRAGMA synchronous = FULL/PRAGMA synchronous = NORMAL/
s/"PRAGMA synchronous", 2,/"PRAGMA synchronous", 1,/
