//! Words for `dinhdanh load`, and what its figures say.

use serde_json::Value;

/// Calls a second that no target of its sort passes: so many births are made ready.
pub const MOST_OF_A_SERVICE: f64 = 20_000.0;
/// The same of the echo.
pub const MOST_OF_AN_ECHO: f64 = 60_000.0;

/// A closed loop of so many seconds, over `connections` or fewer. What is refused is sent again as told, so that a loop
/// of more than the service lets in does not use its births up on refusals.
pub fn closed(in_flight: usize, seconds: f64, most_per_second: f64) -> String {
    let count = (seconds * most_per_second) as u64;
    let connections = in_flight.min(8);
    format!(
        "--in-flight {in_flight} --connections {connections} --count {count} --for {seconds} --deadline 10 --resend as-told"
    )
}

/// The closed loop by which the capacity of a slowed store is found: three turns' worth of calls, so that one is always
/// full while another is carried out, and nothing has to be refused.
pub fn capacity(seconds: f64) -> String {
    closed(64, seconds, 2_000.0)
}

/// An open loop.
pub fn open(rate: f64, seconds: f64) -> String {
    format!("--rate {rate:.1} --for {seconds}")
}

/// A count of the time series, a second, while a load was under way in full: without its first seconds, in which queues
/// fill, and without what came after the last call was begun. `field` is "in_time" or "answered".
pub fn steady(figures: &Value, field: &str) -> Option<f64> {
    let whole = figures.pointer("/how/seconds")?.as_f64()?.floor() as usize;
    let filling = if whole > 4 { 2 } else { whole.saturating_sub(1).min(1) };
    let counted = figures.get("seconds")?.as_array()?.get(filling..whole)?;
    let sum: f64 = counted.iter().filter_map(|second| second[field].as_f64()).sum();
    (!counted.is_empty()).then(|| sum / counted.len() as f64)
}

/// How many seconds after `from` latencies stay normal: no slower in the 99th percentile than three times the median of
/// that before `until`, or 50 ms more, whichever is later. None if they never do.
pub fn normal_again(figures: &Value, until: usize, from: usize) -> Option<f64> {
    let p99: Vec<Option<f64>> = figures
        .get("seconds")?
        .as_array()?
        .iter()
        .map(|second| second["p99_us"].as_f64())
        .collect();
    let before: Vec<f64> = p99.iter().take(until).skip(1).filter_map(|p99| *p99).collect();
    let normal = super::found::median(&before)?;
    let bound = (normal * 3.0).max(normal + 50_000.0);
    let late = |p99: &Option<f64>| p99.is_none_or(|p99| p99 > bound);
    let after = p99.get(from..)?;
    // The last second may be cut short by the end of the run.
    let last_late = after.iter().take(after.len().checked_sub(1)?).rposition(late);
    match last_late {
        None => Some(0.0),
        Some(second) if second + 2 < after.len() => Some((second + 1) as f64),
        Some(_) => None,
    }
}
