//! The list of mismatches as a page to read: a table of all offices, then one for each.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::found::{Row, read};
use super::report::{Counts, KINDS};
use crate::client::files::{create_aside, put};
use crate::proto::v1::ReconciliationSummary;

/// Findings shown of one office; the list has all.
const SHOWN: usize = 500;
/// Findings shown on the whole page, which somebody is to read.
const ALL_SHOWN: usize = 20_000;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Đối soát số định danh cá nhân</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1a1a1a; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-top: 1px solid #ccc; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }
th { background: #f3f3f3; position: sticky; top: 0; } td.count, th.count { text-align: right; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; } .note { color: #555; }
</style>
</head>
<body>
<h1>Đối soát số định danh cá nhân</h1>
"#;

/// Writes the page from the list.
///
/// # Errors
/// [`io::Error`] if a file cannot be read or written.
pub fn write(list: &Path, page: &Path, summary: &ReconciliationSummary, counts: &Counts) -> io::Result<()> {
    let mut out = BufWriter::new(create_aside(page)?);
    out.write_all(HEAD.as_bytes())?;
    out.write_all(overview(summary, counts).as_bytes())?;
    let mut office: Option<String> = None;
    let (mut shown, mut all_shown, mut cut) = (0, 0, false);
    for row in read(list, true)? {
        let row = row?;
        if office.as_ref() != Some(&row[0]) {
            if office.is_some() {
                out.write_all(b"</table>\n")?;
            }
            out.write_all(heading(&row[0]).as_bytes())?;
            office = Some(row[0].clone());
            (shown, cut) = (0, false);
        }
        if shown < SHOWN && all_shown < ALL_SHOWN {
            out.write_all(line(&row).as_bytes())?;
            shown += 1;
            all_shown += 1;
        } else if !cut {
            out.write_all(more(list).as_bytes())?;
            cut = true;
        }
    }
    if office.is_some() {
        out.write_all(b"</table>\n")?;
    }
    out.write_all(b"</body>\n</html>\n")?;
    put(&out.into_inner().map_err(io::IntoInnerError::into_error)?, page)
}

/// What a kind is called on the page.
fn kind_name(kind: &str) -> &str {
    match kind {
        "DIFFERS" => "Khác nhau",
        "MISSING_HERE" => "Không có ở đây",
        "MISSING_THERE" => "Không có trong tệp",
        "NOT_COMPARED" => "Không so sánh được",
        other => other,
    }
}

fn office_name(office: &str) -> String {
    match office {
        "" => "Không rõ nơi đăng ký".to_owned(),
        code => format!("Nơi đăng ký {}", escaped(code)),
    }
}

fn overview(summary: &ReconciliationSummary, counts: &Counts) -> String {
    let mut text = format!(
        "<p>{} bản ghi đã gửi, {} bản ghi khớp. Khác nhau: {}; không có ở đây: {}; không có trong tệp: {}; không so sánh \
         được: {}.</p>\n",
        summary.records, summary.same, summary.differs, summary.missing_here, summary.missing_there, summary.errors
    );
    text += "<p class=\"note\">Trang này có dữ liệu cá nhân.</p>\n";
    if counts.is_empty() {
        return text + "<p>Không có sai lệch.</p>\n";
    }
    text += "<table>\n<tr><th>Nơi đăng ký</th>";
    for kind in KINDS {
        let _ = write!(text, "<th class=\"count\">{}</th>", kind_name(kind));
    }
    text += "</tr>\n";
    for (office, counted) in counts {
        let _ = write!(
            text,
            "<tr><td><a href=\"#{}\">{}</a></td>",
            anchor(office),
            office_name(office)
        );
        for count in counted {
            let _ = write!(text, "<td class=\"count\">{count}</td>");
        }
        text += "</tr>\n";
    }
    text + "</table>\n"
}

fn heading(office: &str) -> String {
    format!(
        "<h2 id=\"{}\">{}</h2>\n<table>\n<tr><th>Số định danh</th><th>Họ tên</th><th>Sai lệch</th><th>Trường</th>\
         <th class=\"count\">Dòng</th></tr>\n",
        anchor(office),
        office_name(office)
    )
}

fn line([_, number, line, kind, fields, name, _]: &Row) -> String {
    format!(
        "<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"count\">{}</td></tr>\n",
        escaped(number),
        escaped(name),
        escaped(kind_name(kind)),
        escaped(fields),
        escaped(line)
    )
}

fn more(list: &Path) -> String {
    let name = list.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "<tr><td colspan=\"5\" class=\"note\">Còn nữa: xem đầy đủ trong {}</td></tr>\n",
        escaped(&name)
    )
}

/// An office's place on the page, of characters that are safe anywhere.
fn anchor(office: &str) -> String {
    let bytes = office.bytes().map(|byte| format!("{byte:02x}"));
    format!("o{}", bytes.collect::<String>())
}

/// Text that means nothing but itself in HTML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_an_extract_cannot_change_the_page() {
        let hostile = "<script>alert('&')</script>\"";
        let row: Row = std::array::from_fn(|_| hostile.to_owned());
        for text in [
            line(&row),
            heading(hostile),
            overview(
                &ReconciliationSummary::default(),
                &[(hostile.to_owned(), [1; 4])].into(),
            ),
        ] {
            assert!(
                !text.contains("<script") && !text.contains('\'') && !text.contains("&'"),
                "{text}"
            );
        }
        assert_eq!(
            escaped(hostile),
            "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;&quot;"
        );
    }
}
