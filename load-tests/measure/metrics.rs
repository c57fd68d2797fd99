//! What a server counts, read from where it serves that for Prometheus.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// Where a server serves its metrics.
pub struct Metrics {
    address: String,
}

/// All metrics at one moment, in the text form of Prometheus.
pub struct Scraped(String);

impl Metrics {
    /// Those at an address.
    pub fn at(address: String) -> Self {
        Self { address }
    }

    /// Reads them.
    pub async fn scrape(&self) -> Outcome<Scraped> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(Scraped(text))
    }
}

impl Scraped {
    /// The sum of a metric over all its labels; 0 if it was never counted.
    pub fn sum_of(&self, name: &str) -> f64 {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(name));
        lines
            .filter(|rest| rest.starts_with([' ', '{']))
            .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}
