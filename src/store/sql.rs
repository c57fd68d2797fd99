//! The statements that every database understands alike: those that read by one name, or page by page; and the texts of
//! those that differ only in how a list is passed. Arguments are written `$1`, `$2` …

/// The columns of the head, in the order `decode` reads them.
macro_rules! head {
    () => {
        "size, epoch, schema, frontier, index_key, picker_key, seal_key, at, drawn, skipped, skipped_year, covered_size,
            covered_drawn, former_seal_key, seal_changed, next_index_key, former_index_key, index_since,
            notes_key"
    };
}

/// Reads the head.
pub const HEAD: &str = concat!("SELECT ", head!(), " FROM head");

/// The columns of a number, of the table or of the history, in the order `decode` reads them.
macro_rules! number {
    () => {
        "n.slot, n.number, n.state, n.life, n.replaced_by, n.replaces, n.case_id, n.issued_at, n.decision,
            COALESCE(n.registration, n.decision), COALESCE(n.facts, n.decision)"
    };
}

/// The columns of a case, in the order `decode` reads them.
macro_rules! case {
    () => {
        "c.case_id, c.kind, c.state, c.cause, c.decision, c.proposed_side, c.opened_at, c.version, c.slot, c.other, c.closed,
            c.decided_side"
    };
}

/// The columns that make up a known decision, in the order `decode` reads them; at the end, by what later entries they
/// may have been changed. Given: the former number of the registration, and the position up to which the ledger is seen
/// by it.
macro_rules! known_columns {
    ($former:literal, $attached:literal) => {
        concat!(
            "SELECT e.position, e.epoch, e.kind, e.decision, e.office, e.request_id, e.officer, e.purpose, e.digest,
                e.slot, e.number, e.case_id, e.at, e.seal_key, e.sealed, e.leaf, ",
            $crate::store::sql::number!(),
            ", ",
            $former,
            ", ",
            $crate::store::sql::case!(),
            ", (SELECT max(h.position) FROM number_history h WHERE h.slot = n.slot), ",
            $attached,
            " FROM "
        )
    };
}

/// Reads known decisions: the tables that name their entries `e`, and what follows the joins.
macro_rules! known {
    ($from:expr, $rest:literal) => {
        concat!(
            $crate::store::sql::known_columns!(
                "a.former",
                "CASE WHEN a.registration IS NOT NULL THEN (SELECT size FROM head) END"
            ),
            $from,
            " LEFT JOIN attachments a ON a.registration = e.position
            LEFT JOIN numbers n ON n.slot = COALESCE(a.slot, e.slot)
            LEFT JOIN cases c ON c.case_id = e.case_id ",
            $rest
        )
    };
}

/// Numbers by slot, and a row of nothing for each that is not there: what is told takes as long for the one as for the other.
/// As with the texts below, the list is a table `w` with a column `value`.
macro_rules! numbers_at {
    ($list:expr) => {
        concat!(
            "SELECT ",
            $crate::store::sql::number!(),
            " FROM ",
            $list,
            " LEFT JOIN numbers n ON n.slot = w.value"
        )
    };
}

/// Registrations attached to numbers, by slot.
macro_rules! attached_to {
    ($list:expr) => {
        concat!(
            "SELECT a.registration, a.slot, a.former FROM ",
            $list,
            " CROSS JOIN attachments a WHERE a.slot = w.value ORDER BY a.registration"
        )
    };
}

/// Cases by id, in the order of ids.
macro_rules! cases_at {
    ($list:expr) => {
        concat!(
            "SELECT ",
            $crate::store::sql::case!(),
            " FROM ",
            $list,
            " CROSS JOIN cases c WHERE c.case_id = w.value ORDER BY c.case_id"
        )
    };
}

/// What cases were raised against, by id.
macro_rules! matches_of {
    ($list:expr) => {
        concat!(
            "SELECT m.case_id, m.decision FROM ",
            $list,
            " CROSS JOIN case_matches m WHERE m.case_id = w.value ORDER BY m.case_id, m.decision"
        )
    };
}

/// Open cases by the decisions they were raised against.
macro_rules! against {
    ($list:expr) => {
        concat!(
            "SELECT m.decision, m.case_id FROM ",
            $list,
            " CROSS JOIN case_matches m CROSS JOIN cases c
            WHERE m.decision = w.value AND c.case_id = m.case_id AND c.state = 1 ORDER BY m.decision, m.case_id"
        )
    };
}

/// The columns of a block, in the order `decode` reads them.
macro_rules! block {
    () => {
        "b.request, b.opened, b.first_slot, b.last_slot, b.count, b.unused, b.expires_at, b.closed"
    };
}

/// Blocks by the requests that reserved them.
macro_rules! blocks_at {
    ($list:expr) => {
        concat!(
            "SELECT ",
            $crate::store::sql::block!(),
            " FROM ",
            $list,
            " CROSS JOIN blocks b WHERE b.request = w.value"
        )
    };
}

/// Blocks of offices that are not closed, in the order in which they were reserved.
macro_rules! open_blocks_of {
    ($list:expr) => {
        concat!(
            "SELECT ",
            $crate::store::sql::block!(),
            " FROM ",
            $list,
            " CROSS JOIN blocks b WHERE b.office = w.value AND b.closed IS NULL ORDER BY b.opened"
        )
    };
}

/// All numbers of blocks, by the entries that reserved these.
macro_rules! numbers_of_blocks {
    ($list:expr) => {
        concat!(
            "SELECT ",
            $crate::store::sql::number!(),
            " FROM ",
            $list,
            " CROSS JOIN blocks b CROSS JOIN numbers n WHERE b.opened = w.value
            AND n.slot BETWEEN b.first_slot AND b.last_slot AND n.decision = b.opened ORDER BY n.slot"
        )
    };
}

/// The entries that held the facts of numbers' holders, by slot, in the order of the ledger.
macro_rules! versions_of {
    ($list:expr) => {
        concat!(
            "SELECT DISTINCT h.slot, h.facts FROM ",
            $list,
            " CROSS JOIN number_history h WHERE h.slot = w.value ORDER BY h.facts"
        )
    };
}

/// The offices that cases concern, by the positions at which they were opened.
macro_rules! parties {
    ($list:expr) => {
        concat!(
            "SELECT o.office, o.opened FROM ",
            $list,
            " CROSS JOIN case_offices o WHERE o.opened = w.value ORDER BY o.opened, o.office"
        )
    };
}

/// The last rows of the history of numbers, by slot.
macro_rules! last_changes {
    ($list:expr) => {
        concat!(
            "SELECT n.position, ",
            $crate::store::sql::number!(),
            " FROM ",
            $list,
            " CROSS JOIN number_history n WHERE n.slot = w.value
            AND n.position = (SELECT max(l.position) FROM number_history l WHERE l.slot = w.value)"
        )
    };
}

/// Cases opened after position $1, at most $2, in a state ($3), of a kind ($4) and proposed by a side ($5) and open; each
/// of these may be empty. Given: the tables that name the cases `c`, and by which of their decisions.
macro_rules! cases_opened_after {
    ($from:expr, $decision:literal) => {
        concat!(
            "SELECT ",
            $crate::store::sql::case!(),
            " FROM ",
            $from,
            " WHERE c.decision ",
            $decision,
            " AND (c.state = $3 OR $3 IS NULL) AND (c.kind = $4 OR $4 IS NULL)
            AND (c.proposed_side = $5 AND c.state = 1 OR $5 IS NULL) ORDER BY c.decision LIMIT $2"
        )
    };
}

pub(super) use {
    against, attached_to, block, blocks_at, case, cases_at, cases_opened_after, head, known, known_columns,
    last_changes, matches_of, number, numbers_at, numbers_of_blocks, open_blocks_of, parties, versions_of,
};

/// Counters of a prefix that are taken: slots from $1 up to $2 (exclusive), the first $3 of them.
pub const TAKEN: &str = "SELECT slot FROM numbers WHERE slot >= $1 AND slot < $2 ORDER BY slot LIMIT $3";

/// The decision of a request: $1 the id and the office's code.
pub const BY_REQUEST: &str = known!(
    "requests r JOIN entries e ON e.position = r.decision",
    "WHERE r.request = $1"
);

/// The decision of the registration holding a strict key.
pub const BY_STRICT_KEY: &str = known!(
    "strict_keys k JOIN entries e ON e.position = k.decision",
    "WHERE k.key = $1"
);

/// The entry that holds the present facts of the number of a slot, with that number.
pub const BY_SLOT: &str = concat!(
    known_columns!("NULL", "NULL"),
    "numbers n JOIN entries e ON e.position = COALESCE(n.facts, n.decision)
    LEFT JOIN cases c ON c.case_id = e.case_id WHERE n.slot = $1"
);

/// Entries after position $1, at most $2.
pub const ENTRIES_AFTER: &str = known!("entries e", "WHERE e.position > $1 ORDER BY e.position LIMIT $2");

/// Numbers after slot $1, at most $2.
pub const NUMBERS_AFTER: &str = concat!(
    "SELECT ",
    number!(),
    " FROM numbers n WHERE n.slot > $1 ORDER BY n.slot LIMIT $2"
);

/// The history of numbers after position $1: all rows of at most $2 entries.
pub const HISTORY_AFTER: &str = concat!(
    "SELECT n.position, ",
    number!(),
    " FROM number_history n WHERE n.position > $1 AND n.position <= (
        SELECT max(p.position) FROM (
            SELECT DISTINCT position FROM number_history WHERE position > $1 ORDER BY position LIMIT $2) p)
    ORDER BY n.position, n.slot"
);

/// Leaves after position $1, at most $2.
pub const LEAVES_AFTER: &str = "SELECT leaf FROM entries WHERE position > $1 ORDER BY position LIMIT $2";

/// Nodes of the tree of level $1 from place $2 on, at most $3.
pub const TREE_NODES: &str = "
SELECT place, hash FROM tree_nodes WHERE level = $1 AND place >= $2 ORDER BY place LIMIT $3";

/// The last node of level $1 of the tree.
pub const LAST_TREE_NODE: &str = "SELECT place FROM tree_nodes WHERE level = $1 ORDER BY place DESC LIMIT 1";

/// Attachments after registration $1, at most $2.
pub const ATTACHMENTS_AFTER: &str = "
SELECT registration, slot, former FROM attachments WHERE registration > $1 ORDER BY registration LIMIT $2";

/// Cases after id $1 (empty for the first), at most $2.
pub const CASES_AFTER: &str = concat!(
    "SELECT ",
    case!(),
    " FROM cases c WHERE c.case_id > $1 ORDER BY c.case_id LIMIT $2"
);

/// Cases of whatever offices: arguments as the text says.
pub const CASES_OPENED_AFTER: &str = cases_opened_after!("cases c", "> $1");

/// The head, and with it keys of a table after key $1, at most $2: one statement, so one moment.
macro_rules! keys_after {
    ($column:literal, $table:literal) => {
        concat!(
            "SELECT ",
            head!(),
            " FROM head UNION ALL SELECT NULL, NULL, NULL, k.key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             NULL, NULL, NULL, NULL, NULL, NULL FROM (SELECT ",
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
pub const TOTALS: &str = concat!(
    "SELECT ",
    head!(),
    ", (SELECT count(*) FROM requests), (SELECT count(*) FROM numbers), (SELECT count(*) FROM strict_keys),
    (SELECT count(*) FROM blocking_keys), (SELECT count(*) FROM cases), (SELECT count(*) FROM case_matches),
    (SELECT count(*) FROM number_history), (SELECT count(*) FROM attachments), (SELECT count(*) FROM blocks)
FROM head"
);

/// When the mark named $1 was set.
pub const MARKED: &str = "SELECT at FROM marks WHERE name = $1";

/// Accesses to the number in slot $1 after the time $2 and the id $3, before the time $4, at most $5.
pub const ACCESSES_TO: &str = "SELECT at, id, slot, office, role, officer, purpose, call, code FROM accesses
    WHERE slot = $1 AND (at, id) > ($2, $3) AND at < $4 ORDER BY at, id LIMIT $5";

/// Accesses by the office $1; the other arguments as above.
pub const ACCESSES_BY: &str = "SELECT at, id, slot, office, role, officer, purpose, call, code FROM accesses
    WHERE office = $1 AND (at, id) > ($2, $3) AND at < $4 ORDER BY at, id LIMIT $5";

/// The table of places in force, unless it is the one of version $1 and digest $2.
pub const OTHER_PLACES: &str = "SELECT t.version, t.at, t.by_whom, t.units, t.digest, t.content
    FROM (SELECT * FROM place_tables ORDER BY version DESC LIMIT 1) t WHERE t.version <> $1 OR t.digest <> $2";

/// Up to which entry everything was sealed anew.
pub const RESEALED: &str = "SELECT resealed FROM head";

/// How far the change of the index key has come.
pub const REINDEXED: &str = "SELECT reindexed FROM head";

/// How many entries after position $1 and up to position $2 are not sealed with the key $3.
pub const SEALED_OTHERWISE: &str =
    "SELECT count(*) FROM entries WHERE position > $1 AND position <= $2 AND seal_key <> $3";

/// Every prefix in use.
pub const PREFIXES: &str = "SELECT prefix, next, held, picker_key FROM prefixes ORDER BY prefix";
