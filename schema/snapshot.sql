-- What a snapshot has beside the tables of staging: an index for each thing
-- that auditors look things up by.  Staging itself has none of them, as they
-- would cost more than the whole transform where rows come one by one; here
-- each is built in one sorted pass.

-- An alert's id as the views write it: WHERE alert_id = '...'.
CREATE INDEX alert_by_hex ON alert (lower(hex(alert_id)));
CREATE INDEX alert_by_message ON alert (message_id)
  WHERE message_id IS NOT NULL;
CREATE INDEX alert_by_recipient ON alert (recipient)
  WHERE recipient IS NOT NULL;
CREATE INDEX alert_by_url ON alert (url) WHERE url IS NOT NULL;

-- The records of a day, and those that an alert is made of and repeated by.
CREATE INDEX record_by_time ON record (occurred_at);
CREATE INDEX record_by_alert ON record (alert_no) WHERE alert_no IS NOT NULL;

-- The windows of a day, and what a mapping was used for.
CREATE INDEX window_by_start ON window (from_at);
CREATE INDEX alert_mapping_by_mapping ON alert_mapping (mapping_id);
CREATE INDEX batch_alert_by_mapping ON batch_alert (mapping_id);
