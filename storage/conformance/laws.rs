//! How the cases are written down: the doc comment of a case is the law it holds.

/// Makes `CASES` of functions whose doc comments are laws.
macro_rules! laws {
    ($($(#[doc = $law:literal])+ fn $name:ident($factory:ident) $body:block)+) => {
        $(
            $(#[doc = $law])+
            fn $name($factory: &dyn $crate::conformance::Factory) -> $crate::error::Result<()> $body
        )+
        pub(super) const CASES: &[$crate::conformance::Case] = &[
            $($crate::conformance::Case {
                name: stringify!($name),
                law: concat!($($law),+),
                check: $name,
            }),+
        ];
    };
}
pub(super) use laws;

/// Writes one `#[test]` for each case of [`conformance`](crate::conformance), over a factory.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// mod sqlite_keeps_the_laws {
///     # use anser_storage::conformance::Store;
///     # fn fresh() -> anser_storage::Result<Box<dyn Store>> { unimplemented!() }
///     anser_storage::conformance_tests!(fresh);
/// }
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($factory:expr) => {
        $crate::conformance_tests!(@list @tests $factory);
    };
    (@names) => {
        $crate::conformance_tests!(@list @strings ())
    };
    (@list @$form:ident $factory:expr) => {
        $crate::conformance_tests! { @$form $factory;
            a_key_is_found_after_it_was_put
            empty_keys_and_empty_values_are_kept
            long_keys_are_kept_whole
            keys_beyond_the_limit_are_refused
            big_values_are_kept_whole
            many_records_are_shown_in_the_order_asked
            a_key_of_the_wrong_shape_is_misuse
            a_transaction_moves_between_threads
            a_scan_shows_every_range_in_both_directions
            a_scan_ends_when_its_visitor_breaks
            reading_is_allowed_inside_a_visitor
            a_page_holds_what_it_may_and_says_whether_more_follows
            pages_put_together_are_the_range
            a_count_is_the_length_of_the_range
            a_transaction_reads_its_own_writes
            a_commit_makes_everything_visible_at_once
            a_dropped_transaction_did_nothing
            put_replaces_a_value
            put_new_leaves_a_value_alone
            remove_says_whether_there_was_an_entry
            clear_removes_every_entry
            every_durability_commits
            record_numbers_go_up
            record_numbers_survive_removal
            record_numbers_survive_clearing
            record_numbers_survive_reopening
            record_numbers_survive_a_rollback
            put_refuses_a_record_that_append_never_gave
            a_removed_record_may_be_put_back
            a_missing_tree_reads_as_empty
            a_write_to_a_missing_tree_is_refused
            a_tree_is_created_once
            a_dropped_tree_is_gone
            trees_are_listed_as_committed
            a_rolled_back_tree_was_never_there
            trees_do_not_mix
            a_snapshot_keeps_seeing_what_it_saw
            a_snapshot_does_not_wait_for_a_writer
            versions_tell_states_apart
            a_version_does_not_change_within_a_transaction
            what_was_committed_survives_reopening
            a_closed_store_refuses
            writers_come_one_after_another
            readers_never_see_half_of_a_commit
            two_handles_see_each_others_trees
            two_handles_see_each_others_records
            two_handles_write_one_after_another
            random_transactions_agree_with_a_sorted_map
        }
    };
    (@strings $factory:expr; $($name:ident)+) => {
        vec![$(stringify!($name)),+]
    };
    (@tests $factory:expr; $($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::run_case(stringify!($name), &$factory);
            }
        )+
    };
}
