//! The one table, in PostgreSQL.

use dinhdanh::proto::v1;
use dinhdanh::shell::random;
use prost::Message;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tonic::Status;
use uuid::Uuid;

use crate::Outcome;

const TABLE: &str = "
CREATE TABLE births (
    office       TEXT NOT NULL,
    request_id   BYTEA NOT NULL,
    number       TEXT NOT NULL UNIQUE,
    registration BYTEA NOT NULL,
    issued_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (office, request_id)
)";
const FIND: &str = "SELECT number FROM births WHERE office = $1 AND request_id = $2";
const INSERT: &str = "INSERT INTO births (office, request_id, number, registration) VALUES ($1, $2, $3, $4)";

#[derive(Clone)]
pub struct Births {
    pool: PgPool,
}

impl Births {
    /// Makes the table in an empty database.
    pub async fn open(url: &str, connections: u32) -> Outcome<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).connect(url).await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self { pool })
    }

    /// The number that was given to a request.
    pub async fn find(&self, office: &str, id: Uuid) -> Result<Option<String>, Status> {
        let row: Option<(String,)> = sqlx::query_as(FIND)
            .bind(office)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(row.map(|(number,)| number))
    }

    /// Gives a request a number that no other has, trying until one is free.
    pub async fn insert(&self, office: &str, id: Uuid, registration: &v1::BirthRegistration) -> Result<String, Status> {
        let facts = registration.encode_to_vec();
        loop {
            let number = draw(registration);
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            let inserted = sqlx::query(INSERT)
                .bind(office)
                .bind(id.as_bytes().as_slice())
                .bind(&number)
                .bind(facts.as_slice())
                .execute(&mut *transaction)
                .await;
            match inserted {
                Ok(_) => {
                    transaction.commit().await.map_err(unavailable)?;
                    return Ok(number);
                }
                Err(error) if taken(&error) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
    }
}

/// Place, century and sex, year, and six digits at random.
fn draw(registration: &v1::BirthRegistration) -> String {
    let child = registration.child.clone().unwrap_or_default();
    let year = child.date_of_birth.map_or(2000, |date| date.year);
    let century = (year / 100 - 19) * 2 + i32::from(child.sex == i32::from(v1::Sex::Female));
    let digits = u64::from_le_bytes(random::bytes()) % 1_000_000;
    format!("{}{century}{:02}{digits:06}", registration.place_code, year % 100)
}

fn taken(error: &sqlx::Error) -> bool {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    constraint == Some("births_number_key")
}

fn unavailable(error: sqlx::Error) -> Status {
    Status::unavailable(error.to_string())
}
