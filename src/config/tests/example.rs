//! The file of the documentation.

use super::super::names::SETTINGS;
use super::super::{Config, EXAMPLE};
use super::{Desk, load, wrong};

/// The example, with files that are here in place of those it names, and no others.
fn at_home(desk: &Desk) -> String {
    ["db-password", "redis-password", "db-ca.pem", "redis-ca.pem"]
        .iter()
        .fold(EXAMPLE.to_owned(), |text, name| {
            let path = desk.with(name, "content");
            text.replace(&format!("/etc/dinhdanh/{name}"), &path.display().to_string())
        })
}

#[test]
fn nothing_is_wrong_with_it_but_the_files_it_names() {
    let said = wrong(EXAMPLE);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said.iter().all(|said| said.contains("/etc/dinhdanh/")), "{said:?}");
}

#[test]
fn it_is_read_and_shown_alike() {
    let desk = Desk::new();
    let config = load(&at_home(&desk)).unwrap();
    let passwords = |shown: &str| {
        let lines = shown.lines().filter(|line| !line.starts_with('#'));
        let mut text = lines.map(|line| format!("{line}\n")).collect::<String>();
        for (section, name) in [("[store]", "db-password"), ("[lease]", "redis-password")] {
            let file = desk.0.path().join(name);
            text = text.replace(
                section,
                &format!("{section}\npassword_file = {:?}", file.display().to_string()),
            );
        }
        text
    };
    let shown = config.to_string();
    assert_eq!(load(&passwords(&shown)).unwrap().to_string(), shown);
}

#[test]
fn it_names_every_setting_with_its_default() {
    let sections = |line: &str| line.trim_start_matches(['#', ' ']).starts_with('[');
    let mut section = String::new();
    let mut named = Vec::new();
    for line in EXAMPLE.lines() {
        let bare = line.trim_start_matches("# ").trim();
        if sections(line) {
            section = bare.trim_matches(['[', ']']).to_owned() + ".";
        } else if line.trim().is_empty() && section.starts_with("lease.") {
            section = "lease.".to_owned();
        } else if let Some((name, _)) = bare.split_once(" = ") {
            named.push(format!("{section}{name}"));
        }
    }
    for setting in SETTINGS.iter().filter(|setting| setting.name != "data") {
        assert!(
            named.iter().any(|name| name == setting.name),
            "{} is not in the example: {named:?}",
            setting.name
        );
    }
    // What the example says of times and limits is what holds without it.
    let desk = Desk::new();
    let whole = load(&at_home(&desk)).unwrap().to_string();
    let bare = load(
        "keys = 'k'\n[store]\nkind = 'postgres'\nurl = 'postgres://h/d'\n[lease]\nkind = 'redis'\nurl = 'redis://h'",
    );
    let bare = bare.unwrap().to_string();
    let set = [
        "listen",
        "_timeout = ",
        "readers",
        "hold",
        "remember",
        "patience",
        "rest",
        "prefix",
        "queue",
        "batch",
    ];
    for line in bare.lines().filter(|line| set.iter().any(|word| line.contains(word))) {
        assert!(whole.lines().any(|other| other == line), "{line} is not the example's");
    }
}

#[test]
fn the_embedded_default_is_the_empty_file() {
    let empty = load("dev = false").unwrap();
    assert_eq!(
        empty.to_string(),
        Config::embedded("dinhdanh-data".as_ref()).to_string()
    );
}
