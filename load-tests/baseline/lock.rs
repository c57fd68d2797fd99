//! A lock for each request, in Redis.

use dinhdanh::shell::random;
use redis::Script;
use redis::aio::MultiplexedConnection;
use tonic::Status;

use crate::Outcome;

/// How long a lock is held if it is not let go, in milliseconds.
const HELD_MS: u64 = 5_000;

#[derive(Clone)]
pub struct Lock {
    connection: MultiplexedConnection,
    release: Script,
}

impl Lock {
    pub async fn open(url: &str) -> Outcome<Self> {
        let client = redis::Client::open(url)?;
        let release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
        Ok(Self {
            connection: client.get_multiplexed_async_connection().await?,
            release: Script::new(release),
        })
    }

    /// Takes a lock; `None` if somebody else holds it.
    pub async fn take(&self, key: &str) -> Result<Option<String>, Status> {
        let token = random::uuid_v4().to_string();
        let mut connection = self.connection.clone();
        let mut set = redis::cmd("SET");
        set.arg(key).arg(&token).arg("NX").arg("PX").arg(HELD_MS);
        let taken: Option<String> = set.query_async(&mut connection).await.map_err(unavailable)?;
        Ok(taken.map(|_| token))
    }

    /// Lets a lock go, if it is still held with this token.
    pub async fn release(&self, key: &str, token: &str) -> Result<(), Status> {
        let mut connection = self.connection.clone();
        let mut call = self.release.prepare_invoke();
        let _: i64 = call
            .key(key)
            .arg(token)
            .invoke_async(&mut connection)
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}

fn unavailable(error: redis::RedisError) -> Status {
    Status::unavailable(error.to_string())
}
