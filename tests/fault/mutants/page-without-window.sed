# file: extract/slot.c
# what: a page is committed before its window has moved on
# jobs: first-extract kill 10
/^apply_page/,/^}/s/if (put_page(s, run, text.data, e)) {/if (put_page(s, run, text.data, e) || db_end(run->db, 0, e) || db_begin(run->db, e)) {/
