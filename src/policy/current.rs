//! The policy in force, which may be replaced while calls are being made.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Policy;

/// The policy in force.
#[derive(Debug, Default)]
pub struct Policies(ArcSwap<Policy>);

impl Policies {
    /// With this policy to begin with.
    pub fn new(policy: Policy) -> Self {
        Self(ArcSwap::from_pointee(policy))
    }

    /// The policy in force at this moment.
    pub fn current(&self) -> Arc<Policy> {
        self.0.load_full()
    }

    /// Puts another policy in force.
    pub fn replace(&self, policy: Policy) {
        self.0.store(Arc::new(policy));
    }
}
