//! Files of settings, and the addresses in them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use super::example::EXAMPLE;
use super::names::SETTINGS;
use super::read;
use super::secret::{Secret, ServerUrl};
use super::settings::Settings;
use crate::fuzzing::{Form, Fuzz};

/// A file with a value for every setting.
fn whole() -> String {
    let plain = |line: &str| {
        line.strip_prefix('#')
            .filter(|rest| rest.contains(" = ") || rest.starts_with('['))
            .map(str::to_owned)
    };
    EXAMPLE
        .lines()
        .map(|line| plain(line).unwrap_or_else(|| line.to_owned()) + "\n")
        .collect()
}

/// What a file says, and the environment after it. Every problem is told by where it stands, and by the name of its setting.
#[test]
fn settings() {
    let names = SETTINGS.iter().map(|setting| setting.name);
    let words = [
        "\"\"\"",
        "'''",
        "[[",
        "]]",
        "[store]",
        "[lease]",
        "0x",
        "1e400",
        "2026-11-20T00:00:00Z",
        "true",
        "\"5s\"",
    ];
    let deep = ["[", "{a=", "a.", "[a."].map(|part| part.repeat(3_000));
    Fuzz::of(Form::Text)
        .words(names)
        .words(words)
        .words(deep)
        .seeds([EXAMPLE, &whole()])
        .run(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let mut settings = Settings::default();
            settings.file(Path::new("settings.toml"), &text);
            if settings.is_unreadable() {
                return vec!["no TOML".to_owned()];
            }
            // As text from the environment, too.
            let first = text.lines().next().unwrap_or_default().to_owned();
            let variables = SETTINGS.iter().skip(text.len() % SETTINGS.len()).take(1);
            settings.environment(variables.map(|setting| (setting.variable(), first.clone())));
            let config = read::config(&mut settings, None);
            let problems = settings.into_problems();
            assert!(config.is_some() || !problems.is_empty());
            let shown = config.map(|config| format!("{config:?}").len().min(1));
            let told = problems.iter().map(|problem| problem.what.chars().take(24).collect());
            told.chain(shown.map(|_| "whole".to_owned())).take(4).collect()
        });
}

/// The address of a server: what is shown of it never holds the password.
#[test]
fn url() {
    let seeds = [
        "postgres://u:s3cret@h:5432/d?sslmode=require&password=s3cret",
        "rediss://:s3cret@[::1]:6379/0",
        "redis://h",
    ];
    let words = [
        "s3cret",
        "%73",
        "@",
        "#",
        "?",
        "/",
        "://",
        "[",
        "]",
        "xn--",
        "password",
        "passfile",
        "host=/run",
    ];
    Fuzz::of(Form::Text).words(words).seeds(seeds).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let read = ServerUrl::parse(&text, &["postgres", "postgresql", "redis", "rediss"]);
        let Ok(url) = read else { return read.err() };
        let _ = (url.host(), url.parameter_names(), url.is_tls(), url.has_password());
        assert!(!url.to_string().contains(":s3cret@"), "{url}");
        let with = url.with_password(&Secret::new("other"));
        assert!(
            ServerUrl::parse(with.expose(), &["postgres", "postgresql", "redis", "rediss"]).is_ok(),
            "{}",
            with.expose()
        );
        None
    });
}
