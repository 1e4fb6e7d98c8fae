-- How far every unicorn went in a minute, and its vital signs at their worst and their best.
-- The times are those at which the readings are processed; with StatusTime as the time of the windows, say instead
--   WATERMARK FOR StatusTime AS StatusTime - INTERVAL '5' SECOND
-- below the columns, and TUMBLE by StatusTime.

CREATE TABLE readings (
    Name          STRING,
    StatusTime    TIMESTAMP(3),
    Distance      DECIMAL(12, 2),
    MagicPoints   INT,
    HealthPoints  INT,
    processed     AS PROCTIME()
) WITH (
    'connector' = 'kinesis',
    'stream' = 'wildrydes',
    'scan.stream.initpos' = 'TRIM_HORIZON',
    'format' = 'json',
    'json.ignore-parse-errors' = 'true'
);

CREATE TABLE summary (
    Name             STRING,
    StatusTime       TIMESTAMP(3),
    Distance         DECIMAL(12, 2),
    MinMagicPoints   INT,
    MaxMagicPoints   INT,
    MinHealthPoints  INT,
    MaxHealthPoints  INT
) WITH (
    'connector' = 'kinesis',
    'stream' = 'wildrydes-summary',
    'format' = 'json'
);

INSERT INTO summary
SELECT Name,
       TUMBLE_START(processed, INTERVAL '1' MINUTE),
       SUM(Distance),
       MIN(MagicPoints),
       MAX(MagicPoints),
       MIN(HealthPoints),
       MAX(HealthPoints)
FROM readings
GROUP BY TUMBLE(processed, INTERVAL '1' MINUTE), Name;
