//! The record of who asked.

use dinhdanh::number::Slot;
use dinhdanh::store::{Access, AccessSubject, AccessesAsked, Reader, Store};

use super::draft::prefix;
use super::{Backend, fresh, ring};

/// An access of this moment and id, by an office, to a number or to none.
fn access((at, id): (i64, i64), office: &str, counter: Option<u32>) -> Access {
    Access {
        at,
        id,
        slot: counter.map(slot),
        office: office.to_owned(),
        role: "REGISTRAR".to_owned(),
        officer: format!("cán bộ {id}"),
        purpose: String::new(),
        call: "dinhdanh.v1.NumberService/GetNumber".to_owned(),
        code: id % 17,
    }
}

/// An access like any other.
pub fn one() -> Access {
    access((1, 1), "26734", Some(1))
}

fn slot(counter: u32) -> Slot {
    Slot::of(prefix(2026), counter).unwrap()
}

/// Asked about everything there is, from its beginning.
fn all(subject: AccessSubject) -> AccessesAsked {
    AccessesAsked {
        subject,
        after: (i64::MIN, -1),
        until: i64::MAX,
    }
}

fn by(office: &str) -> AccessSubject {
    AccessSubject::Office(office.to_owned())
}

pub async fn accesses_are_listed_as_asked<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let ours: Vec<_> = [(10, 7), (10, 9), (11, 3), (12, 1), (i64::MAX - 1, i64::MAX)]
        .map(|moment| access(moment, "26734", Some(1)))
        .into();
    let theirs = access((11, 8), "an\0other", Some(1));
    let of_none = access((12, 5), "26734", None);
    let mut recorded = ours.clone();
    recorded.extend([theirs.clone(), of_none.clone(), access((9, 1), "26735", Some(2))]);
    // In whatever order they come.
    recorded.reverse();
    store.record(&recorded).await.unwrap();
    drop(store);
    let store = backend.open(ring().ids).await;
    let listed = async |asked: AccessesAsked, limit| store.reader().accesses(&asked, limit).await.unwrap();

    let to_number = AccessSubject::Number(slot(1));
    let mut expected = ours.clone();
    expected.insert(3, theirs.clone());
    assert_eq!(listed(all(to_number.clone()), 100).await, expected);
    let mut expected = ours.clone();
    expected.insert(4, of_none);
    assert_eq!(listed(all(by("26734")), 100).await, expected);
    assert_eq!(listed(all(by("an\0other")), 100).await, std::slice::from_ref(&theirs));
    assert_eq!(listed(all(by("nobody")), 100).await, []);
    assert_eq!(listed(all(AccessSubject::Number(slot(3))), 100).await, []);

    let page = AccessesAsked {
        after: (10, 7),
        until: 12,
        ..all(to_number.clone())
    };
    assert_eq!(listed(page.clone(), 1).await, ours[1..2]);
    assert_eq!(listed(page, 100).await, [ours[1].clone(), ours[2].clone(), theirs]);
    let of_one_moment = AccessesAsked {
        after: (10, -1),
        until: 11,
        ..all(to_number)
    };
    assert_eq!(listed(of_one_moment, 100).await, ours[..2]);
}

pub async fn an_access_is_recorded_once_however_often_it_is_tried<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let [first, second] = [access((1, 1), "26734", None), access((1, 2), "26734", None)];
    store.record(&[]).await.unwrap();
    store.record(std::slice::from_ref(&first)).await.unwrap();
    store.record(&[first.clone(), second.clone()]).await.unwrap();
    let listed = store.reader().accesses(&all(by("26734")), 100).await.unwrap();
    assert_eq!(listed, [first, second]);
}

pub async fn accesses_are_recorded_beside_a_turn<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    // What a turn left undone takes no access with it.
    drop(store.begin().await.unwrap());
    let accesses: Vec<_> = (0..3_000).map(|id| access((1, id), "26734", Some(1))).collect();
    let recording = store.record(&accesses);
    let turn = super::turn(&store, |_| ());
    let (recorded, turned) = tokio::join!(recording, turn);
    recorded.unwrap();
    turned.unwrap();
    let listed = store.reader().accesses(&all(by("26734")), 5_000).await.unwrap();
    assert_eq!(listed, accesses);
}
