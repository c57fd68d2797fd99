//! Which of file, environment and flags wins.

use super::super::names::SETTINGS;
use super::super::{Config, Flags, LeaseConfig, RedisServers, StoreConfig};
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
    assert_eq!(keys("data = '/d'"), std::path::Path::new("/d/keys.toml"));
    assert_eq!(keys("data = '/d'\nkeys = '/k'"), std::path::Path::new("/k"));
}
