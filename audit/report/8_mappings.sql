-- One row for each version of the table that names threats.
SELECT
  format('%d: version %s, ATT&CK %s', mapping_id, version, attack_version)
    AS mapping,
  alerts_mapped,
  alerts_delivered,
  rules,
  source,
  loaded_utc,
  digest,
  evidence_file
FROM v_mapping_history;
