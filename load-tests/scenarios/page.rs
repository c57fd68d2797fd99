//! The page of all results.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::found::{Check, Found};
use super::plot;
use crate::Outcome;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>dinhdanh under load</title>\n<style>\
    body{font:15px/1.5 sans-serif;max-width:820px;margin:2em auto;padding:0 1em}table{border-collapse:collapse}\
    td,th{padding:.15em .8em .15em 0;text-align:left;border-bottom:1px solid #ddd}td.n{text-align:right;\
    font-variant-numeric:tabular-nums}.bad{color:#b00;font-weight:bold}img{max-width:100%}</style>\n\
    <h1>dinhdanh under load</h1>\n<p>Written by <code>load-tests/run</code>; see <code>load-tests/README.md</code> for what \
    each figure means. Clients and servers shared the cores of one machine, so ratios within a run say more than any figure \
    by itself.</p>\n";

/// Draws the plots of all results in a folder, and writes a page of them.
pub fn write(folder: &Path) -> Outcome<()> {
    let mut results = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json")
            && let Ok(found) = serde_json::from_slice::<Found>(&fs::read(&path)?)
        {
            results.push(found);
        }
    }
    results.sort_by(|one, other| one.scenario.cmp(&other.scenario));
    let mut page = HEAD.to_owned();
    for found in &results {
        section(&mut page, folder, found)?;
    }
    by_ghz(&mut page, &folder.join("ghz"))?;
    Ok(fs::write(folder.join("index.html"), page)?)
}

/// What ghz said, where it was run: its own words, for its figures are its own.
fn by_ghz(page: &mut String, folder: &Path) -> Outcome<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    let paths: Result<Vec<_>, _> = entries.map(|entry| Ok::<_, std::io::Error>(entry?.path())).collect();
    let mut paths = paths?;
    paths.sort();
    writeln!(
        page,
        "<h2 id=\"ghz\">ghz</h2>\n<p>Against the embedded store. ghz counts from the sending of a call, and leaves out how long \
         it should have been on its way before.</p>"
    )?;
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let said = escaped(&fs::read_to_string(&path)?);
        writeln!(page, "<h3>{}</h3>\n<pre>{}</pre>", escaped(&name), said.trim())?;
    }
    Ok(())
}

fn section(page: &mut String, folder: &Path, found: &Found) -> Outcome<()> {
    let name = escaped(&found.scenario);
    writeln!(page, "<h2 id=\"{name}\">{name}</h2>\n<p>{}</p>", escaped(&found.what))?;
    writeln!(page, "<p>How taken: {}.", escaped(&found.taken))?;
    if let Some(slowed) = &found.slowed {
        writeln!(page, " <b>The store was slowed</b>: {}.", escaped(slowed))?;
    }
    writeln!(
        page,
        " {} rounds, {} cores, disk sync {} µs.{}</p>",
        found.rounds,
        found.cores,
        found.disk_sync_us,
        if found.size == "short" {
            " <b>A short run: it shows that everything works, and measures nothing.</b>"
        } else {
            ""
        }
    )?;
    writeln!(page, "<table><tr><th>figure<th>median<th>lowest to highest</tr>")?;
    for finding in &found.findings {
        writeln!(
            page,
            "<tr><td>{}<td class=\"n\">{} {}<td class=\"n\">{} to {}</tr>",
            escaped(&finding.what),
            shown(finding.value),
            escaped(&finding.unit),
            shown(finding.range.0),
            shown(finding.range.1)
        )?;
    }
    writeln!(page, "</table>")?;
    for (index, plot) in found.plots.iter().enumerate() {
        let file = format!("{}-{}.svg", found.scenario, index + 1);
        if plot::draw(plot, &folder.join(&file))? {
            writeln!(
                page,
                "<p><img src=\"{}\" alt=\"{}\"></p>",
                escaped(&file),
                escaped(&plot.title)
            )?;
        }
    }
    writeln!(
        page,
        "<table><tr><th>server<th>sent<th>told<th>in the ledger<th>memory, MiB<th>verify --answers</tr>"
    )?;
    for check in &found.checks {
        write_check(page, check)?;
    }
    Ok(writeln!(page, "</table>")?)
}

fn write_check(page: &mut String, check: &Check) -> Outcome<()> {
    let ledger = check.ledger.map_or("-".to_owned(), |count| count.to_string());
    let verdict = if check.holds() {
        "holds"
    } else {
        "<span class=\"bad\">BROKEN</span>"
    };
    Ok(writeln!(
        page,
        "<tr><td>{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{ledger}<td class=\"n\">{:.0}<td>{verdict}</tr>",
        escaped(&check.target),
        check.sent,
        check.told,
        check.peak_mib
    )?)
}

fn shown(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
