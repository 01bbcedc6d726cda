-- The staging database of one tenant.
--
-- All times are seconds since 1970 UTC; the views show them as text as well.
-- All digests are SHA-256, 32 bytes.  A table whose name ends in _body holds
-- bytes that are written once and never change; what changes about them is in
-- the table without the ending.

-- One row for each run of a stage on this tenant, written when it starts.
CREATE TABLE run (
  run_id      INTEGER PRIMARY KEY,
  stage       TEXT NOT NULL           -- the program, without its m2s-
    CHECK (stage IN ('extract', 'transform', 'load')),
  version     TEXT NOT NULL,          -- of the program
  started_at  INTEGER NOT NULL,       -- by the program's clock (-T)
  ended_at    INTEGER,                -- NULL: running, or stopped by force
  exit_status INTEGER                 -- the manual lists them
    CHECK (exit_status BETWEEN 0 AND 255),
  CHECK ((ended_at IS NULL) = (exit_status IS NULL))
) STRICT;

-- One stretch of source time of one log, asked for as a whole.
CREATE TABLE window (
  window_id    INTEGER PRIMARY KEY,
  uid          BLOB NOT NULL UNIQUE   -- 16 random bytes: its name in archives
    CHECK (length(uid) = 16),
  log          TEXT NOT NULL
    CHECK (log IN ('url', 'attachment', 'impersonation')),
  from_at      INTEGER NOT NULL,      -- first second asked for
  to_at        INTEGER NOT NULL,      -- first second no longer asked for
  origin       TEXT NOT NULL
    CHECK (origin IN ('live', 'reread', 'backfill', 'replay')),
  parent_id    INTEGER                -- the replaced window this is a half of
    REFERENCES window (window_id),
  reread_of    INTEGER                -- the window this one reads again
    REFERENCES window (window_id),
  state        TEXT NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'complete', 'replaced', 'lost')),
  run_id       INTEGER NOT NULL       -- the run that planned it
    REFERENCES run (run_id),
  planned_at   INTEGER NOT NULL,
  page_size    INTEGER NOT NULL       -- records asked for in a page
    CHECK (page_size > 0),
  attempt      INTEGER NOT NULL DEFAULT 1  -- 2 when it was begun again, ...
    CHECK (attempt > 0),
  refusals     INTEGER NOT NULL DEFAULT 0, -- attempts that ended because a
                                      -- token was refused or came again
  recounts     INTEGER NOT NULL DEFAULT 0, -- and because totalCount and records
                                      -- differed
  failures     INTEGER NOT NULL DEFAULT 0, -- times it was put off; windows
                                      -- with fewer are read first
  next_token   TEXT,                  -- for the next page; NULL: the first one
  pages        INTEGER NOT NULL DEFAULT 0, -- stored in this attempt
  records      INTEGER NOT NULL DEFAULT 0, -- on those pages
  total        INTEGER,               -- the source's totalCount, when all its
                                      -- pages gave the same; else NULL
  reconciled   TEXT                   -- how total and records compare
    CHECK (reconciled IN ('exact', 'no_total', 'mismatch')),
  closed_at    INTEGER,               -- when it left the state open
  closed_order INTEGER UNIQUE,        -- 1, 2, ...: the order of leaving it
  judged_run_id INTEGER               -- the transform run that finished it
    REFERENCES run (run_id),
  archive_no   INTEGER                -- the archive that holds its pages
    REFERENCES archive (archive_no),
  CHECK (from_at < to_at),
  CHECK ((state = 'open') = (closed_at IS NULL)),
  CHECK ((state = 'open') = (closed_order IS NULL)),
  CHECK ((state = 'complete') = (reconciled IS NOT NULL)),
  CHECK (judged_run_id IS NULL OR state <> 'open'),
  CHECK ((reread_of IS NULL) = (origin <> 'reread'))
) STRICT;
CREATE INDEX window_by_time ON window (log, origin, to_at);
CREATE INDEX window_by_state ON window (state, failures, from_at);
CREATE INDEX window_by_reread ON window (reread_of)
  WHERE reread_of IS NOT NULL;
CREATE INDEX window_unarchived ON window (closed_order)
  WHERE archive_no IS NULL;

-- One answer of the source that passed every check.  Its bytes: page_body.
CREATE TABLE page (
  page_id      INTEGER PRIMARY KEY,
  window_id    INTEGER NOT NULL
    REFERENCES window (window_id),
  attempt      INTEGER NOT NULL,      -- of the window, when it was fetched
  number       INTEGER NOT NULL       -- 1, 2, ... within the attempt
    CHECK (number > 0),
  run_id       INTEGER NOT NULL       -- the run that fetched it
    REFERENCES run (run_id),
  request      TEXT NOT NULL,         -- the request's JSON, as it was sent
  page_token   TEXT,                  -- the token it asked with; NULL: first
  http_status  INTEGER NOT NULL,
  request_id   TEXT,                  -- the source's own id of the request
  server_date  INTEGER,               -- the answer's Date
  fetched_at   INTEGER NOT NULL,
  body_digest  BLOB NOT NULL          -- of the decoded body
    CHECK (length(body_digest) = 32),
  body_bytes   INTEGER NOT NULL,
  records      INTEGER NOT NULL,      -- elements of its array of records
  total        INTEGER,               -- its totalCount, if it gave one
  next_token   TEXT,                  -- its token for the next page
  judged       INTEGER NOT NULL DEFAULT 0 -- 1: each record has its row
    CHECK (judged IN (0, 1)),
  UNIQUE (window_id, attempt, number)
) STRICT;

-- The decoded body of a page, byte for byte.
CREATE TABLE page_body (
  page_id INTEGER PRIMARY KEY
    REFERENCES page (page_id),
  body    BLOB NOT NULL
) STRICT;

-- The four things that can become of a record.
CREATE TABLE outcome (
  outcome INTEGER PRIMARY KEY,        -- the code in record
  name    TEXT NOT NULL UNIQUE,
  meaning TEXT NOT NULL
) STRICT;
INSERT INTO outcome (outcome, name, meaning) VALUES
  (1, 'invalid',   'it breaks the contract of its log; kept, never sent'),
  (2, 'clean',     'the source itself found it harmless'),
  (3, 'duplicate', 'the same event was seen before'),
  (4, 'alert',     'it became an alert');

-- The rule that decided it.  A rule of one log begins with the log's name.
CREATE TABLE reason (
  reason  INTEGER PRIMARY KEY,        -- the code in record
  outcome INTEGER NOT NULL REFERENCES outcome (outcome),
  name    TEXT NOT NULL UNIQUE,
  meaning TEXT NOT NULL
) STRICT;
INSERT INTO reason (reason, outcome, name, meaning) VALUES
  (1,  1, 'record.not_object', 'the record is no JSON object'),
  (2,  1, 'record.depth',      'it nests more than 64 levels'),
  (10, 1, 'url.userEmailAddress.empty', 'absent, no string or blank'),
  (11, 1, 'url.url.empty',              'absent, no string or blank'),
  (12, 1, 'url.date.empty',             'absent, no string or blank'),
  (13, 1, 'url.scanResult.empty',       'absent, no string or blank'),
  (14, 1, 'url.date.unparsable',        'no time with a zone, or none that exists'),
  (20, 1, 'attachment.recipientAddress.empty', 'absent, no string or blank'),
  (21, 1, 'attachment.fileName.empty',         'absent, no string or blank'),
  (22, 1, 'attachment.result.empty',           'absent, no string or blank'),
  (23, 1, 'attachment.date.empty',             'absent, no string or blank'),
  (24, 1, 'attachment.date.unparsable', 'no time with a zone, or none that exists'),
  (30, 1, 'impersonation.senderAddress.empty',    'absent, no string or blank'),
  (31, 1, 'impersonation.recipientAddress.empty', 'absent, no string or blank'),
  (32, 1, 'impersonation.eventTime.empty',        'absent, no string or blank'),
  (33, 1, 'impersonation.eventTime.unparsable', 'no time with a zone, or none that exists'),
  (40, 2, 'verdict.clean',     'its verdict is clean'),
  (41, 2, 'verdict.safe',      'its verdict is safe'),
  (50, 3, 'seen',              'the same event is an alert already'),
  (51, 3, 'seam',              'repeated across the border of two pages'),
  (60, 4, 'new',               'the first time this event is seen'),
  (61, 4, 'twin',              'equal to another event of its window, and yet another event'),
  (62, 4, 'revision',          'an event seen before, with other content');

-- One row for each record of each judged page, in the page's order.  Narrow
-- on purpose: no foreign keys, no triggers, no checks; v_violation checks
-- what they would have.
CREATE TABLE record (
  record_id    INTEGER PRIMARY KEY,   -- page_id * 33554432 + position from 0
  offset       INTEGER NOT NULL,      -- of its first byte in page_body.body
  length       INTEGER NOT NULL,      -- in bytes
  outcome      INTEGER NOT NULL,      -- table outcome
  reason       INTEGER NOT NULL,      -- table reason
  occurred_at  INTEGER,               -- its time; NULL where it has none
  alert_no     INTEGER,               -- the alert it became or repeats
  twin         INTEGER,               -- the twin number it was given
  text_anomaly INTEGER                -- 1: bad UTF-8, lone surrogate or NUL
) STRICT;

-- Names that records have and that their log is not known to have: the first
-- 1,000 of each log.  They are no fault; what the source adds shows here.
CREATE TABLE unknown_field (
  log           TEXT NOT NULL
    CHECK (log IN ('url', 'attachment', 'impersonation')),
  name          TEXT NOT NULL,        -- its first 128 bytes, U+FFFD for what is
                                      -- no text
  first_record  INTEGER NOT NULL,     -- the record that showed it first
  first_seen_at INTEGER NOT NULL,     -- when pages with it were fetched: the
  last_seen_at  INTEGER NOT NULL,     -- earliest and the latest
  records       INTEGER NOT NULL      -- how many have it
    CHECK (records > 0),
  PRIMARY KEY (log, name),
  CHECK (first_seen_at <= last_seen_at)
) STRICT, WITHOUT ROWID;

-- What the rows of record said about a page, once they are past the time that
-- the configuration keeps them for.
CREATE TABLE page_tally (
  page_id   INTEGER PRIMARY KEY
    REFERENCES page (page_id),
  invalid   INTEGER NOT NULL,
  clean     INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  alert     INTEGER NOT NULL,
  seam      INTEGER NOT NULL,         -- of the duplicates: reason 51
  first_alert INTEGER                 -- alert_no of the first of its alerts,
                                      -- which follow one another
    CHECK ((alert = 0) = (first_alert IS NULL))
) STRICT;

-- One row for each event worth an alert, in the order they were found.
CREATE TABLE alert (
  alert_no     INTEGER PRIMARY KEY,   -- 1, 2, ...
  alert_id     BLOB NOT NULL UNIQUE   -- time (4 bytes) || 12 bytes of SHA-256
    CHECK (length(alert_id) = 16),    --   (digest || twin)
  digest       BLOB NOT NULL          -- of the event's known content
    CHECK (length(digest) = 32),
  twin         INTEGER NOT NULL,      -- 0, 1, ... among equal events
  natural_key  BLOB NOT NULL          -- time (4 bytes) || 12 bytes of SHA-256
    CHECK (length(natural_key) = 16), --   (what stays when an event changes)
  record_id    INTEGER NOT NULL,      -- the record it was made from
  run_id       INTEGER NOT NULL       -- the transform run that made it
    REFERENCES run (run_id),
  log          TEXT NOT NULL,
  occurred_at  INTEGER NOT NULL,
  sender       TEXT,
  recipient    TEXT,
  subject      TEXT,
  url          TEXT,
  file_name    TEXT,
  file_type    TEXT,
  file_hash    TEXT,
  message_id   TEXT,
  source_ip    TEXT,
  verdict      TEXT,
  action       TEXT,
  text_anomaly INTEGER NOT NULL,      -- 1: U+FFFD stands for what was no text
  revision_of  INTEGER                -- the alert whose event changed
    REFERENCES alert (alert_no)
) STRICT;
CREATE INDEX alert_by_natural_key ON alert (natural_key);
CREATE INDEX alert_by_time ON alert (occurred_at);

-- One row for each version of the table that names threats.
CREATE TABLE mapping (
  mapping_id     INTEGER PRIMARY KEY,
  digest         BLOB NOT NULL UNIQUE -- of the file's bytes
    CHECK (length(digest) = 32),
  version        TEXT NOT NULL,       -- as the file says
  attack_version TEXT NOT NULL,       -- of MITRE ATT&CK, as the file says
  source         TEXT NOT NULL,       -- 'built-in' or the file's path
  body           TEXT NOT NULL,       -- the file
  run_id         INTEGER NOT NULL     -- the run that loaded it
    REFERENCES run (run_id),
  loaded_at      INTEGER NOT NULL,
  archive_no     INTEGER
    REFERENCES archive (archive_no)
) STRICT;

-- The rules of a version, in its order; the three defaults come last.
CREATE TABLE mapping_rule (
  mapping_id  INTEGER NOT NULL
    REFERENCES mapping (mapping_id),
  rule_no     INTEGER NOT NULL,       -- 1, 2, ...
  alert_type  TEXT NOT NULL,          -- the text or pattern it matches
  match       TEXT NOT NULL
    CHECK (match IN ('exact', 'prefix', 'regex', 'default')),
  log         TEXT                    -- of a default: the log it is for
    CHECK (log IN ('url', 'attachment', 'impersonation')),
  threat_id   TEXT NOT NULL,          -- of MITRE ATT&CK
  threat_name TEXT NOT NULL,
  severity    INTEGER                 -- 0 to 10; NULL: by verdict
    CHECK (severity BETWEEN 0 AND 10),
  PRIMARY KEY (mapping_id, rule_no),
  CHECK ((match = 'default') = (log IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What a version makes of an alert.  Mapping anew adds rows.  Its checks are
-- written with OR: SQLite builds a table for each IN, at each insert.
CREATE TABLE alert_mapping (
  alert_no    INTEGER NOT NULL
    REFERENCES alert (alert_no),
  mapping_id  INTEGER NOT NULL,
  alert_type  TEXT NOT NULL,
  type_rule   TEXT NOT NULL           -- the branch that named the type
    CHECK (type_rule = 'reason' OR type_rule = 'creationMethod'
      OR type_rule = 'ttpDefinition' OR type_rule = 'fixed'
      OR type_rule = 'default'),
  threat_id   TEXT NOT NULL,
  threat_name TEXT NOT NULL,
  threat_rule TEXT NOT NULL           -- how the threat was found
    CHECK (threat_rule = 'exact' OR threat_rule = 'prefix'
      OR threat_rule = 'regex' OR threat_rule = 'default'),
  rule_no     INTEGER NOT NULL,       -- the rule that gave it
  severity    INTEGER NOT NULL
    CHECK (severity BETWEEN 0 AND 10),
  PRIMARY KEY (alert_no, mapping_id),
  FOREIGN KEY (mapping_id, rule_no) REFERENCES mapping_rule
) STRICT, WITHOUT ROWID;

-- One row for each sink that was ever configured.  A sink owes the alerts
-- after owed_after, and of those before it but after from_after the ones that
-- occurred at from_at or later; none after owed_until.
CREATE TABLE sink (
  sink_id      INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  type         TEXT NOT NULL
    CHECK (type IN ('file', 'https', 'syslog')),
  active_since INTEGER NOT NULL,
  active_until INTEGER,               -- when it was gone from the config
  owed_after   INTEGER NOT NULL,      -- alert_no; alerts after it are owed
  from_after   INTEGER NOT NULL DEFAULT 0, -- alert_no; and before owed_after,
  from_at      INTEGER,               -- those after it that occurred since then
  owed_until   INTEGER,               -- alert_no; set while it is not active
  sealed_to    INTEGER NOT NULL DEFAULT 0, -- alert_no; up to it all that is
                                      -- owed is in batches
  CHECK ((active_until IS NULL) = (owed_until IS NULL))
) STRICT;

-- One row for each payload.  Its members and bytes never change.
CREATE TABLE batch (
  batch_id     INTEGER PRIMARY KEY,
  sink_id      INTEGER NOT NULL
    REFERENCES sink (sink_id),
  parent_id    INTEGER                -- the batch this is a half of
    REFERENCES batch (batch_id),
  repeats_id   INTEGER                -- the batch whose bytes are sent again,
    REFERENCES batch (batch_id),      --   because somebody asked for it
  generation   INTEGER NOT NULL DEFAULT 0 -- 1: such a repeat, 2: of a repeat
    CHECK (generation >= 0),
  batch_key    BLOB NOT NULL          -- SHA-256 of batch_body.body; of a
    CHECK (length(batch_key) = 32),   --   repeat, of body || generation as text
  format       TEXT NOT NULL
    CHECK (format IN ('ndjson', 'array', 'cef')),
  alerts       INTEGER NOT NULL CHECK (alerts > 0),
  bytes        INTEGER NOT NULL CHECK (bytes > 0),
  run_id       INTEGER NOT NULL       -- the run that sealed it
    REFERENCES run (run_id),
  sealed_at    INTEGER NOT NULL,
  state        TEXT NOT NULL DEFAULT 'ready'
    CHECK (state IN ('ready', 'sending', 'delivered', 'refused', 'split')),
  attempts     INTEGER NOT NULL DEFAULT 0, -- begun; each leaves a receipt
                                      -- unless it was cut off by force
  possible_duplicate INTEGER NOT NULL DEFAULT 0 -- 1: the sink may have had
    CHECK (possible_duplicate IN (0, 1)),       -- some of it before
  closed_at    INTEGER,               -- when it became delivered, refused, split
  archive_no   INTEGER
    REFERENCES archive (archive_no),
  UNIQUE (sink_id, batch_key),
  CHECK (repeats_id IS NULL OR (parent_id IS NULL AND generation > 0)),
  CHECK ((state IN ('ready', 'sending')) = (closed_at IS NULL)),
  CHECK (state = 'ready' OR attempts > 0)
) STRICT;
CREATE INDEX batch_unfinished ON batch (sink_id, batch_id)
  WHERE state IN ('ready', 'sending');
CREATE INDEX batch_unarchived ON batch (batch_id)
  WHERE archive_no IS NULL;
CREATE INDEX batch_by_repeated ON batch (repeats_id)
  WHERE repeats_id IS NOT NULL;

-- The payload of a batch, byte for byte.
CREATE TABLE batch_body (
  batch_id INTEGER PRIMARY KEY
    REFERENCES batch (batch_id),
  body     BLOB NOT NULL
) STRICT;

-- The alerts in a batch and the mapping that was sent for each.  Without
-- foreign keys, which would cost as much as the row; v_violation checks what
-- they would have.
CREATE TABLE batch_alert (
  batch_id   INTEGER NOT NULL,
  position   INTEGER NOT NULL,        -- from 0, in the payload's order
  alert_no   INTEGER NOT NULL,
  mapping_id INTEGER NOT NULL,
  PRIMARY KEY (batch_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_alert_by_alert ON batch_alert (alert_no, batch_id);

-- Alerts of a batch that was restored from an archive, until transform has
-- made them again: they are in batch_alert then.
CREATE TABLE batch_member (
  batch_id       INTEGER NOT NULL
    REFERENCES batch (batch_id),
  position       INTEGER NOT NULL,    -- as in batch_alert
  alert_id       BLOB NOT NULL        -- as in alert
    CHECK (length(alert_id) = 16),
  mapping_digest BLOB NOT NULL        -- as in mapping
    CHECK (length(mapping_digest) = 32),
  PRIMARY KEY (batch_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_member_by_alert ON batch_member (alert_id);

-- Every answer of a sink, and every attempt that got none.
CREATE TABLE receipt (
  receipt_id  INTEGER PRIMARY KEY,
  batch_id    INTEGER NOT NULL
    REFERENCES batch (batch_id),
  attempt     INTEGER NOT NULL,       -- 1, 2, ... of the batch
  run_id      INTEGER NOT NULL
    REFERENCES run (run_id),
  received_at INTEGER NOT NULL,
  latency_ms  INTEGER NOT NULL,       -- of the real clock
  outcome     TEXT NOT NULL           -- what it says about the batch
    CHECK (outcome IN (
      'stored',                       -- file: synced, renamed, digest below
      'acknowledged',                 -- https: 2xx
      'handed over',                  -- syslog: all sent, closed cleanly
      'not taken',                    -- it certainly took nothing
      'in doubt',                     -- it may have taken some or all
      'rejected')),                   -- it says the payload itself is bad
  http_status INTEGER,
  request_id  TEXT,                   -- the sink's own id of the request
  detail      TEXT NOT NULL,          -- for people: file name, error, ...
  body_start  BLOB NOT NULL,          -- the answer's first 4096 bytes
  body_digest BLOB NOT NULL           -- of the answer, or of the stored file
    CHECK (length(body_digest) = 32),
  UNIQUE (batch_id, attempt)
) STRICT;

-- One row for each archive file, in one chain for the tenant.
CREATE TABLE archive (
  archive_no      INTEGER PRIMARY KEY, -- 1, 2, ... without a hole
  kind            TEXT NOT NULL CHECK (kind IN ('evidence', 'delivery')),
  file            TEXT NOT NULL UNIQUE, -- below the tenant's archive folder
  file_digest     BLOB NOT NULL CHECK (length(file_digest) = 32),
  manifest_digest BLOB NOT NULL CHECK (length(manifest_digest) = 32),
  previous_chain  BLOB NOT NULL       -- zeros for the first
    CHECK (length(previous_chain) = 32),
  chain           BLOB NOT NULL UNIQUE -- SHA-256(previous_chain || manifest)
    CHECK (length(chain) = 32),
  members         INTEGER NOT NULL CHECK (members > 0),
  bytes           INTEGER NOT NULL CHECK (bytes > 0),
  run_id          INTEGER NOT NULL
    REFERENCES run (run_id),
  created_at      INTEGER NOT NULL,
  verified_at     INTEGER NOT NULL    -- when it was read back and re-hashed
) STRICT;

-- Source time that is lost, and why.
CREATE TABLE gap (
  gap_id          INTEGER PRIMARY KEY,
  log             TEXT NOT NULL
    CHECK (log IN ('url', 'attachment', 'impersonation')),
  from_at         INTEGER NOT NULL,
  to_at           INTEGER NOT NULL,
  reason          TEXT NOT NULL
    CHECK (reason IN (
      'retention',                    -- older than the source keeps its logs
      'unreadable')),                 -- not to be had even second by second
  window_id       INTEGER             -- the lost window
    REFERENCES window (window_id),
  run_id          INTEGER NOT NULL    -- the run that found it
    REFERENCES run (run_id),
  found_at        INTEGER NOT NULL,
  reported_run_id INTEGER             -- the run that said so and ended well
    REFERENCES run (run_id),
  archive_no      INTEGER
    REFERENCES archive (archive_no),
  CHECK (from_at < to_at),
  CHECK ((reason = 'unreadable') = (window_id IS NOT NULL))
) STRICT;

-- What could not be read, where there was anything: the start of the last
-- answer, as it was received.
CREATE TABLE gap_body (
  gap_id INTEGER PRIMARY KEY
    REFERENCES gap (gap_id),
  body   BLOB NOT NULL
) STRICT;

-- Requests made to a host, and the moment before which none may be made.
CREATE TABLE budget (
  host       TEXT NOT NULL,           -- name:port
  period     TEXT NOT NULL            -- 'quota': what the host itself said
    CHECK (period IN ('second', 'minute', 'hour', 'day', 'quota')),
  started_at INTEGER NOT NULL,        -- of the period that is counted
  used       INTEGER NOT NULL,        -- requests in it
  not_before INTEGER NOT NULL,        -- no request before this second
  PRIMARY KEY (host, period)
) STRICT, WITHOUT ROWID;

-- Which views the database has now: views belong to the program, not to the
-- data, and are made anew by each program that brings others.
CREATE TABLE view_version (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  digest TEXT NOT NULL                -- of the text of all of them
) STRICT;
