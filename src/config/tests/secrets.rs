//! A password is nowhere shown, wherever it stands.

use super::super::{Config, ConfigError};
use super::{Desk, load};

const SECRET: &str = "s3cret-and-s0-on";

fn all_that_is_said(text: &str) -> String {
    let read: Result<Config, ConfigError> = load(text);
    match read {
        Ok(config) => format!("{config} {config:?} {:#?} {}", config.store, config.store.place()),
        Err(error) => format!("{error} {error:?}"),
    }
}

#[test]
fn wherever_a_password_stands_it_is_not_shown() {
    let desk = Desk::new();
    let file = desk.with("password", &format!("{SECRET}\n")).display().to_string();
    let two = desk.with("two", &format!("{SECRET}\nmore\n")).display().to_string();
    let database = |url: &str| format!("keys = 'k'\n[store]\nkind = 'postgres'\nurl = '{url}'\n");
    let lease = |lines: &str| format!("{}[lease]\nkind = 'redis'\n{lines}\n", database("postgres://h/d"));
    let texts = [
        database(&format!("postgres://u:{SECRET}@h/d")),
        database(&format!("postgres://u@h/d?password={SECRET}")),
        database(&format!("postgres://u@h/d?pasword={SECRET}")),
        database(&format!("postgres://u@h/d?sslmode={SECRET}")),
        database(&format!("postgres://u:{SECRET}@h:port/d")),
        database(&format!("postgres://u:{SECRET}@b/c@h/d")),
        database(&format!("postgres://u:x#{SECRET}@h/d")),
        database(&format!("postgres:/u:{SECRET}@h/d")),
        database(&format!("mysql://u:{SECRET}@h/d")),
        database(&format!("{SECRET}@h/d")),
        database("postgres://u@h/d") + &format!("password_file = '{file}'\n"),
        database("postgres://u@h/d") + &format!("password_file = '{two}'\n"),
        database(&format!("postgres://u:{SECRET}@h/d")) + &format!("password_file = '{file}'\n"),
        // A line that is no TOML, with the secret in it.
        format!("[store]\nurl = 'postgres://u:{SECRET}@h/d\n"),
        format!("[store]\nurl = postgres://u:{SECRET}@h/d\n"),
        format!("[store]\nurl = ['postgres://u:{SECRET}@h/d']\n"),
        lease(&format!("url = 'redis://:{SECRET}@h'")),
        lease(&format!("url = 'redis://u:{SECRET}@h:port'")),
        lease(&format!("url = 'redis://u:{SECRET}@h'\npassword_file = '{file}'")),
        lease(&format!("url = 'redis://h'\npassword_file = '{file}'")),
        lease(&format!(
            "[lease.sentinel]\nmaster = 'm'\nurls = ['redis://:{SECRET}@a', 'redis://:{SECRET}@b']"
        )),
        lease(&format!(
            "[lease.cluster]\nurls = ['redis://:{SECRET}@a', 'rediss://:{SECRET}@b']"
        )),
    ];
    for text in texts {
        let said = all_that_is_said(&text);
        assert!(!said.contains(SECRET), "{text}:\n{said}");
    }
}

#[test]
fn a_password_of_a_file_reaches_the_one_who_logs_in() {
    let desk = Desk::new();
    let file = desk.with("password", "a b/c@d?e#f&g%\n").display().to_string();
    let text = format!("keys = 'k'\n[store]\nkind = 'postgres'\nurl = 'postgres://u@h/d'\npassword_file = '{file}'\n");
    let config = load(&text).unwrap();
    let super::super::StoreConfig::Postgres(postgres) = &config.store else {
        panic!("{config:?}");
    };
    let whole = postgres.url.with_password(postgres.password.as_ref().unwrap());
    let url = url::Url::parse(whole.expose()).unwrap();
    let found = url.query_pairs().find(|(name, _)| name == "password").unwrap();
    assert_eq!(found.1, "a b/c@d?e#f&g%");
}
