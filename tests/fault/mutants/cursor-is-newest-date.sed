# file: schema/window.c
# what: time is read on from the newest record that was found
# jobs: second-extract none 0
/frontier_sql/,/;$/s/SELECT max(to_at) AS to_at FROM window/SELECT max(occurred_at) AS to_at FROM alert/
/frontier_sql/,/;$/s/ AND origin = 'live'//
