use std::collections::HashSet;

use crate::ledger::{
    FenceError, Head, KeyFileError, KeyRing, Purpose, Reindexing, Resealing, SCHEMA_VERSION, SealError, Secrets,
};
use crate::number::{Prefix, Sex};

const SECRETS: [[u8; 32]; 3] = [[0xa1; 32], [0xb2; 32], [0xc3; 32]];

fn text() -> String {
    let [index, picker, seal] = &SECRETS;
    KeyRing::file_text(index, picker, seal).to_string()
}

/// Asserts that nothing an error shows holds a piece of a secret.
fn assert_tells_no_secret(error: &KeyFileError) {
    let shown = format!("{error} {error:?}").to_lowercase();
    for piece in ["a1a1", "b2b2", "c3c3", "161, 161", "178, 178", "195, 195"] {
        assert!(!shown.contains(piece), "{shown}");
    }
}

#[test]
fn the_text_of_a_key_file_reads_back_to_the_same_keys() {
    let [index, picker, seal] = &SECRETS;
    let made = KeyRing::new(index, picker, seal).unwrap();
    let read = KeyRing::from_file_text(&text()).unwrap();
    assert_eq!(read.ids, made.ids);
    assert_eq!(
        read.index.current().tag("test", &[b"x"]),
        made.index.current().tag("test", &[b"x"])
    );
    let place = crate::number::PlaceCode::new(79).unwrap();
    let prefix = Prefix::new(place, Sex::Female, 2026).unwrap();
    assert_eq!(read.picker.number(prefix, 0), made.picker.number(prefix, 0));
    let sealed = made.seal.seal([0; 12], b"", &[0; 32], b"content").unwrap();
    assert_eq!(read.seal.open(b"", &sealed).unwrap().1, b"content");
}

#[test]
fn capital_digits_and_comments_do_not_matter() {
    let capital = text().replace("a1a1", "A1A1") + "# kept in the safe\n";
    assert_eq!(
        KeyRing::from_file_text(&capital).unwrap().ids,
        KeyRing::from_file_text(&text()).unwrap().ids
    );
}

#[test]
fn every_key_has_an_id_of_its_own_even_where_the_secrets_are_equal() {
    let ids = |secret: u8| KeyRing::new(&[secret; 32], &[secret; 32], &[secret; 32]).unwrap().ids;
    let ids: HashSet<_> = (0..50)
        .map(ids)
        .flat_map(|ids| [ids.index, ids.picker, ids.seal])
        .collect();
    assert_eq!(ids.len(), 150);
}

#[test]
fn a_file_that_is_not_a_key_file_is_refused_without_showing_it() {
    let good = text();
    let lines: Vec<&str> = good.lines().collect();
    let mut malformed = vec![
        String::new(),
        "not a key file".to_owned(),
        good.replace("format = 1", "format = \"1\""),
        good.replace("format = 1", ""),
        good.replace("index = \"", "index = \"\""),
        good.replace("picker = ", "picker : "),
        good.replace("seal", "seal2"),
        format!("{good}index = \"{}\"\n", "a1".repeat(32)),
        format!("{good}more = 1\n"),
        good.replace('"', "'\"'"),
    ];
    // Without any one of its keys.
    malformed.extend(["index", "picker", "seal"].map(|key| {
        let kept = lines.iter().filter(|line| !line.starts_with(key));
        kept.copied().collect::<Vec<_>>().join("\n")
    }));
    for text in malformed {
        let error = KeyRing::from_file_text(&text).expect_err(&text);
        assert!(matches!(error, KeyFileError::Malformed), "{text}: {error}");
        assert_tells_no_secret(&error);
    }
}

#[test]
fn a_key_that_is_not_64_hexadecimal_digits_is_named_and_not_shown() {
    for (name, secret) in [("index", "a1"), ("picker", "b2"), ("seal", "c3")] {
        let whole = secret.repeat(32);
        let bad = [
            String::new(),
            whole[1..].to_owned(),
            format!("{whole}0"),
            format!("{}g", &whole[1..]),
            format!(" {}", &whole[1..]),
            format!("+{}", &whole[1..]),
            format!("0x{}", &whole[2..]),
            format!("{}é", &whole[2..]),
            "đ".repeat(32),
        ];
        for value in bad {
            let error = KeyRing::from_file_text(&text().replace(&whole, &value)).expect_err(&value);
            assert!(
                matches!(error, KeyFileError::BadKey(key) if key == name),
                "{value}: {error}"
            );
            assert_tells_no_secret(&error);
        }
    }
}

#[test]
fn a_format_of_another_release_is_named() {
    for format in [-1, 0, 4, i64::MAX] {
        let other = text().replace("format = 1", &format!("format = {format}"));
        let error = KeyRing::from_file_text(&other).expect_err("another format");
        assert!(
            matches!(error, KeyFileError::UnknownFormat(found) if found == format),
            "{error}"
        );
        assert_tells_no_secret(&error);
    }
}

#[test]
fn debug_of_keys_shows_no_secret() {
    let ring = KeyRing::from_file_text(&text()).unwrap();
    let shown = format!("{ring:?} {:?} {:?} {:?}", ring.index, ring.picker, ring.seal).to_lowercase();
    for piece in ["a1a1", "b2b2", "c3c3", "161, 161", "178, 178", "195, 195"] {
        assert!(!shown.contains(piece), "{shown}");
    }
}

fn two_seals() -> String {
    let [index, picker, seal] = &SECRETS;
    let mut secrets = Secrets::new(index.into(), picker.into(), seal.into());
    secrets.add(Purpose::Seal, (&[0xd4; 32]).into()).unwrap();
    secrets.text().to_string()
}

#[test]
fn a_file_may_hold_several_keys_of_sealing_of_which_the_head_says_which_seals() {
    let (one, two) = (
        KeyRing::from_file_text(&text()).unwrap(),
        KeyRing::from_file_text(&two_seals()).unwrap(),
    );
    let [old, new] = <[_; 2]>::try_from(two.seal.ids()).unwrap();
    assert_eq!((one.seal.ids(), one.ids), (vec![old], two.ids));
    let mut head = super::head::head(SCHEMA_VERSION, two.ids);
    assert_eq!((one.follow(&head), two.follow(&head)), (Ok(()), Ok(())));
    assert_eq!(two.seal.current().id(), old);

    // The change: the former key is still needed, and then no more.
    let by_old = two.seal.seal([0; 12], b"row", &[0; 32], b"content").unwrap();
    head.keys.seal = new;
    head.resealing = Some(Resealing {
        former: old,
        changed: 5,
    });
    assert_eq!(one.follow(&head), Err(FenceError::SealKey(new)));
    assert_eq!(two.follow(&head), Ok(()));
    assert_eq!(two.seal.current().id(), new);
    assert_eq!(two.seal.open(b"row", &by_old).unwrap().1, b"content");
    let by_new = two.seal.reseal(new, [1; 12], b"row", &by_old).unwrap();
    assert_eq!(by_new.key, new);
    assert_eq!(
        two.seal.open(b"row", &by_new).unwrap(),
        two.seal.open(b"row", &by_old).unwrap()
    );
    assert_eq!(one.seal.open(b"row", &by_new), Err(SealError::UnknownKey));
    assert_eq!(
        two.seal.reseal(new, [1; 12], b"other", &by_old),
        Err(SealError::Changed)
    );
    let mut later = Secrets::read(&two_seals()).unwrap();
    assert_eq!(later.drop_before(Purpose::Seal, new), [old]);
    assert_eq!(later.ring().unwrap().follow(&head), Err(FenceError::SealKey(old)));
    head.resealing = None;
    assert_eq!(later.ring().unwrap().follow(&head), Ok(()));

    // A server that runs takes the new key in, and no other store's.
    assert_eq!(
        one.take_in(KeyRing::new(&[9; 32], &[9; 32], &[9; 32]).unwrap()),
        Err(FenceError::Picker)
    );
    assert_eq!(
        one.take_in(KeyRing::from_file_text(&two_seals()).unwrap()),
        Ok(vec![new])
    );
    assert_eq!(one.follow(&head), Ok(()));
    assert_eq!(one.seal.open(b"row", &by_new).unwrap().1, b"content");
}

#[test]
fn a_list_of_keys_of_sealing_is_read_as_it_is_written_and_its_faults_are_told() {
    let text = two_seals();
    let seal = |digits: &str| format!("\"{}\"", digits.repeat(32));
    let by_hand = text.replace(",\n]", "] # both").replace('"', "'").replace('\n', "\r\n");
    assert_eq!(
        KeyRing::from_file_text(&by_hand).unwrap().seal.ids(),
        KeyRing::from_file_text(&text).unwrap().seal.ids()
    );
    for (list, expected) in [
        (text.replace(&seal("d4"), &seal("c3")), "none of them twice"),
        (text.replace(&seal("d4"), "\"d4\""), "'seals' in the key file is not 64"),
        (text.replace(&seal("d4"), "d4"), "not readable"),
        (text.replace("seals", "seal"), "not readable"),
        (text.replace("format = 2", "format = 1"), "not readable"),
        (text.replace(']', ""), "not readable"),
        (
            text.replace(&format!("{},\n    {},", seal("c3"), seal("d4")), ""),
            "from 1 to 16",
        ),
    ] {
        let error = KeyRing::from_file_text(&list).expect_err(&list);
        assert!(error.to_string().contains(expected), "{list}: {error}");
        assert_tells_no_secret(&error);
    }
    let mut secrets = Secrets::read(&text).unwrap();
    for more in 0..14 {
        secrets.add(Purpose::Seal, (&[more; 32]).into()).unwrap();
    }
    assert!(matches!(
        secrets.add(Purpose::Seal, (&[99; 32]).into()),
        Err(KeyFileError::List("seals"))
    ));
    assert_eq!(Secrets::read(&secrets.text()).unwrap().ids(Purpose::Seal).len(), 16);
    // It never grew, which would have left a copy behind.
    assert_eq!(secrets.text().capacity(), 8192);
}

#[test]
fn a_file_may_hold_several_index_keys_and_signs_with_the_same_key_as_before() {
    let [index, picker, seal] = &SECRETS;
    let mut secrets = Secrets::new(index.into(), picker.into(), seal.into());
    let one = secrets.ring().unwrap();
    let new = secrets.add(Purpose::Index, (&[0xe5; 32]).into()).unwrap();
    let text = secrets.text();
    assert!(text.contains("format = 3"), "{}", text.len());
    let two = KeyRing::from_file_text(&text).unwrap();
    let old = one.ids.index;
    assert_eq!((two.index.ids(), two.ids.index), (vec![old, new], old));
    let signs = |ring: &KeyRing| ring.note.verifier().unwrap();
    assert_eq!((signs(&two), two.names.id()), (signs(&one), one.names.id()));

    // From the beginning of the change on both keys are needed, and from its end on the new one alone.
    let mut head = super::head::head(SCHEMA_VERSION, two.ids);
    assert_eq!((one.follow(&head), two.follow(&head)), (Ok(()), Ok(())));
    head.reindexing = Some(Reindexing::Adding { key: new, since: 4 });
    head.notes = Some(one.names.id());
    assert_eq!(one.follow(&head), Err(FenceError::IndexKey(new)));
    assert_eq!(two.follow(&head), Ok(()));
    assert_eq!(two.index.current().id(), old);
    head.keys.index = new;
    head.reindexing = Some(Reindexing::Dropping { former: old, since: 9 });
    assert_eq!(one.follow(&head), Err(FenceError::IndexKey(new)));
    assert_eq!(two.follow(&head), Ok(()));
    assert_eq!(two.index.current().id(), new);
    let mut later = Secrets::read(&text).unwrap();
    assert_eq!(later.drop_before(Purpose::Index, new), [old]);
    let later = KeyRing::from_file_text(&later.text()).unwrap();
    assert_eq!(later.follow(&head), Ok(()));
    assert_eq!((signs(&later), later.names.id()), (signs(&one), one.names.id()));

    // A server that runs takes the new key in; another that signs with another key is of another installation.
    assert_eq!(one.take_in(KeyRing::from_file_text(&text).unwrap()), Ok(vec![new]));
    assert_eq!(one.follow(&head), Ok(()));
    let forged_head = Head {
        notes: Some(new),
        ..head.clone()
    };
    assert_eq!(two.follow(&forged_head), Err(FenceError::Notes));
    let forged = text.replace(
        text.split("notes = ").nth(1).unwrap().trim(),
        &format!("\"{}\"", "77".repeat(32)),
    );
    assert_eq!(
        one.take_in(KeyRing::from_file_text(&forged).unwrap()),
        Err(FenceError::Notes)
    );
    for (list, expected) in [
        (text.replace("indexes", "index"), "not readable"),
        (text.replace("notes", "note"), "not readable"),
        (text.replace("format = 3", "format = 2"), "not readable"),
        (
            text.replace("notes = \"", "notes = \"0"),
            "'notes' in the key file is not 64",
        ),
        (
            text.replace(&"e5".repeat(32), &"a1".repeat(32)),
            "under 'indexes', none of them twice",
        ),
    ] {
        let error = KeyRing::from_file_text(&list).expect_err(&list);
        assert!(error.to_string().contains(expected), "{list}: {error}");
        assert_tells_no_secret(&error);
    }
}
