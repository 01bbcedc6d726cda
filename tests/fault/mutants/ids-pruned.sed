# file: load/prune.c
# what: alerts are dropped with their bodies
# jobs: prune none 0
s/int rc = chain_verify(&c, e);/int rc = db_exec(p->db, "PRAGMA foreign_keys = OFF; DELETE FROM alert WHERE log = 'url'", e) ? -1 : chain_verify(\&c, e);/
