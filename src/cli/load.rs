//! `dinhdanh load`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::CliError;
use super::load_options::LoadOptions;
use super::load_summary::summary;
use super::output::print;
use crate::client::load::{Event, Figures, Live, run};
use crate::shell::Clock;

/// How often the progress line is drawn.
const DRAWN_EVERY: Duration = Duration::from_millis(250);

/// Put a service under load with synthetic births, and measure it.
///
/// With --rate or --steps calls are begun at fixed moments, whether or not earlier ones have been answered (an open
/// loop), and latencies count from those moments: a server that falls behind is not spared. With --in-flight a call is
/// begun when another one ends (a closed loop), which finds the peak. With --herd many connections of one office each
/// send at the same moment.
///
/// Nobody in the births exists; the same options give the same births and request ids. Use a service that is meant for
/// tests: what is sent is registered.
///
/// Exit code: 0 if the run went to its end, however much was refused; 1 if an answer contradicted an earlier one, or if
/// children are still open after --settle.
///
/// Examples: dinhdanh load --rate 500 --for 30
///           dinhdanh load --steps 0:5,20000:10,500:20 --resend as-told --json result.json
///           dinhdanh load --in-flight 512 --count 40000
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Load {
    #[command(flatten)]
    options: LoadOptions,
    /// Write all figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Load {
    /// Runs the load and shows what was found.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be run, or if a promise was broken.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let options = self.options.options(clock.as_ref())?;
        let live = Arc::new(Live::default());
        let bar = progress(&live, options.calls());
        let stop = CancellationToken::new();
        let tell = |event| bar.suspend(|| announce(event));
        let ended = {
            let mut running = std::pin::pin!(run(options, clock, Arc::clone(&live), stop.clone(), &tell));
            let mut ticks = tokio::time::interval(DRAWN_EVERY);
            let mut interrupted = 0;
            loop {
                tokio::select! {
                    ended = &mut running => break ended,
                    _ = ticks.tick() => draw(&bar, &live),
                    heard = tokio::signal::ctrl_c() => {
                        heard.map_err(CliError::of)?;
                        interrupted += 1;
                        stop.cancel();
                        if interrupted > 1 {
                            return Err(CliError::new("stopped"));
                        }
                    }
                }
            }
        };
        bar.finish_and_clear();
        let figures = ended.map_err(CliError::of)?;
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&figures).map_err(CliError::of)?;
            let written = std::fs::write(path, text + "\n");
            written.map_err(|error| CliError::new(format!("--json {}: {error}", path.display())))?;
        }
        print(&summary(&figures))?;
        verdict(&figures)
    }
}

fn announce(event: Event) {
    match event {
        Event::Making(count) => eprintln!("{count} births are made ready; nobody in them exists."),
        Event::Sending => {}
        Event::Gathered(held) => eprintln!("{held} connections are open."),
        Event::Settling(open) => eprintln!("{open} children without an answer are settled."),
    }
}

/// Hidden where standard error is not a terminal.
fn progress(live: &Live, calls: usize) -> ProgressBar {
    let bar = ProgressBar::new(calls as u64);
    draw(&bar, live);
    match ProgressStyle::with_template("{elapsed} {bar:20} {human_pos}/{human_len} calls  {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn draw(bar: &ProgressBar, live: &Live) {
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    bar.set_position(count(&live.offered));
    bar.set_message(format!(
        "{} answered, {} refusals",
        count(&live.answered),
        count(&live.refused)
    ));
}

fn verdict(figures: &Figures) -> Result<(), CliError> {
    let contradictions = figures.contradictions();
    if contradictions > 0 {
        return Err(CliError::new(format!(
            "{contradictions} answers contradict an earlier answer to the same request: a promise was broken"
        )));
    }
    let open = figures.children.open;
    match &figures.settled {
        Some(settled) if open > 0 => Err(CliError::new(format!(
            "{open} children are still without an answer ({})",
            settled.trouble.as_deref().unwrap_or("stopped")
        ))),
        _ => Ok(()),
    }
}
