# file: transform/twin.c
# what: equal events are one event
# jobs: first-transform none 0
/^twin_next/,/^}/s/return rc < 0 ? -1 : put(t, first_no, \*twin + 1, e);/*twin = 0; return rc < 0 ? -1 : put(t, first_no, 1, e);/
