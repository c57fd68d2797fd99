//! How `dinhdanh load` tells what it found.

use std::fmt::Write;

use crate::client::load::{Figures, Kind};

/// The figures, for people.
pub fn summary(figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, figures);
    text
}

fn write(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let how = &figures.how;
    write!(text, "{} loop", how.pace)?;
    if let Some(in_flight) = how.in_flight {
        write!(text, ", {in_flight} in flight")?;
    }
    writeln!(
        text,
        ", {}, {} connections to {} servers, resend {}; {:.1} s, latencies from the {}",
        how.way, how.connections, how.servers, how.resend, how.seconds, how.latency_from
    )?;
    writeln!(text, "seed {}, births made: {}", how.seed, how.births_made)?;
    if figures.stopped {
        writeln!(text, "stopped before its end")?;
    }
    for (name, kind) in [
        ("births", &figures.births),
        ("repeats", &figures.repeats),
        ("bulk", &figures.bulk),
    ] {
        if let Some(kind) = kind {
            write_kind(text, name, kind)?;
        }
    }
    if let Some(herd) = &figures.herd {
        write!(text, "\nherd: {} of {} connections held", herd.held, herd.wanted)?;
        if herd.limited_by_descriptors {
            write!(text, " (the limit of open files allows no more)")?;
        }
        write!(
            text,
            ", opened in {:.1} s; {} served",
            herd.opening_seconds, herd.served
        )?;
        match herd.all_served_after_seconds {
            Some(seconds) => writeln!(text, ", all of them after {seconds:.2} s")?,
            None => writeln!(text, ", not all")?,
        }
        for (cause, count) in &herd.connect_errors {
            writeln!(text, "  not opened, {cause}: {count}")?;
        }
    }
    let children = &figures.children;
    if let Some(settled) = &figures.settled {
        writeln!(text, "\nsettled: {} of {} children", settled.answered, settled.children)?;
    }
    writeln!(
        text,
        "\nchildren: {} sent = {} with a number + {} under review + {} rejected + {} without an answer",
        children.sent, children.issued, children.under_review, children.rejected, children.open
    )
}

fn write_kind(text: &mut String, name: &str, kind: &Kind) -> std::fmt::Result {
    let counts = &kind.counts;
    let ms = |us: u64| us as f64 / 1000.0;
    writeln!(
        text,
        "\n{name}: {} calls, {:.0} a second; {} answered, {:.0} a second; {} of them in time, {:.0} a second",
        counts.offered,
        kind.offered_per_second,
        counts.answered(),
        kind.answered_per_second,
        counts.in_time,
        kind.goodput_per_second
    )?;
    for (what, times) in [("latency", &kind.latency_us), ("late start", &kind.late_start_us)] {
        writeln!(
            text,
            "  {what:<11} p50 {:.1}  p90 {:.1}  p99 {:.1}  p99.9 {:.1}  max {:.1} ms",
            ms(times.p50),
            ms(times.p90),
            ms(times.p99),
            ms(times.p999),
            ms(times.max)
        )?;
    }
    writeln!(
        text,
        "  issued {}, under review {}, rejected {}; replayed {}; sendings {}",
        counts.issued, counts.under_review, counts.rejected, counts.replayed, counts.sendings
    )?;
    let mut troubles: Vec<(String, u64)> = vec![
        ("deadline missed".to_owned(), counts.deadline_missed),
        ("not sent, being late already".to_owned(), counts.not_sent),
        ("not understood".to_owned(), counts.not_understood),
        ("CONTRADICTING an earlier answer".to_owned(), counts.contradictions),
    ];
    troubles.extend(
        counts
            .refused
            .iter()
            .map(|(reason, count)| (format!("refused, {reason}"), *count)),
    );
    troubles.extend(
        counts
            .lost
            .iter()
            .map(|(code, count)| (format!("lost, {code}"), *count)),
    );
    for (what, count) in troubles.iter().filter(|(_, count)| *count > 0) {
        writeln!(text, "  {what}: {count}")?;
    }
    Ok(())
}
