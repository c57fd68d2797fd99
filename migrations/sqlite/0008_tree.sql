-- Nodes of the tree over the leaves of the entries: the hash of the 256 nodes below, those of level 0 being the leaves
-- themselves. They can be made from the entries at any time, and are kept so that a proof need not read all of these. Nothing
-- is believed because it stands here: every proof is checked against the head.
CREATE TABLE tree_nodes (
    level INTEGER NOT NULL CHECK (level > 0),
    place INTEGER NOT NULL CHECK (place >= 0),
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;
