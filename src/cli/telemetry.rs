//! Logs and metrics, as the command line asks for them.

use std::io::IsTerminal;
use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing_subscriber::EnvFilter;

use super::CliError;

/// What to log, and how.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// How log lines are written.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "human",
        env = "DINHDANH_LOG_FORMAT"
    )]
    log_format: LogFormat,
    /// What is logged: a level, or levels by module, as in `info,dinhdanh::engine=debug`.
    #[arg(long, global = true, default_value = "info", env = "DINHDANH_LOG")]
    log: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error.
pub fn start_log(args: &LogArgs) -> Result<(), CliError> {
    let filter =
        EnvFilter::try_new(&args.log).map_err(|error| CliError::new(format!("--log {}: {error}", args.log)))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Human => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

/// Serves metrics in the Prometheus text format at `http://ADDRESS/metrics`.
pub fn start_metrics(address: SocketAddr) -> Result<(), CliError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let batches = Matcher::Full("dinhdanh_batch_commands".to_owned());
    let second_buckets: Vec<f64> = (0..18).map(|power| 0.000_1 * f64::from(1_u32 << power)).collect();
    let batch_buckets: Vec<f64> = (0..14).map(|power| f64::from(1_u32 << power)).collect();
    PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets_for_metric(seconds, &second_buckets)
        .and_then(|builder| builder.set_buckets_for_metric(batches, &batch_buckets))
        .and_then(PrometheusBuilder::install)
        .map_err(CliError::of)?;
    describe();
    Ok(())
}

fn describe() {
    use metrics::{describe_counter, describe_histogram};
    describe_counter!("dinhdanh_calls_total", "Calls, by name and gRPC code");
    describe_histogram!("dinhdanh_call_seconds", "Time to the head of the answer, by call");
    describe_counter!("dinhdanh_decisions_total", "New decisions, by outcome");
    describe_counter!("dinhdanh_replays_total", "Answers given again, by where they came from");
    describe_counter!(
        "dinhdanh_constraint_violations_total",
        "Turns that a constraint refused: each is a fault"
    );
    describe_histogram!("dinhdanh_queue_wait_seconds", "Time commands waited for their turn");
    describe_histogram!("dinhdanh_batch_commands", "Commands of a turn");
    describe_histogram!("dinhdanh_turn_seconds", "Time of a turn, by phase");
}
