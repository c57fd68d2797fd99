//! Addresses in the table of the documentation.

use jiff::civil::{Date, date};

use super::super::{Like, Unit, Units};
use super::{EVE, MERGED, around, example};

fn codes(units: &[&Unit]) -> Vec<String> {
    units.iter().map(|unit| unit.code.clone()).collect()
}

/// The units that an address means, and the code of its province.
fn meant(units: &Units, text: &str, day: Date) -> (Vec<String>, u16) {
    let meaning = around(units).meant(text, day);
    (
        codes(&meaning.units),
        meaning.place.map_or(0, |place| place.code.value()),
    )
}

#[test]
fn an_address_means_the_unit_of_its_day_or_the_last_that_was() {
    let units = example();
    let old = date(2001, 5, 1);
    for (text, day, unit, place) in [
        ("Xã Tân Lập, huyện Đan Phượng, Hà Tây", old, "09820", 1),
        // The province has been gone for long, and so have the district and the commune.
        ("xã tân  lập, H. Đan Phượng, tỉnh HÀ TÂY", MERGED, "09820", 1),
        ("Tân Lập, Đan Phượng, Hà Nội", EVE, "09820", 1),
        ("Xã Tân Lập, Hà Nội, Việt Nam", EVE, "09820", 1),
        ("Thôn Hạnh Đàn, xã Tân Lập, huyện Đan Phượng", EVE, "09820", 1),
        ("Xã Tân Lập, Mộc Châu, Sơn La", EVE, "03997", 14),
        ("Đan Phượng, Hà Nội", MERGED, "09784", 1),
        ("Thị trấn Phùng, Đan Phượng", EVE, "09784", 1),
        ("Huyện Đan Phượng, Hà Tây", old, "273", 1),
        ("P. Bến Nghé, Q. 1, TP. Hồ Chí Minh", EVE, "26740", 79),
        ("Bến Nghé, Quận 1", EVE, "26740", 79),
        ("Phường Sài Gòn, thành phố Hồ Chí Minh", MERGED, "26740", 79),
        ("phường Bến Nghé, TP Hồ Chí Minh", MERGED, "26740", 79),
        ("Quận 2, Hồ Chí Minh", date(2020, 12, 31), "769", 79),
        ("Thành phố Thủ Đức, TP HCM, Hồ Chí Minh", EVE, "", 79),
        ("Thành phố Thủ Đức, Hồ Chí Minh", EVE, "769", 79),
        (
            "Thị trấn Dương Đông, huyện Phú Quốc, tỉnh Kiên Giang",
            date(2020, 12, 31),
            "31078",
            91,
        ),
        ("Phường Dương Đông, thành phố Phú Quốc, Kiên Giang", MERGED, "31078", 91),
        ("Đặc khu Phú Quốc, tỉnh An Giang", MERGED, "31078", 91),
        // An Giang was another province then.
        ("Xã Cửa Cạn, An Giang", EVE, "", 89),
        // Nobody bears a name before its time, or a word for another kind.
        ("Xã Ô Diên, Hà Nội", EVE, "", 1),
        ("Phường Tân Lập, Hà Nội", EVE, "", 1),
        ("Xã Tân Lập, huyện Đan Phượng, Sơn La", EVE, "", 14),
    ] {
        let unit: Vec<String> = Some(unit)
            .filter(|unit| !unit.is_empty())
            .map(str::to_owned)
            .into_iter()
            .collect();
        assert_eq!(meant(&units, text, day), (unit, place), "{text}");
    }
    // A province is told from a unit of its name, as ever.
    assert_eq!(meant(&units, "Hà Nội", EVE), (vec![], 1));
    assert_eq!(meant(&units, "Hà Tây", EVE), (vec!["28".to_owned()], 1));
}

#[test]
fn a_name_with_several_bearers_means_all_of_them() {
    let units = example();
    assert_eq!(meant(&units, "Xã Tân Lập", EVE).0, ["03997", "09820"]);
    assert_eq!(meant(&units, "Đan Phượng", EVE).0, ["09823", "273"]);
    assert_eq!(meant(&units, "Đan Phượng", MERGED).0, ["09784"]);
    assert_eq!(meant(&units, "Thủ Đức", date(2020, 1, 1)).0, ["762"]);
}

#[test]
fn a_unit_leads_to_what_stands_for_it_on_a_day() {
    let units = example();
    let standing = |code: &str, then: Date, day| codes(&units.successors_on(units.by_code(code, then).unwrap(), day));
    let old = date(2001, 5, 1);
    assert_eq!(standing("09820", old, EVE), ["09820"]);
    assert_eq!(standing("09820", old, MERGED), ["09817", "09832"]);
    assert_eq!(standing("26737", old, MERGED), ["26737", "26740"]);
    assert_eq!(standing("763", old, EVE), ["769"]);
    assert_eq!(standing("019", old, EVE), ["019", "021"]);
    // The districts ended, and nothing came after them.
    for code in ["763", "019", "273"] {
        assert_eq!(standing(code, old, MERGED), [""; 0]);
    }
    assert_eq!(standing("31084", old, MERGED), ["31078"]);
    assert_eq!(units.by_code("09784", EVE).unwrap().name, "Phùng");
    assert_eq!(units.by_code("09832", EVE), None);
}

#[test]
fn what_is_not_known_is_told_apart_and_answered_by_what_is_like_it() {
    let units = example();
    let unknown = |text: &str, day| around(&units).unknown(text, day);
    for known in [
        "Xã Tân Lập, huyện Đan Phượng, Hà Tây",
        "Xã Tân Lập",
        "Hà Nội",
        "Bệnh viện Từ Dũ, Thành phố Hồ Chí Minh",
        // Of this province the table knows nothing.
        "Xã nào đó, huyện nào đó, Nghệ An",
        "Pháp",
    ] {
        assert_eq!(unknown(known, EVE), None, "{known}");
    }
    let like = unknown("Xã Tan Lap, huyện Đan Phượng, Hà Nội", EVE).unwrap();
    assert_eq!(like.first().unwrap(), "Xã Tân Lập, Huyện Đan Phượng, Hà Nội");
    assert!(like.iter().all(|like| like.ends_with("Hà Nội")), "{like:?}");
    // Without a province, of the whole country, provinces among them.
    let like = unknown("Tan Lap", EVE).unwrap();
    assert_eq!(
        like[..2],
        [
            "Xã Tân Lập, Huyện Mộc Châu, Sơn La",
            "Xã Tân Lập, Huyện Đan Phượng, Hà Nội"
        ]
    );
    assert_eq!(unknown("Ha Noi", EVE).unwrap()[0], "Hà Nội");
    assert_eq!(unknown("", EVE), Some(vec![]));
    // A district that is gone is not missed.
    assert_eq!(unknown("Huyện Lạ, Hà Nội", MERGED), None);
    assert!(unknown("Huyện Lạ, Hà Nội", EVE).is_some());
    let units = Units::default();
    assert_eq!(around(&units).unknown("Xã Tân Lập, Hà Nội", EVE), None);
    assert!(matches!(around(&units).like("Ha Noi", EVE)[..], [Like::Place(_), ..]));
}
