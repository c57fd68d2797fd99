//! What is said of a file that will not do.

use super::{load, wrong};

const SHARED: &str = "keys = 'k'\n[store]\nkind = 'postgres'\nurl = 'postgres://h/d'\n";

/// Wrong lines, and what must be said of each: its line, its name, and what is wrong.
#[test]
fn every_fault_is_named_with_its_line() {
    let table: &[(&str, &[&str])] = &[
        ("lisen = 'x'", &["line 1: ", "there is no setting lisen", "listen"]),
        (
            "listen = 'nowhere'",
            &["line 1: ", "listen must be an address and a port"],
        ),
        ("listen = 7400", &["line 1: ", "listen must be text"]),
        ("listen = ''", &["line 1: ", "listen is empty"]),
        ("\ndev = 'yes'", &["line 2: ", "dev must be true or false"]),
        ("metrics = '9464'", &["line 1: ", "metrics must be an address"]),
        ("keys = true", &["line 1: ", "keys must be text"]),
        (
            "keys_command_timeout = '5s'",
            &[
                "line 1: ",
                "keys_command_timeout is for keys_command, which is not given",
            ],
        ),
        (
            "keys_command = ['/bin/fetch']\nkeys_command_timeout = 5",
            &["line 2: ", "keys_command_timeout must be a time with its unit"],
        ),
        (
            "keys_command = ['/bin/fetch']\nkeys_command_timeout = '2h'",
            &["line 2: ", "keys_command_timeout must be from 100ms to 1h"],
        ),
        ("listen = ", &["line 1: ", "is not TOML"]),
        ("[store\nkind = 'sqlite'", &["line 1: ", "is not TOML"]),
        ("dev = true\ndev = true", &["line 2: ", "is not TOML"]),
        ("store = 'sqlite'", &["line 1: ", "store is a section", "[store]"]),
        ("[stores]\nkind = 'sqlite'", &["line 1: ", "there is no setting stores"]),
        (
            "[store]\nkind = 'mysql'",
            &["line 2: ", "store.kind must be \"sqlite\" or \"postgres\""],
        ),
        (
            "[store]\nulr = 'x'",
            &["line 2: ", "there is no setting store.ulr", "store.url"],
        ),
        (
            "[store]\nurl = 'postgres://h/d'",
            &["line 2: ", "store.url is for a store of kind \"postgres\""],
        ),
        (
            "[lease]\nkind = 'memcached'",
            &["line 2: ", "lease.kind must be \"none\" or \"redis\""],
        ),
        (
            "[lease]\nkind = 'redis'\nurl = 'redis://h'",
            &["line 2: ", "lease.kind is \"redis\", but the store is embedded"],
        ),
        (
            "[lease]\nurl = 'redis://h'",
            &["line 2: ", "lease.url is for a lease of kind \"redis\""],
        ),
        (
            "[limits]\nqueue = 0",
            &["line 2: ", "limits.queue must be a whole number from 1"],
        ),
        (
            "[limits]\nbatch = 100000",
            &["line 2: ", "limits.batch must be a whole number from 1 to"],
        ),
        (
            "[limits]\nqueue = 1.5",
            &["line 2: ", "limits.queue must be a whole number"],
        ),
        (
            "[limits]\nqueue = 10",
            &["line 2: ", "limits.queue is smaller than a batch"],
        ),
        (
            "[limits]\nretry_after = 250",
            &["line 2: ", "limits.retry_after must be a time with its unit"],
        ),
        (
            "[limits]\nretry_after = '250'",
            &["line 2: ", "limits.retry_after must be a time with its unit"],
        ),
        (
            "[limits]\nretry_after = '3h'",
            &["line 2: ", "limits.retry_after must be from 1ms to 1m"],
        ),
        (
            "[limits]\nreplay_bytes = -1",
            &["line 2: ", "limits.replay_bytes must be a whole number"],
        ),
    ];
    for (text, words) in table {
        let said = wrong(text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].starts_with(words[0]), "{text}: {said:?}");
        assert!(words.iter().all(|words| said[0].contains(words)), "{text}: {said:?}");
    }
}

#[test]
fn every_fault_of_a_database_is_named() {
    let table: &[(&str, &str)] = &[
        ("url = 'h/d'", "store.url must begin with postgres:// or postgresql://"),
        (
            "url = 'mysql://h/d'",
            "store.url must begin with postgres:// or postgresql://",
        ),
        ("url = 'postgres:///d'", "store.url names no host"),
        (
            "url = 'postgres://u:a@b/c@h/d'",
            "store.url has a character in the wrong place",
        ),
        (
            "url = 'postgres://u:a#b@h/d'",
            "store.url has a character in the wrong place",
        ),
        ("url = 'postgres://h/d?sslmode=on'", "store.url has a wrong sslmode"),
        (
            "url = 'postgres://h/d?sslmod=require'",
            "store.url has a parameter that is not known",
        ),
        (
            "url = 'postgres://h/d?sslmode=verify-full&sslrootcert=/not/there'",
            "(sslrootcert) that cannot be read: /not/there",
        ),
        (
            "url = 'postgres://h/d?sslrootcert=/dev/null'",
            "store.url has sslrootcert, which is only looked at",
        ),
        (
            "url = 'postgres://h/d'\npassword_file = '/not/there'",
            "store.password_file names /not/there, which cannot be used",
        ),
        (
            "url = 'postgres://h/d'\npassword_file = '/dev/null'",
            "store.password_file names /dev/null, which cannot be used: the file is empty",
        ),
        (
            "url = 'postgres://h/d'\nreaders = 0",
            "store.readers must be a whole number from 1 to",
        ),
        (
            "url = 'postgres://h/d'\nlock_timeout = '1s'\nidle_timeout = '900ms'\ntcp_timeout = '2s'",
            "store.tcp_timeout is 2s, and must be shorter than",
        ),
        (
            "url = 'postgres://h/d'\nanswer_timeout = '10s'",
            "store.answer_timeout is 10s, and must be longer than",
        ),
    ];
    for (lines, words) in table {
        let said = wrong(&format!("keys = 'k'\n[store]\nkind = 'postgres'\n{lines}"));
        assert_eq!(said.len(), 1, "{lines}: {said:?}");
        assert!(
            said[0].starts_with("line ") && said[0].contains(words),
            "{lines}: {said:?}"
        );
    }
    let missing = wrong("[store]\nkind = 'postgres'\n[lease]\nkind = 'redis'");
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(missing[0].contains("store.url is missing"), "{missing:?}");
    assert!(missing[1].contains("lease.url is missing"), "{missing:?}");
    assert!(missing[2].contains("keys is missing"), "{missing:?}");
    let both = wrong(&format!("data = 'd'\n{SHARED}"));
    assert!(
        both.len() == 1 && both[0].contains("data is for a store of kind \"sqlite\""),
        "{both:?}"
    );
}

#[test]
fn every_fault_of_a_lease_is_named() {
    let table: &[(&str, &str)] = &[
        ("url = 'http://h'", "lease.url must begin with redis:// or rediss://"),
        (
            "url = 'redis://h'\n[lease.cluster]\nurls = ['redis://h']",
            "lease.cluster.urls is one way too many",
        ),
        (
            "[lease.sentinel]\nurls = ['redis://h']",
            "lease.sentinel.master is missing",
        ),
        ("[lease.sentinel]\nmaster = 'm'", "lease.sentinel.urls is missing"),
        (
            "[lease.sentinel]\nurls = []\nmaster = 'm'",
            "lease.sentinel.urls must be a list of URLs",
        ),
        (
            "[lease.cluster]\nurls = ['redis://h', 1]",
            "lease.cluster.urls must be a list of URLs",
        ),
        (
            "[lease.cluster]\nurls = ['redis://a', 'rediss://b']",
            "lease.kind has URLs with and without TLS",
        ),
        ("url = 'redis://h'\nca_file = '/dev/null'", "lease.ca_file is for TLS"),
        (
            "url = 'rediss://h'\nca_file = '/not/there'",
            "lease.ca_file names a file (it) that cannot be read",
        ),
        (
            "url = 'redis://:p@h'\npassword_file = '/not/there'",
            "the URL holds a password as well",
        ),
        (
            "url = 'redis://h'\npatience = '1h'",
            "lease.patience must be from 1ms to 10s",
        ),
    ];
    for (lines, words) in table {
        let said = wrong(&format!("{SHARED}[lease]\nkind = 'redis'\n{lines}"));
        assert!(said.iter().any(|said| said.contains(words)), "{lines}: {said:?}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let said = wrong("lisen = 'x'\nlisten = 1\n[limits]\nbatch = 'many'\n[store]\nkind = 'postgres'\nurl = 'x'");
    assert_eq!(said.len(), 5, "{said:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = super::Config::load(Some("/not/there".as_ref()), std::iter::empty(), super::Flags::default());
    assert!(missing.unwrap_err().to_string().contains("/not/there cannot be read"));
}

#[test]
fn good_files_are_read() {
    for text in [
        "",
        SHARED,
        "[store]\nkind = 'sqlite'\n[lease]\nkind = 'none'",
        "keys = 'k'\n[store]\nkind = 'postgres'\nurl = 'postgresql:///d?host=/run/postgresql'",
        "[limits]\nretry_after = '2s'\nqueue = 1_000",
    ] {
        if let Err(error) = load(text) {
            panic!("{text}: {error}");
        }
    }
}
