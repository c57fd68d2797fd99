//! What the command `import` says and leaves behind: an old register with planted trouble, whole, again, and cut off.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::desk::{mode, said, url};
use crate::support::births::name;
use crate::support::proxy::Proxy;
use crate::support::server::{BINARY, Server};
use crate::support::{ledger, setting, until};

const HEADER: &str = "number,entry_kind,office_code,book_year,entry_number,kind,registered_on,place_code,child_name,\
    date_of_birth,sex,nationalities,mother_name,mother_born\n";

/// A register, and the service it is imported into.
struct Register {
    folder: TempDir,
}

/// A row of an old book: child `n`, a boy of 2001.
fn row(n: u64) -> String {
    row_of(n, &format!("079201{n:06}"), &n.to_string())
}

fn row_of(n: u64, number: &str, entry: &str) -> String {
    let (child, mother, day) = (name("Nguyễn Văn", n), name("Trần Thị", n), n % 28 + 1);
    format!(
        "{number},,26734,2001,{entry},ON_TIME,2001-08-19,079,{child},{day:02}/07/2001,MALE,VN,{mother},{day:02}/03/1975\n"
    )
}

/// Rows with trouble among them, and how many end how.
fn troubled(count: u64) -> (String, BTreeMap<&'static str, u64>) {
    let (mut text, mut expected) = (HEADER.to_owned(), BTreeMap::new());
    let mut add = |result: &'static str, row: String| {
        text += &row;
        *expected.entry(result).or_default() += 1;
    };
    for n in 1..=count {
        add("IMPORTED", row(n));
        match n % 50 {
            // The same line once more.
            1 => add("SAME", row(n)),
            // Another child under the number of this one.
            2 => add(
                "CONFLICT",
                row_of(count + n, &format!("079201{n:06}"), &format!("{n}A")),
            ),
            // This child, under the same entry, with another number.
            3 => add(
                "CONFLICT",
                row_of(n, &format!("079201{:06}", 500_000 + n), &n.to_string()),
            ),
            // An entry without a number, of which the day is not known.
            4 => add(
                "IMPORTED",
                row_of(count + n, "", &format!("{n}B"))
                    .replace(&format!("{:02}/07/2001", (count + n) % 28 + 1), "07/2001"),
            ),
            5 => add(
                "INVALID",
                row_of(count + n, "", &format!("{n}C")).replace(",079,", ",999,"),
            ),
            // Leading zeros that are lost, half a row, and a day that is none.
            6 => add(
                "UNREADABLE",
                row_of(count + n, &format!("79201{:06}", 600_000 + n), &format!("{n}D")),
            ),
            7 => add("UNREADABLE", "079201000000,,26734,2001\n".to_owned()),
            8 => add(
                "UNREADABLE",
                row_of(count + n, "", &format!("{n}E")).replace("2001-08-19", "2001-02-30"),
            ),
            9 => add(
                "SKIPPED",
                row_of(count + n, "", &format!("{n}F")).replacen(",,", ",MARRIAGE,", 1),
            ),
            // An odd place in an old book.
            10 => add("IMPORTED", row_of(count + n, "", &format!("{n}/KS bis"))),
            _ => {}
        }
    }
    (text, expected)
}

impl Register {
    fn of(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("register.csv"), content).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, server: &str) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("import").arg(self.file("register.csv"));
        command.args(["--source", "legacy_158", "--office", "c06", "--server", server]);
        command.stdin(Stdio::null());
        command
    }

    fn import(&self, server: &str) -> (Output, BTreeMap<String, u64>) {
        let output = self
            .command(server)
            .args(["--as-of", "2020-01-01", "--json"])
            .output()
            .unwrap();
        let told: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        assert_eq!(told["end"], "finished");
        let results = told["counts"]["results"].as_object().unwrap().clone();
        let results = results
            .into_iter()
            .map(|(result, count)| (result, count.as_u64().unwrap()));
        (output, results.collect())
    }

    /// Up to which line everything is answered, by the state.
    fn answered(&self) -> u64 {
        let state = fs::read(self.file("register.csv.import")).unwrap_or_default();
        let state: serde_json::Value = serde_json::from_slice(&state).unwrap_or_default();
        state["next_line"].as_u64().unwrap_or_default()
    }

    /// The report, without its header.
    fn report(&self) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(self.file("register.import.csv")).unwrap();
        let rows = reader.records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }
}

fn counted(expected: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    expected
        .iter()
        .map(|(result, count)| ((*result).to_owned(), *count))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_with_trouble_imports_twice_with_the_same_result() {
    let (content, expected) = troubled(setting("DINHDANH_IMPORT_ROWS", 1_000));
    let register = Register::of(content);
    let data = register.file("data");
    let server = Server::start(&data);
    let (output, results) = register.import(&url(&server));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(results, counted(&expected));
    assert_eq!(mode(&register.file("register.import.csv")), 0o600);
    assert!(!register.file("register.csv.import").exists());
    let report = register.report();
    let told = |entry: &str| {
        let row = report
            .iter()
            .find(|row| row[4] == entry)
            .unwrap_or_else(|| panic!("{entry} is not told"));
        [row[6].as_str(), row[7].as_str(), row[8].as_str(), row[10].as_str()]
    };
    assert_eq!(told("2A"), ["CONFLICT", "NUMBER_TAKEN", "", ""]);
    assert_eq!(told("3"), ["CONFLICT", "OTHER_NUMBER", "", ""]);
    assert_eq!(told("1"), ["SAME", "", "", ""]);
    assert_eq!(told("5C"), ["INVALID", "INVALID_FIELD", "registration.place_code", ""]);
    assert!(told("4B")[3].starts_with("DATE_IN_PART"), "{:?}", told("4B"));
    assert!(
        told("10/KS bis")[3].starts_with("ODD_ENTRY_NUMBER"),
        "{:?}",
        told("10/KS bis")
    );
    let unreadable: Vec<_> = report.iter().filter(|row| row[6] == "UNREADABLE").take(3).collect();
    assert_eq!(
        [&unreadable[0][8], &unreadable[1][8], &unreadable[2][8]],
        ["number", "", "registered_on"]
    );
    assert!(unreadable[0][7].contains("leading zeros are lost"));

    // Once more, as another job: nothing is written, and whatever contradicted still does.
    let entries = ledger::entries(&data).await.len();
    let (_, again) = register.import(&url(&server));
    let mut known = counted(&expected);
    let imported = known.remove("IMPORTED").unwrap();
    *known.get_mut("SAME").unwrap() += imported;
    assert_eq!(again, known);
    assert_eq!(ledger::entries(&data).await.len(), entries);
    server.stop().await;
    ledger::verify(&data, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_goes_on_and_comes_to_the_same() {
    let (content, expected) = troubled(4_000);
    let register = Register::of(content);
    let data = register.file("data");
    let mut server = Server::start(&data);
    let wire = Proxy::to(server.address().port()).await;
    wire.slow(Duration::from_millis(20));
    let through = format!("http://127.0.0.1:{}", wire.port());
    for kill_server in [false, true, false] {
        let begun = register.answered();
        let mut command = register.command(&through);
        let mut killed = command
            .args(["--as-of", "2020-01-01", "--in-flight=1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("some more are imported", async || {
            let over = killed.try_wait().unwrap().is_some();
            assert!(!over, "it was not killed in the middle");
            (register.answered() > begun + 500).then_some(())
        })
        .await;
        if kill_server {
            server.kill();
            server.ended().await;
            server = Server::start(&data);
            wire.lead_to(server.address().port());
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        // Another job may not begin in its place.
        let other = register
            .command(&through)
            .args(["--as-of", "2020-01-02"])
            .output()
            .unwrap();
        assert!(
            said(&other).contains("was begun with another content"),
            "{}",
            said(&other)
        );
    }
    wire.slow(Duration::ZERO);
    let (_, results) = register.import(&through);
    assert_eq!(results, counted(&expected));
    let rows = expected
        .iter()
        .filter(|(result, _)| **result != "IMPORTED")
        .map(|(_, count)| count)
        .sum::<u64>();
    let lines: Vec<_> = register
        .report()
        .iter()
        .map(|row| row[0].parse::<u64>().unwrap())
        .collect();
    assert!(lines.is_sorted_by(|one, next| one < next), "a row is told twice");
    assert!(lines.len() as u64 >= rows);
    server.stop().await;
    ledger::verify(&data, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_another_form_are_refused_in_words_and_nothing_is_imported() {
    let text = HEADER.to_owned() + &row(1);
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let tcvn3 = HEADER.to_owned()
        + &"1,,26734,2001,1,ON_TIME,2001-08-19,079,NguyÔn ThÞ Hßa TrÇn V¨n §øc,,MALE,VN,,\n".repeat(3);
    let register = Register::of("");
    let data = register.file("data");
    let server = Server::start(&data);
    for (content, word) in [
        (utf16, "UTF-16"),
        (text.replace(',', ";").into_bytes(), "semicolons"),
        (text.replace(',', "\t").into_bytes(), "tabs"),
        (tcvn3.into_bytes(), "TCVN3"),
        (text.replace("entry_kind", "entrykind").into_bytes(), "entrykind"),
        (text.replace("sex,", "").into_bytes(), "sex"),
        (Vec::new(), "missing"),
    ] {
        fs::write(register.file("register.csv"), content).unwrap();
        let output = register
            .command(&url(&server))
            .args(["--as-of", "2020-01-01"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
        assert!(!register.file("register.csv.import").exists());
    }
    // A header that the service refuses leaves nothing behind; a byte order mark does no harm.
    fs::write(register.file("register.csv"), &text).unwrap();
    let ahead = register
        .command(&url(&server))
        .args(["--as-of", "2999-01-01"])
        .output()
        .unwrap();
    assert!(said(&ahead).contains("as_of"), "{}", said(&ahead));
    assert!(!register.file("register.csv.import").exists());
    fs::write(register.file("register.csv"), format!("\u{feff}{text}")).unwrap();
    let (_, results) = register.import(&url(&server));
    assert_eq!(results, BTreeMap::from([("IMPORTED".to_owned(), 1)]));
    server.stop().await;
    ledger::verify(&data, &[]);
}
