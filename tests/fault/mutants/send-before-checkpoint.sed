# file: load/attempt.c
# what: an attempt is counted, but not committed, before it is sent
# jobs: first-load kill 25
/^attempt_begin/,/^}/s/return db_end(x->db, begin(x, b, idempotent, q, now, w, e), e);/return begin(x, b, idempotent, q, now, w, e);/
/^attempt_end/,/^}/{
/if (db_begin(x->db, e))/d
/^		return -1;/d
}
