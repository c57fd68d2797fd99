//! What every store must do, whatever it is built on.
//!
//! Each promise is a function over a [`Backend`]; a backend runs them all by naming itself in `keeps_the_contract!`.
//! What only one backend has stands in its own file beside.

mod accesses;
mod blocks;
pub mod draft;
mod first_schema;
mod keys;
mod listed;
mod places;
mod postgres;
mod prefixes;
mod rare;
mod readers;
mod rows;
mod sqlite;
mod tree;
mod turns;

use dinhdanh::ledger::{Head, KeyRing, KeySet};
use dinhdanh::protocol::Changes;
use dinhdanh::store::{PlaceKeeper, Store, StoreError, Turn, sql};

/// A place where one store lives: it can be opened again after it was closed, and finds what it left.
trait Backend {
    type Store: Store;
    type Keeper: PlaceKeeper;

    /// A place where no store has been yet.
    async fn new() -> Self;

    /// Opens the store, which must be closed; a new one notes these keys.
    async fn open(&self, keys: KeySet) -> Self::Store;

    /// What keeps tables of places in it, open or not.
    fn keeper(&self) -> Self::Keeper;
}

/// Keys that are not secret.
fn ring() -> KeyRing {
    KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

/// A new, open store. The place must outlive it.
async fn fresh<B: Backend>() -> (B, B::Store) {
    let backend = B::new().await;
    let store = backend.open(ring().ids).await;
    (backend, store)
}

/// One turn that writes what `fill` adds to the head it finds.
async fn turn(store: &impl Store, fill: impl FnOnce(&mut Changes)) -> Result<(), StoreError> {
    let turn = store.begin().await?;
    let mut changes = Changes::on(turn.head().clone());
    fill(&mut changes);
    turn.commit(&changes).await
}

/// The head as a turn sees it.
async fn head(store: &impl Store) -> Head {
    store.begin().await.unwrap().head().clone()
}

/// Every statement that all databases must understand alike.
const PORTABLE: [&str; 27] = [
    sql::HEAD,
    sql::TAKEN,
    sql::BY_REQUEST,
    sql::BY_STRICT_KEY,
    sql::BY_SLOT,
    sql::ENTRIES_AFTER,
    sql::NUMBERS_AFTER,
    sql::HISTORY_AFTER,
    sql::LEAVES_AFTER,
    sql::TREE_NODES,
    sql::LAST_TREE_NODE,
    sql::ATTACHMENTS_AFTER,
    sql::REQUESTS_AFTER,
    sql::STRICT_KEYS_AFTER,
    sql::BLOCKING_KEYS_AFTER,
    sql::CASES_AFTER,
    sql::CASES_OPENED_AFTER,
    sql::MATCHES,
    sql::TOTALS,
    sql::ACCESSES_TO,
    sql::ACCESSES_BY,
    sql::PREFIXES,
    sql::MARKED,
    sql::OTHER_PLACES,
    sql::RESEALED,
    sql::REINDEXED,
    sql::SEALED_OTHERWISE,
];

#[test]
fn the_list_of_portable_statements_leaves_none_out() {
    let source = include_str!("../../src/store/sql.rs");
    assert_eq!(source.matches("\npub const ").count(), PORTABLE.len());
}

/// Makes a test of each named promise.
macro_rules! keeps_the_contract {
    ($backend:ident: $($room:ident { $($promise:ident),+ $(,)? })+) => {
        $(mod $room {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                crate::contract::$room::$promise::<super::$backend>().await;
            })+
        })+
    };
}

/// Runs the whole suite on a backend. A promise left out here is reported as code that is never used.
macro_rules! keeps_every_promise {
    ($backend:ident) => {
        crate::contract::keeps_the_contract! { $backend:
            turns {
                a_new_store_is_empty_and_holds_its_keys,
                the_keys_of_the_first_opening_stay,
                what_was_committed_is_there_after_reopening,
                a_mark_is_set_once_and_for_ever,
                a_dropped_turn_leaves_no_trace,
                a_commit_whose_caller_goes_away_happens_wholly_or_not_at_all,
                of_two_turns_the_second_begins_after_the_first_and_sees_what_it_wrote,
                many_turns_at_once_lose_nothing,
                a_turn_may_write_nothing_but_the_head,
                content_is_sealed_anew_and_nothing_else_changes,
                keys_are_dropped_and_how_far_that_is_stays_noted,
            }
            rows {
                batches_of_every_size_come_back_in_order,
                every_kind_of_row_comes_back_as_it_was,
                any_text_comes_back_as_it_was,
                any_sealed_bytes_come_back_as_they_were,
                integers_come_back_from_both_ends_of_their_range,
            }
            keys {
                a_row_that_is_taken_is_a_conflict_and_nothing_is_written,
                a_key_moves_to_a_later_decision,
                a_key_may_be_taken_and_moved_in_one_turn,
                blocking_keys_are_shared_and_named_once,
                what_was_never_written_is_not_found,
                found_is_exactly_what_was_asked,
            }
            prefixes {
                a_prefix_never_used_is_free_from_its_start,
                numbers_from_elsewhere_are_stepped_over,
                counters_are_free_up_to_the_last_and_no_further,
                prefixes_of_one_turn_do_not_mix,
                a_prefix_keeps_its_first_picker,
                a_prefix_begun_with_another_picker_is_not_drawn_from,
            }
            readers {
                a_reader_sees_what_is_committed_and_nothing_else,
                a_decision_is_found_by_request_reference_and_number,
                entries_and_numbers_come_in_pages,
                holders_answers_as_a_turn_does,
                entries_are_found_at_the_positions_asked,
                cases_come_in_pages_with_what_they_were_raised_against,
                keys_come_in_pages_each_with_the_head_of_its_moment,
                totals_count_every_row,
            }
            rare {
                numbers_change_and_their_history_stays,
                cases_are_closed_and_keep_all_else,
                what_is_changed_must_be_there,
                what_a_constraint_forbids_is_a_conflict_and_nothing_is_written,
                what_no_constraint_forbids_is_written,
                a_registration_has_the_number_it_was_attached_to_last,
            }
            listed {
                a_look_up_loads_what_is_needed_and_nothing_else,
                a_look_up_is_of_one_moment,
                a_look_up_given_up_leaves_no_moment_behind,
                cases_are_listed_as_asked,
                the_offices_of_a_case_are_told_each_once,
                the_history_comes_in_whole_entries,
                the_entries_that_held_a_number_s_facts_are_told_each_once,
                attachments_come_in_pages,
            }
            blocks {
                blocks_are_found_by_request_by_office_and_whole,
                a_block_keeps_its_numbers_and_a_closed_one_stays_closed,
            }
            places {
                the_table_of_the_highest_version_is_in_force_and_comes_back_as_it_was,
                a_version_is_kept_once,
                a_table_is_kept_beside_turns_and_moves_nothing_in_the_ledger,
            }
            tree {
                leaves_are_read_in_order_beside_turns_and_within,
                nodes_of_the_tree_are_kept_and_read_as_far_as_there_is_no_gap,
            }
            accesses {
                accesses_are_listed_as_asked,
                an_access_is_recorded_once_however_often_it_is_tried,
                accesses_are_recorded_beside_a_turn,
            }
        }
    };
}

use {keeps_every_promise, keeps_the_contract};
