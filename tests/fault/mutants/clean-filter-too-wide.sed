# file: transform/judge.c
# what: what is suspicious is taken for clean
# jobs: first-transform none 0
s/if (event_is(ev, verdict, "clean"))/if (event_is(ev, verdict, "clean") || event_is(ev, verdict, "suspicious"))/
