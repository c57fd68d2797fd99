//! How much the store is asked: the measure of what a birth costs it.

/// Counts statements sent to the database by a turn or a read. What one message carries counts once for each statement.
pub(super) fn statements(count: u64) {
    metrics::counter!("dinhdanh_store_statements_total").increment(count);
}

/// Counts a transaction that was committed for a turn.
pub(super) fn transaction() {
    metrics::counter!("dinhdanh_store_transactions_total").increment(1);
}
