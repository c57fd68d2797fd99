//! Which of file, environment and flags wins.

use super::super::names::SETTINGS;
use super::super::{Config, EXAMPLE, Flags, LeaseConfig, RedisServers, StoreConfig};
use super::{load, load_with};

fn listens(config: &Config) -> u16 {
    config.listen.port()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "listen = '127.0.0.1:1'";
    let variables = [("DINHDANH_LISTEN", "127.0.0.1:2")];
    let mut flags = Flags::default();
    flags.text("listen", "--listen", Some("127.0.0.1:3"));
    assert_eq!(listens(&load("").unwrap()), 7400);
    assert_eq!(listens(&load(file).unwrap()), 1);
    assert_eq!(listens(&load_with(file, &variables, Flags::default()).unwrap()), 2);
    assert_eq!(listens(&load_with(file, &variables, flags).unwrap()), 3);
}

#[test]
fn every_setting_has_a_variable() {
    let variables = [
        ("DINHDANH_KEYS", "/k"),
        ("DINHDANH_DEV", "true"),
        ("DINHDANH_STORE_KIND", "postgres"),
        ("DINHDANH_STORE_URL", "postgres://one/db"),
        ("DINHDANH_STORE_READERS", "3"),
        ("DINHDANH_STORE_COMMIT_TIMEOUT", "90s"),
        ("DINHDANH_LEASE_KIND", "redis"),
        ("DINHDANH_LEASE_SENTINEL_URLS", "redis://a:1, redis://b:2"),
        ("DINHDANH_LEASE_SENTINEL_MASTER", "m"),
        ("DINHDANH_LIMITS_QUEUE", "9999"),
    ];
    let config = load_with("", &variables, Flags::default()).unwrap();
    let StoreConfig::Postgres(postgres) = &config.store else {
        panic!("{config:?}");
    };
    assert_eq!((postgres.readers, postgres.timeouts.commit.as_secs()), (3, 90));
    let LeaseConfig::Redis(redis) = &config.lease else {
        panic!("{config:?}");
    };
    assert!(matches!(&redis.servers, RedisServers::Sentinel { urls, master } if urls.len() == 2 && master == "m"));
    assert_eq!((config.limits.queue, config.dev), (9999, true));
    let mut variables: Vec<_> = SETTINGS.iter().map(|setting| setting.variable()).collect();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), SETTINGS.len(), "no two settings share a variable");
}

#[test]
fn a_wrong_variable_or_flag_is_named() {
    let said = |variables: &[(&str, &str)], flags| load_with("", variables, flags).unwrap_err().to_string();
    let none = Flags::default;
    let wrong = said(&[("DINHDANH_LIMITS_QUEUE", "many")], none());
    assert!(
        wrong.contains("DINHDANH_LIMITS_QUEUE: limits.queue must be a whole number"),
        "{wrong}"
    );
    let unknown = said(&[("DINHDANH_STORE_ULR", "x")], none());
    assert!(
        unknown.contains("DINHDANH_STORE_ULR: there is no such setting"),
        "{unknown}"
    );
    let mut flags = none();
    flags.text("data", "--data", Some("d"));
    let variables = [
        ("DINHDANH_KEYS", "k"),
        ("DINHDANH_STORE_KIND", "postgres"),
        ("DINHDANH_STORE_URL", "postgres://h/d"),
    ];
    let contradiction = said(&variables, flags);
    assert!(
        contradiction.contains("--data: data is for a store of kind \"sqlite\""),
        "{contradiction}"
    );
}

#[test]
fn variables_for_something_else_are_let_be() {
    for name in ["DINHDANH_SERVER", "DINHDANH_LOG", "DINHDANH_TEST_REDIS_URL"] {
        assert!(load_with("", &[(name, "x")], Flags::default()).is_ok(), "{name}");
    }
}

#[test]
fn keys_are_in_the_data_folder_unless_named() {
    let keys = |text: &str| load(text).unwrap().keys;
    assert_eq!(keys("data = '/d'").file(), Some("/d/keys.toml".as_ref()));
    assert_eq!(keys("data = '/d'\nkeys = '/k'").file(), Some("/k".as_ref()));
}

#[test]
fn of_the_sources_of_keys_the_one_of_the_highest_rank_counts_and_two_of_one_rank_are_told() {
    let text = ("DINHDANH_KEYS_TEXT", "s3cret-and-s0-on");
    let command = ("DINHDANH_KEYS_COMMAND", "/bin/fetch keys");
    let file = ("DINHDANH_KEYS", "/k");
    let by_flag = || {
        let mut flags = Flags::default();
        flags.path("keys", "--keys", Some("/f".as_ref()));
        flags
    };
    let told = |settings: &str, variables: &[(&str, &str)], flags: Flags| match load_with(settings, variables, flags) {
        Ok(config) => format!("{} {:?}", config.keys, config.keys).chars().take(38).collect(),
        Err(error) => error.to_string(),
    };
    let none = Flags::default;
    let in_file = "keys_command = ['/bin/fetch', 'a key']";
    assert!(told(in_file, &[], none()).starts_with("the key text that /bin/fetch prints"));
    assert!(told("", &[command], none()).starts_with("the key text that /bin/fetch prints"));
    assert!(told(in_file, &[text], none()).starts_with("the key text in DINHDANH_KEYS_TEXT"));
    assert!(told(in_file, &[file], none()).starts_with("the key file /k"));
    assert!(told(in_file, &[text], by_flag()).starts_with("the key file /f"));
    for (settings, variables) in [
        ("keys = '/k'\nkeys_command = ['/bin/fetch']", &[][..]),
        ("", &[text, file][..]),
        ("", &[text, command][..]),
        ("", &[file, command][..]),
    ] {
        let said = told(settings, variables, none());
        assert!(
            said.contains("both say where the keys come from: keep one of them"),
            "{said}"
        );
        assert!(!said.contains(text.1), "{said}");
    }
    for wrong in [
        "keys_command = ['fetch']",
        "keys_command = []",
        "keys_command = 7",
        "keys_command = ''",
    ] {
        assert!(told(wrong, &[], none()).contains("run without a shell"), "{wrong}");
    }
    // Without a key file there is nothing beside which the anchor of a database could be.
    let database = "[store]\nkind = 'postgres'\nurl = 'postgres://h/d'";
    assert!(told(database, &[text], none()).contains("anchor is missing"));
    assert!(load_with(&format!("anchor = '/a'\n{database}"), &[text], none()).is_ok());
    let config = load_with("", &[text], none()).unwrap();
    assert!(!format!("{config} {config:?}").contains(text.1));
    assert_eq!(
        load(&load(in_file).unwrap().to_string()).unwrap().to_string(),
        load(in_file).unwrap().to_string()
    );
}

#[test]
fn a_program_that_prints_the_keys_has_the_time_it_is_given_and_otherwise_that_of_the_example() {
    let shown = |settings: &str, variables: &[(&str, &str)]| {
        let config = load_with(settings, variables, Flags::default()).unwrap();
        let lines = config.to_string();
        let line = lines.lines().find(|line| line.starts_with("keys_command_timeout"));
        line.map(str::to_owned)
    };
    let fetch = "keys_command = ['/bin/fetch']";
    let usual = shown(fetch, &[]).unwrap();
    let example = EXAMPLE.lines().any(|line| line == format!("# {usual}"));
    assert!(example, "{usual} is not the example's");
    let given = format!("{fetch}\nkeys_command_timeout = '5s'");
    assert_eq!(shown(&given, &[]).unwrap(), "keys_command_timeout = \"5s\"");
    let variables = [("DINHDANH_KEYS_COMMAND_TIMEOUT", "2m")];
    assert_eq!(shown(&given, &variables).unwrap(), "keys_command_timeout = \"2m\"");
    // Keys from a file that a flag names need no program, whatever the settings say of it.
    let mut flags = Flags::default();
    flags.path("keys", "--keys", Some("/f".as_ref()));
    assert!(load_with(&given, &[], flags).is_ok());
}
