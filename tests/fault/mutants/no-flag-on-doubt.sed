# file: load/attempt.c
# what: an attempt that may repeat another one is not flagged
# jobs: first-load kill 25
s/doubt && !idempotent/0 \&\& doubt \&\& !idempotent/
