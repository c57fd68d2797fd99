//! What `config check`, `config show` and `config example` say.

use super::site::{SECRET, Site};

#[test]
fn every_fault_is_told_and_the_exit_code_is_1() {
    let site = Site::with("lisen = 'x'\n[limits]\nqueue = 'many'\n");
    let (code, said) = site.run(&["config", "check"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("dinhdanh.toml, line 1: there is no setting lisen"),
        "{said}"
    );
    assert!(
        said.contains("dinhdanh.toml, line 3: limits.queue must be a whole number"),
        "{said}"
    );
    for command in ["serve", "init"] {
        let (code, said) = site.run(&[command]);
        assert!(
            code == 1 && said.contains("line 1: there is no setting lisen"),
            "{command}: {said}"
        );
    }
    let (code, said) = site.run(&["verify"]);
    assert!(
        code == 2 && said.contains("line 1: there is no setting lisen"),
        "{said}"
    );
}

#[test]
fn a_new_embedded_server_would_start_and_one_for_the_network_would_not() {
    let site = Site::with("dev = true\ndata = 'HERE/data'\n");
    let (code, said) = site.run(&["config", "check"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("is made at the first start") && said.contains("holds no store yet"),
        "{said}"
    );
    assert!(!site.file().with_file_name("data").exists(), "nothing is made");

    site.set("data = 'HERE/data'\n");
    let (code, said) = site.run(&["config", "check"]);
    assert!(
        code == 1 && said.contains("WRONG    listen: nothing says how callers prove who they are"),
        "{said}"
    );
    site.set("dev = true\nlisten = '0.0.0.0:7400'\ndata = 'HERE/data'\n");
    let (code, said) = site.run(&["config", "check"]);
    assert!(code == 1 && said.contains("listens on loopback only"), "{said}");
}

#[test]
fn a_database_and_a_redis_that_are_away_are_told() {
    let away = "postgres://somebody@127.0.0.1:1/none?sslmode=disable";
    let site = Site::on(
        away,
        "connect_timeout = '1s'\n[lease]\nkind = 'redis'\nurl = 'redis://127.0.0.1:1'\n",
    );
    let (code, said) = site.run(&["config", "check"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("WRONG    keys: ") && said.contains("WRONG    database: "),
        "{said}"
    );
    for words in [
        ["serve"].as_slice(),
        &["init"],
        &["config", "show"],
        &["verify"],
        &["serve", "--new-store"],
    ] {
        let (code, said) = site.run(words);
        assert_eq!(code != 0, words != ["config", "show"], "{words:?}: {said}");
    }
}

#[test]
fn what_is_in_effect_is_shown_without_passwords() {
    let site = Site::on("postgres://somebody@db.example.org/d", "");
    std::fs::write(site.keys(), SECRET).unwrap();
    site.set(&std::fs::read_to_string(site.file()).unwrap().replace(
        "[store]\n",
        "[lease]\nkind = 'redis'\npassword_file = 'HERE/keys.toml'\nurl = 'redis://cache.example.org'\n[store]\n",
    ));
    let (code, said) = site.run(&["config", "show"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("url = \"postgres://somebody:***@db.example.org/d\""),
        "{said}"
    );
    assert!(said.contains("# the password was read from its file"), "{said}");
}

#[test]
fn the_example_is_printed() {
    let output = std::process::Command::new(crate::support::server::BINARY)
        .args(["config", "example"])
        .output();
    assert_eq!(
        String::from_utf8(output.unwrap().stdout).unwrap(),
        dinhdanh::config::EXAMPLE
    );
}
