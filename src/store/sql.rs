//! The statements that every database understands alike: those that read by one name, or page by page. Arguments are
//! written `$1`, `$2` …

/// Reads the head.
pub const HEAD: &str = "SELECT size, epoch, schema, frontier, index_key, picker_key, seal_key, at FROM head";

/// The columns that make up a known decision, in the order `decode` reads them.
macro_rules! known {
    ($from:literal) => {
        concat!(
            "SELECT e.position, e.epoch, e.kind, e.decision, e.office, e.request_id, e.officer, e.purpose, e.digest,
                    e.slot, e.number, e.case_id, e.at, e.seal_key, e.sealed, e.leaf,
                    n.state, n.life, n.replaced_by, n.replaces, n.case_id, n.issued_at, n.decision,
                    c.kind, c.state, c.cause, c.decision, c.proposed_side, c.opened_at, c.version, n.number FROM ",
            $from
        )
    };
}

pub(super) use known;

/// Counters of a prefix that are taken: slots from $1 up to $2 (exclusive), the first $3 of them.
pub const TAKEN: &str = "SELECT slot FROM numbers WHERE slot >= $1 AND slot < $2 ORDER BY slot LIMIT $3";

/// The decision of a request: $1 the id and the office's code.
pub const BY_REQUEST: &str = known!(
    "requests r JOIN entries e ON e.position = r.decision
     LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id WHERE r.request = $1"
);

/// The decision of the registration holding a strict key.
pub const BY_STRICT_KEY: &str = known!(
    "strict_keys k JOIN entries e ON e.position = k.decision
     LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id WHERE k.key = $1"
);

/// The decision that gave the number of a slot.
pub const BY_SLOT: &str = known!(
    "numbers m JOIN entries e ON e.position = m.decision
     LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id WHERE m.slot = $1"
);

/// Entries after position $1, at most $2.
pub const ENTRIES_AFTER: &str = known!(
    "entries e LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id
     WHERE e.position > $1 ORDER BY e.position LIMIT $2"
);

/// Numbers after slot $1, at most $2.
pub const NUMBERS_AFTER: &str = "
SELECT slot, state, life, replaced_by, replaces, case_id, issued_at, decision, number
FROM numbers WHERE slot > $1 ORDER BY slot LIMIT $2";

/// Entries after position $1 that changed a number without giving it (kind $2 gives one), at most $3.
pub const TOUCHED_AFTER: &str = "
SELECT position, slot FROM entries WHERE position > $1 AND slot IS NOT NULL AND kind <> $2 ORDER BY position LIMIT $3";

/// Cases after id $1 (empty for the first), at most $2.
pub const CASES_AFTER: &str = "
SELECT case_id, kind, state, cause, decision, proposed_side, opened_at, version, decided_side
FROM cases WHERE case_id > $1 ORDER BY case_id LIMIT $2";

/// The head, and with it keys of a table after key $1, at most $2: one statement, so one moment.
macro_rules! keys_after {
    ($column:literal, $table:literal) => {
        concat!(
            "SELECT size, epoch, schema, frontier, index_key, picker_key, seal_key, at FROM head UNION ALL
             SELECT NULL, NULL, NULL, k.key, NULL, NULL, NULL, NULL FROM (SELECT ",
            $column,
            " AS key FROM ",
            $table,
            " WHERE ",
            $column,
            " > $1 ORDER BY 1 LIMIT $2) k"
        )
    };
}

/// Request ids after one.
pub const REQUESTS_AFTER: &str = keys_after!("request", "requests");

/// Strict keys after one.
pub const STRICT_KEYS_AFTER: &str = keys_after!("key", "strict_keys");

/// Blocking keys after one, each once for each decision that has it.
pub const BLOCKING_KEYS_AFTER: &str = keys_after!("key", "blocking_keys");

/// What the cases from id $1 to id $2 were raised against.
pub const MATCHES: &str = "
SELECT case_id, decision FROM case_matches WHERE case_id BETWEEN $1 AND $2 ORDER BY case_id, decision";

/// The head, and the number of rows of each table: one statement, so one moment.
pub const TOTALS: &str = "
SELECT size, epoch, schema, frontier, index_key, picker_key, seal_key, at,
    (SELECT count(*) FROM requests), (SELECT count(*) FROM numbers), (SELECT count(*) FROM strict_keys),
    (SELECT count(*) FROM blocking_keys), (SELECT count(*) FROM cases), (SELECT count(*) FROM case_matches)
FROM head";

/// When the mark named $1 was set.
pub const MARKED: &str = "SELECT at FROM marks WHERE name = $1";

/// Every prefix in use.
pub const PREFIXES: &str = "SELECT prefix, next, held, picker_key FROM prefixes ORDER BY prefix";
