//! A connection: commands in, replies out.

use futures_util::future::join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{Pipeline, RedisError, Value};

/// The reply to one command.
pub(super) type Reply = Result<Value, Refused>;

/// A command was refused for a reason that concerns its key alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The server does not know the script.
    NoScript,
    /// Somebody put something else than a string behind the key.
    NotAString,
}

/// Redis cannot be asked. Holds no address, key or value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// No answer in time.
    #[error("no answer in time")]
    TooSlow,
    /// It answers, but does not do as told: read-only, loading, out of memory, wrong password…
    #[error("the answer {0}")]
    Unwilling(String),
    /// No connection, or a broken one.
    #[error("no connection: {0}")]
    Lost(String),
}

impl Failure {
    /// A word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooSlow => "slow",
            Self::Unwilling(_) => "unwilling",
            Self::Lost(_) => "lost",
        }
    }
}

impl From<&RedisError> for Failure {
    /// Keeps the kind of error only: its details may name keys and addresses.
    fn from(error: &RedisError) -> Self {
        match error.code() {
            Some(code) => Self::Unwilling(code.to_owned()),
            None => Self::Lost(error.category().to_owned()),
        }
    }
}

/// A way to a server that takes commands. Clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    /// To one server.
    One(MultiplexedConnection),
    /// To all nodes of a cluster.
    Cluster(ClusterConnection),
}

impl Connection {
    /// Carries out commands that each concern one key. As many replies as commands, in their order.
    pub async fn run(&self, pipeline: &Pipeline) -> Result<Vec<Reply>, Failure> {
        match self {
            Self::One(connection) => {
                let mut connection = connection.clone();
                let values = connection.req_packed_commands(pipeline, 0, pipeline.len()).await;
                let values = values.map_err(|error| Failure::from(&error))?;
                values.into_iter().map(reply).collect()
            }
            // A pipeline may not cross slots: each command goes to its node by itself, all at once.
            Self::Cluster(connection) => {
                let replies = pipeline.cmd_iter().map(|command| {
                    let mut connection = connection.clone();
                    async move { connection.req_packed_command(command).await }
                });
                let replies = join_all(replies).await.into_iter();
                replies.map(|value| value.map_or_else(refused, reply)).collect()
            }
        }
    }
}

fn reply(value: Value) -> Result<Reply, Failure> {
    match value {
        Value::ServerError(error) => by_code(error.code()).map_or_else(
            || Err(Failure::Unwilling(error.code().to_owned())),
            |refused| Ok(Err(refused)),
        ),
        value => Ok(Ok(value)),
    }
}

fn refused(error: RedisError) -> Result<Reply, Failure> {
    let refused = error.code().and_then(by_code);
    refused.map_or_else(|| Err(Failure::from(&error)), |refused| Ok(Err(refused)))
}

fn by_code(code: &str) -> Option<Refused> {
    match code {
        "NOSCRIPT" => Some(Refused::NoScript),
        "WRONGTYPE" => Some(Refused::NotAString),
        _ => None,
    }
}
