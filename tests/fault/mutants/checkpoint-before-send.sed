# file: load/lane.c
# what: a batch is marked delivered before it is sent
# jobs: first-load kill 25
/^deliver/,/^}/{
s/l->sum.attempts++;/l->sum.attempts++; r.next = RESULT_DONE; r.outcome = l->type == \&sink_file ? RECEIPT_STORED : RECEIPT_ACKNOWLEDGED; memcpy(r.body_digest, l->batch.key, sizeof r.body_digest); if (attempt_end(x, \&l->batch, \&l->body, \&r, true, \&l->quota, e)) return -1; r = (struct result){ .wait_ms = -1 };/
s/ ||$/) return -1; if (0 \&\& (/
s/&l->quota, e))$/\&l->quota, e)))/
}
