-- A store of format 1 with a checkpoint in it, as the last version that wrote that format left it.
PRAGMA application_id = 0x6b706964;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE amendments(
  shard INTEGER NOT NULL,
  kpi TEXT NOT NULL,
  window TEXT NOT NULL,
  amendments INTEGER NOT NULL,
  PRIMARY KEY (shard, kpi, window)) WITHOUT ROWID;
INSERT INTO "amendments" VALUES(0,'revenue','1h',5);
CREATE TABLE blobs(
  shard INTEGER NOT NULL,
  grouping INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  block INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (shard, grouping, kind, start_ms, end_ms, block));
INSERT INTO "blobs" VALUES(0,7,3,0,60000,0,-8543569710124362772,X'726F7773');
CREATE TABLE checkpoint(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shards INTEGER NOT NULL,
  publisher BLOB NOT NULL,
  blobs_digest INTEGER NOT NULL,
  digest INTEGER NOT NULL);
INSERT INTO "checkpoint" VALUES(1,1,X'7075626C6973686572',2340330714147137242,6055357304485641033);
CREATE TABLE format(version INTEGER NOT NULL);
INSERT INTO "format" VALUES(1);
CREATE TABLE groupings(
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL);
INSERT INTO "groupings" VALUES(7,'sales by region');
CREATE TABLE lost_spans(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  after_ms INTEGER,
  before_ms INTEGER,
  PRIMARY KEY (source, topic, partition, position)) WITHOUT ROWID;
INSERT INTO "lost_spans" VALUES('sales','shop.sales',0,0,1774742400000,NULL);
CREATE TABLE partitions(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  newest_event_time_ms INTEGER,
  watermark_ms INTEGER,
  newest_timestamp_ms INTEGER,
  fingerprint_offset INTEGER,
  fingerprint_timestamp_ms INTEGER,
  fingerprint_hash INTEGER,
  records_read INTEGER NOT NULL,
  events_accepted INTEGER NOT NULL,
  records_lost INTEGER NOT NULL,
  PRIMARY KEY (source, topic, partition)) WITHOUT ROWID;
INSERT INTO "partitions" VALUES('sales','shop.sales',0,1,NULL,1774742400000,NULL,NULL,NULL,NULL,9,8,2);
CREATE TABLE rejections(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  reason TEXT NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (source, topic, partition, reason)) WITHOUT ROWID;
INSERT INTO "rejections" VALUES('sales','shop.sales',0,'malformed',1);
CREATE TABLE sources(
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  begins_ms INTEGER) WITHOUT ROWID;
INSERT INTO "sources" VALUES('sales','topic: shop.sales
',NULL);
CREATE TABLE terms(
  grouping INTEGER NOT NULL,
  position INTEGER NOT NULL,
  term TEXT NOT NULL,
  begins_ms INTEGER,
  PRIMARY KEY (grouping, position)) WITHOUT ROWID;
INSERT INTO "terms" VALUES(7,0,'count(sales)',NULL);
COMMIT;
