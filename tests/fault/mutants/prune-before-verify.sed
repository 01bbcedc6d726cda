# file: load/prune.c
# what: bodies are dropped before their archives were verified
# jobs: damaged none 0
s/int rc = chain_verify(&c, e);/int rc = db_exec(p->db, "DELETE FROM page_body", e) ? -1 : chain_verify(\&c, e);/
