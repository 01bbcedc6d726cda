PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA journal_mode = WAL;
PRAGMA cache_size = -8192;
PRAGMA temp_store = FILE;
BEGIN IMMEDIATE;
CREATE TEMP TABLE event (
  record_id INTEGER, closed_order INTEGER, log TEXT, content TEXT, date TEXT,
  sender TEXT, recipient TEXT, subject TEXT, url TEXT, file_name TEXT,
  file_type TEXT, file_hash TEXT, message_id TEXT, source_ip TEXT,
  verdict TEXT, action TEXT, ttpDefinition TEXT, reason TEXT,
  creationMethod TEXT);
