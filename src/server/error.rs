//! Why a server does not start, or had to end.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::client::run::RunError;
use crate::engine::StartError;
use crate::policy::PolicyError;
use crate::refusal::Refusal;
use crate::shell::KeyStoreError;
use crate::shell::anchors::AnchorError;
use crate::store::StoreError;
use crate::tls::TlsError;

/// A server could not start, or had to end. No variant holds a password.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nothing says how callers are told apart.
    #[error(
        "nothing says how callers prove who they are: set tls.certificate, tls.key, tls.client_ca and policy, or, for \
         development on this machine, say --dev, which believes every caller"
    )]
    NoIdentity,
    /// Two contrary ways to tell callers apart.
    #[error("--dev (or dev = true) believes every caller, and [tls] demands proof of each: keep one of them")]
    DevAndTls,
    /// Callers would prove who they are, and nothing says what they may be.
    #[error("policy is missing: with [tls], a file must list the offices that may call, each with its role")]
    NoPolicy,
    /// A store with real children in it is not for development.
    #[error(
        "{0} has been served by TLS: callers are never again believed without proof on it. For development, use another \
         store"
    )]
    DevAfterTls(String),
    /// A file that is needed cannot be read.
    #[error("{setting} names a file that cannot be read: {}: {error}", .file.display())]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The policy says what it cannot mean.
    #[error("the policy {}, {error}", .file.display())]
    Policy {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: PolicyError,
    },
    /// It is said that nothing was lost, and an anchor knows better.
    #[error(
        "something was lost: up to entry {size} of epoch {epoch} had been answered, and the store does not go on from there. \
         Recover it without --nothing-lost"
    )]
    SomethingLost {
        /// The size of the ledger that had been answered from.
        size: i64,
        /// Its epoch.
        epoch: i64,
    },
    /// There is no anchor, and nobody says how much was lost.
    #[error(
        "there is no anchor that says how far the ledger had come. Name those of other machines with --also, or say \
         --lost-at-most how many numbers may have been given that the store does not know of; or, if it holds all that was \
         ever answered, --nothing-lost"
    )]
    LossUnknown,
    /// A file of births, or the journal beside it, cannot be used.
    #[error("{}: {error}", .file.display())]
    Births {
        /// The file.
        file: PathBuf,
        /// Why not.
        error: Box<RunError>,
    },
    /// Numbers that offices were told would be given again.
    #[error(
        "{numbers} of the numbers that were told would still be given, to other children. If all these files are of this \
         service, more was lost than is reckoned with: say --lost-at-most {counters}, or more. If {} is not, leave it out",
        .file.display()
    )]
    TooLittleReckoned {
        /// The file with the farthest of them.
        file: PathBuf,
        /// How many they are.
        numbers: u64,
        /// With how many lost numbers must be reckoned at least.
        counters: u32,
    },
    /// A folder is named that has no anchors.
    #[error("--also {}: there are no anchors", .0.display())]
    NoAnchors(PathBuf),
    /// An anchor cannot be read any more: it may have said more than those that can.
    #[error(
        "the anchor in {} is damaged: it may have known of more than what can be read. Say --lost-at-most how many numbers may \
         have been given that the store does not know of",
        .0.display()
    )]
    AnchorDamaged(PathBuf),
    /// Answers could not be entered again, all or some of them. Entering them once more does no harm.
    #[error("not all answers could be entered again: {0}. Recover once more with the same files")]
    Reentering(Refusal),
    /// Anchors cannot be read or kept.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// Certificates or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Development identity would be open to the network.
    #[error("--dev believes every caller and so listens on loopback only, not on {0}: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// There are keys, but the store they belong to is not there: a new one would give the same numbers again.
    #[error(
        "{keys} is there, but {store} holds no store. A new store with old keys would give the numbers of \
         the old one to other children. Is it the right one, and mounted? If these keys were never used, say \
         so with --new-store"
    )]
    StoreMissing {
        /// Where the keys are.
        keys: String,
        /// The data folder, or the database without its password.
        store: String,
    },
    /// A server that shares its store does not make keys: the others would not have them.
    #[error(
        "there is no key file {0}. All servers of one store need the same one: copy it from another server, or, if \
         this is to become a new store, make it with `dinhdanh init`"
    )]
    KeysMissing(PathBuf),
    /// There is nothing to work on.
    #[error("{0} holds no store")]
    NoStore(String),
    /// Somebody else changes the same key at the same time.
    #[error("the key was changed by somebody else meanwhile: run it again")]
    RekeyedMeanwhile,
    /// The change of the index key was made, and cannot be given up any more.
    #[error(
        "the index key was changed already, which cannot be given up any more: dinhdanh rekey ends what is left to do"
    )]
    TooLateToGiveUp,
    /// Nothing may be begun where something is.
    #[error("{0} holds a store already: there is nothing to begin")]
    StoreExists(String),
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The database's URL is not one.
    #[error("store.url: the database driver does not understand it")]
    DatabaseUrl,
    /// The lease cannot be used as it is configured.
    #[error("the lease: {0}")]
    Lease(String),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Reflection could not be built.
    #[error("reflection could not be built: {0}")]
    Reflection(String),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// A turn failed in a way that leaves its outcome unknown.
    #[error(
        "the outcome of a turn is unknown (the log says why); the process ends without answering. \
         Start it again: it continues from what was written"
    )]
    OutcomeUnknown,
}
