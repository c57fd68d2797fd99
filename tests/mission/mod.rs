//! A mission's office, by the command that it uses, against the real service.

mod copies;
mod story;
mod tool;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::births::name;
use crate::support::server::BINARY;

const OFFICE: &str = "DSQ-TOKYO";

/// The machine of a mission.
pub struct Mission {
    folder: TempDir,
    /// By how much its clock is ahead, as `faketime` takes it.
    clock: Option<String>,
}

impl Mission {
    /// With a journal, for the service of this public key.
    pub fn of(key: &str) -> Self {
        let mission = Self::bare();
        mission.does(&["init", "--office", OFFICE, "--key", key.trim()]);
        mission
    }

    /// With nothing but a passphrase.
    pub fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("office")).unwrap();
        fs::write(folder.path().join("passphrase"), "hoa anh dao no\n").unwrap();
        Self { folder, clock: None }
    }

    /// The same machine, with its clock ahead by so many days.
    pub fn on_day(&mut self, day: u32) {
        self.clock = Some(format!("+{day}d"));
    }

    /// The folder of its files.
    pub fn office(&self) -> PathBuf {
        self.folder.path().join("office")
    }

    /// One of them.
    pub fn file(&self, name: &str) -> PathBuf {
        self.office().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.clock {
            Some(ahead) => {
                let mut command = Command::new("faketime");
                command.args(["-f", ahead, BINARY]);
                command
            }
            None => Command::new(BINARY),
        };
        command
            .args(["mission", arguments[0]])
            .env("DINHDANH_MISSION_JOURNAL", self.file("journal"))
            .env(
                "DINHDANH_MISSION_PASSPHRASE_FILE",
                self.folder.path().join("passphrase"),
            )
            .args(&arguments[1..])
            .stdin(Stdio::null());
        command
    }

    /// Runs a command, and tells how it ended.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, and tells what it said.
    pub fn does(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    /// Runs a command that must fail, and tells what it said.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    /// Starts a sync, which says nothing.
    pub fn start_sync(&self, server: &str) -> Child {
        let mut command = self.command(&["sync", "--server", server]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Registers these rows, and tells what became of each: outcome, number, fields.
    pub fn registers(&self, rows: &[String], more: &[&str]) -> Vec<[String; 3]> {
        let file = self.file("births.csv");
        fs::write(&file, HEADER.to_owned() + &rows.concat()).unwrap();
        let file = file.to_str().unwrap();
        self.run(&[&["register", file], more].concat());
        let mut reader = csv::Reader::from_path(self.file("births.result.csv")).unwrap();
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| [2, 3, 4].map(|cell| row[cell].to_owned())).collect()
    }

    /// Everything that was handed out: entry, number, state, state of the number, the number instead, reason.
    pub fn list(&self) -> Vec<[String; 6]> {
        let listed = self.run(&["list"]);
        assert!(listed.status.success(), "{}", said(&listed));
        let mut reader = csv::Reader::from_reader(listed.stdout.as_slice());
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| [3, 4, 5, 6, 7, 9].map(|cell| row[cell].to_owned()))
            .collect()
    }
}

const HEADER: &str = "office_code,book_year,entry_number,kind,registered_on,place_code,child_name,date_of_birth,sex,\
    nationalities,mother_name,mother_born,mother_number\n";

/// The row of birth `n`: girls are odd.
pub fn row(n: u64) -> String {
    row_of(n, if n % 2 == 1 { "FEMALE" } else { "MALE" }, "")
}

/// The same, of this sex, with this number of the mother.
pub fn row_of(n: u64, sex: &str, mother: &str) -> String {
    let (child, mother_name) = (name("Nguyễn Thị", n), name("Trần Thị", n));
    let day = n % 28 + 1;
    format!(
        "{OFFICE},2025,{n},BORN_ABROAD,2025-08-19,232,{child},2025-07-{day:02},{sex},VN,{mother_name},1998-03-{day:02},{mother}\n"
    )
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
