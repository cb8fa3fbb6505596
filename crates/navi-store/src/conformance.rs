//! What every backend must do, as tests generic over a factory. Feature `conformance`; call [`suite!`](crate::suite)
//! from a test file of the backend.
//!
//! Each case gets a store whose ledger holds exactly one entry (`org_created`), of organisation [`ORG`] under
//! [`ORG_KEY`].

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "assertions of test code")]

pub mod background;
pub mod bypasses;
pub mod envelopes;
pub mod freezes;
pub mod history;
pub mod index;
pub mod lists;
pub mod oncall;
pub mod pipelines;
pub mod plans;
pub mod races;
pub mod records;
pub mod rollbacks;
pub mod sample;

use crate::{Change, Outcome, Store};

/// The organisation of every case.
pub const ORG: &str = "acme";
/// Its HMAC key.
pub const ORG_KEY: [u8; 32] = [7; 32];
/// Origin of its ledger.
pub const ORIGIN: &str = "navi-governance/acme/00112233";

/// The change that a store of this suite was created with.
#[must_use]
pub fn first() -> Change {
    Change::default().event(sample::event(navi_domain::event::EventKind::OrgCreated, ORG, &[]))
}

/// Commits and expects success; returns the first index.
pub async fn commit(store: &dyn Store, change: Change) -> u64 {
    match store.commit(change).await {
        Ok(Outcome::Committed { first_index, .. }) => first_index,
        other => panic!("the change should have committed: {other:?}"),
    }
}

/// Makes one test of each case. `$make` is an expression that gives `(Arc<dyn Store>, guard)`, where the guard keeps
/// what the store needs (a directory, a container) until the test ends.
#[macro_export]
macro_rules! suite {
    ($make:expr) => {
        $crate::suite!($make; records:
            every_record_is_read_as_written
            a_stale_version_conflicts_and_writes_nothing
            a_guard_alone_protects_what_was_read
            a_malformed_change_is_refused_whole
            idempotent_answers_are_kept_for_a_day_and_never_replaced
            the_most_specific_policies_are_found
            only_failures_since_the_instant_are_incidents
            what_ran_out_is_found
            final_states_are_final_below_the_use_cases
        );
        $crate::suite!($make; lists:
            pages_hold_every_approval_once_while_new_ones_arrive
            filters_and_counts_agree
            pending_ones_with_the_same_key_are_found
            a_senseless_cursor_is_refused
        );
        $crate::suite!($make; freezes:
            a_freeze_is_first_or_a_decision_is
            what_is_under_way_is_found_with_its_place
        );
        $crate::suite!($make; bypasses:
            two_askers_and_one_is_second
            what_rests_on_a_bypass_is_not_committed_after_its_end
        );
        $crate::suite!($make; oncall:
            who_is_on_call_is_one_row
            what_still_rings_is_found
        );
        $crate::suite!($make; plans:
            a_plan_is_listed_until_it_ends
            a_plan_gets_no_more_than_was_approved
            only_an_unknown_end_is_corrected
        );
        $crate::suite!($make; pipelines:
            a_pipeline_is_listed_until_it_is_answered
            a_slot_has_one_open_ask
            a_pipeline_gets_one_word
        );
        $crate::suite!($make; envelopes:
            a_gate_and_its_envelopes_are_read_as_written
            what_was_opened_stays_opened_below_the_use_cases
        );
        $crate::suite!($make; rollbacks:
            rollbacks_are_found_by_execution_and_place_and_end_once
        );
        $crate::suite!($make; background:
            the_steps_of_a_session_are_its_own_and_those_before
            an_agents_record_counts_what_became_of_it
        );
        $crate::suite!($make; index:
            entries_are_found_by_what_they_and_their_action_say
            counters_say_the_same_however_the_index_was_made
        );
        $crate::suite!($make; history:
            entries_carry_what_the_event_said
            leaves_hold_no_person
            the_audit_filters
            a_chain_follows_one_action_only
            checkpoints_only_grow_and_speak_of_this_ledger
            witnesses_only_go_forward_and_are_counted_by_device
            deliveries_only_go_forward_and_are_kept_by_device
            instants_never_fall
            tiles_hold_the_hashes_of_the_log
        );
        $crate::suite!($make; races:
            of_sixty_four_redeemers_one_runs
            concurrent_changes_share_batches_and_stay_in_order
            a_poisoned_change_fails_alone
            a_closed_store_refuses
        );
    };
    ($make:expr; $module:ident: $($case:ident)*) => {
        mod $module {
            #[expect(unused_imports, reason = "whatever the factory's expression names")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let (store, _guard) = $make;
                    $crate::conformance::$module::$case(store).await;
                }
            )*
        }
    };
}
