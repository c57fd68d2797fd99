//! What the command `import` says and leaves behind: an old register with planted trouble, whole, again, and cut off.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::desk::{mode, said, url};
use crate::support::proxy::Proxy;
use crate::support::server::{BINARY, Server};
use crate::support::{ledger, setting, until};

const HEADER: &str = "number,entry_kind,office_code,book_year,entry_number,kind,registered_on,place_code,child_name,\
    date_of_birth,sex,nationalities,mother_name,mother_born\n";

/// A register, and the service it is imported into.
struct Register {
    folder: TempDir,
}

/// A row of an old book.
const ROW: &str =
    "079201000001,,26734,2001,1,ON_TIME,2001-08-19,079,Nguyễn Văn An,02/07/2001,MALE,VN,Trần Thị Mai,02/03/1975\n";

impl Register {
    fn of(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("register.csv"), content).unwrap();
        Self { folder }
    }

    /// A register of so many children, with trouble planted in it.
    fn troubled(children: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let register = Self { folder };
        let made = Command::new(BINARY)
            .args([
                "generate",
                "register",
                "--share",
                "100",
                "--count",
                &children.to_string(),
                "--out",
            ])
            .arg(register.file("register.csv"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", said(&made));
        register
    }

    /// How many rows end how, imported for the first time and again.
    fn expected(&self) -> [BTreeMap<String, u64>; 2] {
        let rows = self.table("register.expected.csv");
        [1, 2].map(|column| {
            let counts = rows.iter().map(|row| (row[0].clone(), row[column].parse().unwrap()));
            counts.filter(|(_, count)| *count > 0).collect()
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the server, where its keys are also if the store is elsewhere.
    fn data(&self) -> PathBuf {
        let data = self.file("data");
        fs::create_dir_all(&data).unwrap();
        data
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

    /// The rows of a file, without its header.
    fn table(&self, name: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(self.file(name)).unwrap();
        let rows = reader.records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    fn report(&self) -> Vec<Vec<String>> {
        self.table("register.import.csv")
    }
}

/// The rows by what stands in a column, without those where it is empty.
fn counted(rows: &[Vec<String>], column: usize) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for cell in rows
        .iter()
        .map(|row| row[column].as_str())
        .filter(|cell| !cell.is_empty())
    {
        *counts.entry(cell).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_with_trouble_imports_twice_with_the_same_result() {
    let register = Register::troubled(setting("DINHDANH_IMPORT_ROWS", 1_000));
    let [first, again] = register.expected();
    let data = register.data();
    let server = Server::start(&data);
    let (output, results) = register.import(&url(&server));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(results, first);
    assert_eq!(mode(&register.file("register.import.csv")), 0o600);
    assert!(!register.file("register.csv.import").exists());

    let (planted, report) = (register.table("register.planted.csv"), register.report());
    let conflicts: Vec<_> = report.iter().filter(|row| row[6] == "CONFLICT").cloned().collect();
    assert_eq!(counted(&conflicts, 7), counted(&planted, 7));
    let told: BTreeMap<_, _> = report.iter().map(|row| (row[0].as_str(), row)).collect();
    for row in &planted {
        // What contradicts another row, or repeats it, may come before it.
        let by_itself = match row[1].as_str() {
            "bad_date" => ["UNREADABLE", "registered_on"],
            "lost_zeros" => ["UNREADABLE", "number"],
            "half_row" => ["UNREADABLE", ""],
            "unknown_place" => ["INVALID", "registration.place_code"],
            "other_kind" => ["SKIPPED", ""],
            "wrong_digits" | "foreigner" => ["CONFLICT", ""],
            _ => continue,
        };
        let told = told[row[0].as_str()];
        assert_eq!([told[6].as_str(), told[8].as_str()], by_itself, "{row:?}");
        let lost = told[7].contains("leading zeros are lost");
        assert_eq!(lost, row[1] == "lost_zeros");
    }
    for warning in ["DATE_IN_PART", "ODD_ENTRY_NUMBER", "UNKNOWN_PLACE", "OTHER_PLACE"] {
        assert!(report.iter().any(|row| row[10].contains(warning)), "{warning}");
    }

    // Once more, as another job: nothing is written, and whatever contradicted still does.
    let entries = ledger::entries(&data).await.len();
    let (_, results) = register.import(&url(&server));
    assert_eq!(results, again);
    assert_eq!(ledger::entries(&data).await.len(), entries);
    server.stop().await;
    ledger::verify(&data, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_goes_on_and_comes_to_the_same() {
    let register = Register::troubled(4_000);
    let data = register.data();
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
    assert_eq!(results, register.expected()[0]);
    let lines: Vec<_> = register
        .report()
        .iter()
        .map(|row| row[0].parse::<u64>().unwrap())
        .collect();
    assert!(lines.is_sorted_by(|one, next| one < next), "a row is told twice");
    let trouble = register.table("register.planted.csv").len();
    assert!(lines.len() >= trouble);
    server.stop().await;
    ledger::verify(&data, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_another_form_are_refused_in_words_and_nothing_is_imported() {
    let text = HEADER.to_owned() + ROW;
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let tcvn3 = HEADER.to_owned()
        + &"1,,26734,2001,1,ON_TIME,2001-08-19,079,NguyÔn ThÞ Hßa TrÇn V¨n §øc,,MALE,VN,,\n".repeat(3);
    let register = Register::of("");
    let data = register.data();
    let server = Server::start(&data);
    for (content, word) in [
        (utf16, "UTF-16"),
        (text.replace(',', ";").into_bytes(), "semicolons"),
        (text.replace(',', "\t").into_bytes(), "tabs"),
        (tcvn3.into_bytes(), "--encoding TCVN3"),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_from_before_unicode_is_read_by_choice_and_is_its_twin() {
    // The same row as software wrote it with the fonts .VnTime and VNI-Times.
    let [tcvn3, vni] = [["NguyÔn V¨n An", "TrÇn ThÞ Mai"], ["Nguyeãn Vaên An", "Traàn Thò Mai"]]
        .map(|[child, mother]| ROW.replace("Nguyễn Văn An", child).replace("Trần Thị Mai", mother));
    let bytes = |text: &str| -> Vec<u8> {
        text.chars()
            .map(|letter| u8::try_from(u32::from(letter)).unwrap())
            .collect()
    };
    let register = Register::of(HEADER.to_owned() + ROW);
    let data = register.data();
    let server = Server::start(&data);
    register.import(&url(&server));
    let unreadable = tcvn3.replace("V¨n", "V\u{FF}n");
    for (encoding, text, expected) in [
        ("tcvn3", tcvn3.clone(), [("SAME", 1)].as_slice()),
        ("VNI", vni, &[("SAME", 1)]),
        ("tcvn3", tcvn3 + &unreadable, &[("SAME", 1), ("UNREADABLE", 1)]),
    ] {
        fs::write(register.file("register.csv"), bytes(&(HEADER.to_owned() + &text))).unwrap();
        let mut command = register.command(&url(&server));
        command.args(["--as-of", "2020-01-01", "--json", "--encoding", encoding]);
        let output = command.output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let expected: serde_json::Map<_, _> = expected
            .iter()
            .map(|(name, count)| ((*name).into(), (*count).into()))
            .collect();
        assert_eq!(
            told["counts"]["results"],
            serde_json::Value::Object(expected),
            "{}",
            said(&output)
        );
        assert_eq!(told["counts"]["warnings"], serde_json::json!({}));
    }
    let report = register.report();
    assert_eq!([report[1][0].as_str(), &report[1][8]], ["3", "child_name"]);
    server.stop().await;
    ledger::verify(&data, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_read_or_was_reported_is_written_over() {
    let register = Register::of(HEADER.to_owned() + ROW);
    let data = register.data();
    let server = Server::start(&data);
    let run = |arguments: &[&str]| {
        let mut command = register.command(&url(&server));
        command.args(["--as-of", "2020-01-01"]).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        said(&output)
    };
    let content = || fs::read(register.file("register.csv")).unwrap();
    let before = content();
    for own in ["register.csv", "register.csv.import"] {
        let told = run(&["--out", register.file(own).to_str().unwrap()]);
        assert!(told.contains("--out names a file that is read"), "{told}");
        assert_eq!(content(), before);
    }
    // Another run is at work on it.
    let file = fs::File::open(register.file("register.csv")).unwrap();
    file.try_lock().unwrap();
    assert!(run(&[]).contains("another run"));
    drop(file);
    // What the service does not take leaves the report of before.
    let report = register.file("register.import.csv");
    fs::write(&report, "of before").unwrap();
    assert!(run(&["--role", "REGISTRAR"]).contains("ROLE"));
    assert_eq!(fs::read(&report).unwrap(), b"of before");
    // A row that is too long is one row.
    let long = ROW
        .replace("Nguyễn Văn An", &"An".repeat(30_000))
        .replace(",2001,1,", ",2001,2,");
    fs::write(register.file("register.csv"), HEADER.to_owned() + &long + ROW).unwrap();
    let (_, results) = register.import(&url(&server));
    let expected = [("IMPORTED", 1), ("UNREADABLE", 1)].map(|(result, count)| (result.to_owned(), count));
    assert_eq!(results, BTreeMap::from(expected));
    let reported = register.report();
    assert_eq!([reported[0][0].as_str(), &reported[0][8]], ["2", "child_name"]);
    server.stop().await;
    ledger::verify(&data, &[]);
}
