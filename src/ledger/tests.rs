//! Tests of the ledger's parts.
