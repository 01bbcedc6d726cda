# file: load/lane.c
# what: an alert is refused though the sink accepted none
# jobs: first-load rude 0
/^deliver/,/^}/s/l->sum.delivered > 0/true/
