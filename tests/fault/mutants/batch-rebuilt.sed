# file: load/lane.c
# what: what is sent again is built again: a batch that was cut off comes
# what: back with another byte and its key
# jobs: first-load kill 25
/^deliver/,/^}/s/	l->sum.attempts++;/	if (l->batch.attempts > 1) { buf_putc(\&l->body, '\\n'); digest_of(x->digest, l->body.data, l->body.len, l->batch.key); } l->sum.attempts++;/
