//! What the command `places` says and leaves behind.

use std::fs;
use std::process::Output;

use tempfile::TempDir;

use crate::support::server::Server;
use crate::support::units::{bring, example, example_file, places};

/// A store that a server has made, and a file to bring.
struct Operator {
    folder: TempDir,
}

impl Operator {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Server::start(folder.path()).stop().await;
        Self { folder }
    }

    /// Brings a file of this content.
    fn import(&self, content: impl AsRef<[u8]>, further: &[&str]) -> (bool, String) {
        let file = self.folder.path().join("units.csv");
        fs::write(&file, content).unwrap();
        let arguments = [&["import", file.to_str().unwrap()], further].concat();
        said(&places(self.folder.path(), &arguments))
    }

    fn list(&self) -> String {
        let output = places(self.folder.path(), &["list"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}

fn said(output: &Output) -> (bool, String) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

const HEADER: &str = "code,name,kind,parent_code,place_code,from,until,successor_codes,removed\n";

#[tokio::test]
async fn a_table_is_brought_extended_and_told_and_brought_again_changes_nothing() {
    let operator = Operator::new().await;
    assert_eq!(operator.list().lines().count(), 0);
    let rows = example().len();
    let file = fs::read(example_file()).unwrap();
    let (taken, text) = operator.import(&file, &["--check"]);
    assert!(
        taken && text.contains(&format!("added {rows}, ")) && text.contains("nothing was changed"),
        "{text}"
    );
    assert_eq!(operator.list().lines().count(), 0);

    let (taken, text) = operator.import(&file, &["--by", "Trần Thị Thư"]);
    assert!(taken && text.contains("version 1 is in force"), "{text}");
    assert!(text.contains("Trần Thị Thư"), "who brought it is logged: {text}");
    assert_eq!(operator.list(), example().to_text().unwrap());
    // As a spreadsheet writes it, with a mark and other line ends; and what is listed is a file to bring.
    let dos = String::from_utf8(file).unwrap().replace('\n', "\r\n");
    for again in [format!("\u{feff}{dos}"), operator.list()] {
        let (taken, text) = operator.import(again, &[]);
        assert!(
            taken && text.contains("nothing is new: version 1 stays in force"),
            "{text}"
        );
    }
    let changes = format!(
        "{HEADER}09832,Hoài Đức Mới,commune,,001,1/7/2025,,,no\n31105,Thổ Châu,special_zone,,091,2025-07-01,,,yes\n"
    );
    let (taken, text) = operator.import(&changes, &[]);
    assert!(
        !taken && text.contains("row 31105 of the table in force, column until")
            || text.contains("replaced 1, removed 1"),
        "{text}"
    );
    assert!(operator.list().contains("Hoài Đức Mới"), "{text}");
    assert!(!operator.list().contains("31105,Thổ Châu,SPECIAL_ZONE"));
    assert!(operator.list().contains("31105,Thổ Châu,COMMUNE"));
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_by_line_and_column_and_nothing_is_written() {
    let operator = Operator::new().await;
    bring(operator.folder.path(), &example_file());
    let before = operator.list();
    let unreadable = [
        ("1,,WARD,,001,,,,", "column name: must be filled"),
        ("1,A,VILLAGE,,001,,,,", "column kind: is not one of the values"),
        (
            "1,A,WARD,,1,,,,",
            "column place_code: has 1 digits: its leading zeros are lost",
        ),
        ("1,A,WARD,,Hà Nội,,,,", "column place_code: must be the three digits"),
        (
            "1,A,WARD,,001,2025,,,",
            "column from: must be a date as 31/12/2023 or 2023-12-31",
        ),
        ("1,A,WARD,,001,,30/2/2025,,", "column until: must be a date"),
        ("1,A,WARD,,001,,,,maybe", "column removed: must be yes, or no"),
        ("1,A,WARD,,001", "has another number of cells than the header"),
        (",A,WARD,,001,x,y,,", "column code: must be filled"),
    ];
    let text: String = unreadable.iter().map(|(row, _)| format!("{row}\n")).collect();
    let (taken, text) = operator.import(format!("{HEADER}{text}2,B,WARD,9,001,,,,\n"), &[]);
    assert!(!taken);
    for (at, (_, problem)) in unreadable.iter().enumerate() {
        assert!(
            text.contains(&format!("line {}: {problem}", at + 2)),
            "{problem}: {text}"
        );
    }
    for problem in ["column from: must be a date", "column until: must be a date"] {
        assert!(text.contains(&format!("line 10: {problem}")), "{text}");
    }
    assert!(!text.contains("line 11"), "{text}");

    let wrong = [
        ("1/2,A,WARD,,001,,,,", "column code: must be a code"),
        ("2,A,WARD,,104,,,,", "column place_code: must be the code of a province"),
        ("3,A,WARD,nobody,001,,,,", "column parent_code: no row has this code"),
        (
            "4,A,WARD,273,001,,,,",
            "column parent_code: that unit was not in force on all days",
        ),
        (
            "5,A,WARD,760,001,,2025-07-01,,",
            "column parent_code: that unit is in another province",
        ),
        (
            "6,A,WARD,,001,02/07/2025,01/07/2025,,",
            "column until: must be a day after",
        ),
        (
            "7,A,WARD,,001,,01/07/2025,nobody,",
            "column successor_codes: no row has one of these codes",
        ),
        (
            "8,A,WARD,,001,,01/07/2025,09820,",
            "column successor_codes: one of these units is not in force",
        ),
        (
            "9,A,WARD,,001,,01/07/2025,10,",
            "column successor_codes: these successors go round in a circle",
        ),
        (
            "10,A,WARD,,001,,01/07/2025,9,",
            "column successor_codes: these successors go round in a circle",
        ),
        ("11,A,WARD,,001,,,,", ""),
        (
            "11,A,WARD,,001,,,,",
            "column code: the file has a row with this code and this day",
        ),
        (
            "11,A,WARD,,001,,,,",
            "column code: the file has a row with this code and this day",
        ),
        (
            "26740,A,WARD,,079,2026-01-01,,,",
            "column from: another row of this code is in force",
        ),
        ("12,A,WARD,,001,,,,yes", "column removed: no row with this code"),
    ];
    let text: String = wrong.iter().map(|(row, _)| format!("{row}\n")).collect();
    let (taken, text) = operator.import(format!("{HEADER}{text}"), &[]);
    assert!(!taken);
    for (at, (_, problem)) in wrong.iter().enumerate().filter(|(_, (_, problem))| !problem.is_empty()) {
        assert!(
            text.contains(&format!("line {}: {problem}", at + 2)),
            "{problem}: {text}"
        );
    }
    assert_eq!(text.matches("  line ").count(), wrong.len() - 1, "{text}");
    // The fault shows in a row that is known already.
    let (taken, text) = operator.import(format!("{HEADER}123,Mộc Châu,RURAL_DISTRICT,,014,,,,yes\n"), &[]);
    assert!(
        !taken && text.contains("row 03997 of the table in force, column parent_code: no row has this code"),
        "{text}"
    );

    for (content, problem) in [
        (b"code;name;kind;place_code\n".to_vec(), "separated by semicolons"),
        (b"\xff\xfec\0o\0".to_vec(), "UTF-16"),
        (b"code,name,kind\n".to_vec(), "the column place_code is missing"),
        (
            b"code,name,kind,place_code,colour\n".to_vec(),
            "column 5 of the header (colour) is not known",
        ),
        (
            b"code,name,kind,place_code\n1,\xff,WARD,001\n".to_vec(),
            "line 2: is not UTF-8 text",
        ),
    ] {
        let (taken, text) = operator.import(content, &[]);
        assert!(!taken && text.contains(problem), "{problem}: {text}");
    }
    let (taken, text) = said(&places(operator.folder.path(), &["import", "no-such-file.csv"]));
    assert!(
        !taken && text.contains("no-such-file.csv: the file cannot be read"),
        "{text}"
    );
    for name in ["", "a\nb"] {
        assert!(!operator.import(&before, &["--by", name]).0);
    }
    assert_eq!(operator.list(), before);
}

#[tokio::test]
async fn an_address_is_resolved_by_hand() {
    let operator = Operator::new().await;
    bring(operator.folder.path(), &example_file());
    let resolve = |text: &str| {
        said(&places(
            operator.folder.path(),
            &["resolve", text, "--on", "2026-01-01"],
        ))
    };
    let (known, text) = resolve("Xã Tân Lập, huyện Đan Phượng, Hà Tây");
    let expected = "09820  Xã Tân Lập, Huyện Đan Phượng, Hà Nội (until 2025-07-01)\n    now 09817  Xã Ô Diên, Hà Nội\n    \
        now 09832  Xã Hoài Đức, Hà Nội\n";
    assert!(known && text == expected, "{text}");
    assert_eq!(resolve("09820").1, expected);
    assert_eq!(resolve("Hà Giang"), (true, "002  Hà Giang\n".to_owned()));
    let (known, text) = resolve("Xã O Dien");
    assert!(!known && text.contains("like it are:\n  Xã Ô Diên, Hà Nội"), "{text}");
}

#[test]
fn where_no_store_is_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let file = example_file();
    let arguments = ["import", file.to_str().unwrap(), "--data", nowhere.to_str().unwrap()];
    let mut command = std::process::Command::new(crate::support::server::BINARY);
    let output = command
        .arg("places")
        .args(arguments)
        .env("USER", "thuky")
        .output()
        .unwrap();
    let (taken, text) = said(&output);
    assert!(!taken && text.contains("there is no store in"), "{text}");
    assert!(!nowhere.exists());
}
