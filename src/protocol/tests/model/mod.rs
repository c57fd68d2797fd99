//! The protocol as a state machine, checked in every state that few commands can lead to.
//!
//! Nothing of the protocol is written here again: every turn is decided by [`World`](crate::protocol::World) as it is, on
//! what a store in memory keeps. What surrounds it is modelled: two servers, a lease, callers and what may go wrong
//! (`servers`), and the two sides with their commands in every order (`sides`). The promises are the properties.
//! Every mistake of `seeded` must be found.

mod answer;
mod judge;
mod kept;
mod promises;
mod seeded;
mod servers;
mod sides;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Checker, HasDiscoveries, Model};

use promises::{Judged, Promise};

/// Visits every state: no promise is broken, and all that must be seen is seen.
fn holds<M>(model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Judged + Clone + PartialEq + Debug + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Debug + Send + Sync + 'static,
{
    let failures: BTreeSet<_> = promises::always::<M>().iter().map(|property| property.name).collect();
    // Stops at a broken promise; what is merely seen ends nothing.
    let checker = model
        .checker()
        .finish_when(HasDiscoveries::AnyOf(failures))
        .spawn_dfs()
        .join();
    println!("{} states, {} deep", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

/// The model finds that a promise is broken.
fn violates<M>(model: M, promise: Promise)
where
    M: Model + Send + Sync + 'static,
    M::State: Judged + Clone + PartialEq + Debug + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Debug + Send + Sync + 'static,
{
    let found = HasDiscoveries::AllOf(BTreeSet::from([promise.name()]));
    let checker = model.checker().finish_when(found).spawn_bfs().join();
    let path = checker.discovery(promise.name()).expect("the promise is broken");
    println!("{}: {:?}", promise.name(), path.into_actions());
}
