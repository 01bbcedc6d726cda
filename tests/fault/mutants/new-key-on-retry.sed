# file: load/sink_https.c
# what: each attempt has a key of its own
# jobs: first-load kill 40
/Idempotency-Key: /,/hex)/s/digest_hex(b->key, sizeof b->key, hex)/(digest_hex(b->key, sizeof b->key, hex), hex[0] = (char)('0' + b->attempts), hex)/
