# file: schema/batch.c
# what: a batch is changed whatever it has become
# jobs: first-load hand 20
/_sql\[\] =/,/;$/s/ AND state = :old AND attempts = :attempts"/ AND :old = :old AND :attempts = :attempts"/
