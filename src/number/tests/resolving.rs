use proptest::prelude::*;

use super::super::{Codes, Place, PlaceKind};
use super::{EVE, MERGED, any_day};

fn meant(text: &str, day: jiff::civil::Date) -> Option<u16> {
    Codes::embedded().meant(text, day).map(|place| place.code.value())
}

#[test]
fn a_name_means_the_province_of_that_day_and_then_the_one_that_bore_it_last() {
    // Bắc Ninh has been two provinces, one after the other.
    assert_eq!(
        (meant("Bắc Ninh", EVE), meant("Bắc Ninh", MERGED)),
        (Some(27), Some(24))
    );
    // Given up by a code that stayed, and closed with its code.
    assert_eq!(
        (meant("Bắc Giang", EVE), meant("Bắc Giang", MERGED)),
        (Some(24), Some(24))
    );
    assert_eq!(
        (meant("tỉnh Hà Giang", EVE), meant("tỉnh Hà Giang", MERGED)),
        (Some(2), Some(2))
    );
    assert_eq!(meant("Thừa Thiên Huế", MERGED), Some(46));
    // Nobody bears a name before its first day but who bore it then.
    assert_eq!(meant("Huế", jiff::civil::date(2024, 12, 31)), None);
}

#[test]
fn an_address_means_where_it_ends_and_countries_are_known_too() {
    for (text, expected) in [
        ("Xã Tân Hòa, tỉnh Đắk Lắk", Some(66)),
        ("Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh", Some(79)),
        ("Romania (Ru-ma-ni, Lỗ Ma Ni)", Some(244)),
        ("algérie", Some(104)),
        ("Algérie (An-giê-ri)", Some(104)),
        ("Xã Tân Hòa", None),
        ("Hà Nội, huyện nào đó", None),
        ("", None),
        (",", None),
    ] {
        assert_eq!(meant(text, MERGED), expected, "{text}");
    }
}

#[test]
fn names_most_like_one_that_is_unknown_are_suggested() {
    let like = |text: &str, day| -> Vec<u16> {
        let places = Codes::embedded().like(text, day);
        places.iter().map(|place| place.code.value()).collect()
    };
    for (text, likest) in [
        ("Ha Noi", 1),
        ("thanh hoa", 38),
        ("Xã nào đó, Dac Lac", 66),
        ("TP Ho Chi Min", 79),
    ] {
        assert_eq!(like(text, MERGED).first(), Some(&likest), "{text}");
    }
    // Only what stands on the day.
    assert!(like("Hoa Binh", EVE).contains(&17) && !like("Hoa Binh", MERGED).contains(&17));
    assert!(like("a", MERGED).len() <= 5);
    assert!(like("zzzzqqqq", MERGED).is_empty() && like("", MERGED).is_empty());
}

proptest! {
    #[test]
    fn whatever_name_a_province_has_had_leads_to_one_that_had_it(value in 0_usize..63, day in any_day()) {
        let codes = Codes::embedded();
        let provinces = codes.places().filter(|place| place.kind == PlaceKind::Province);
        let provinces: Vec<&Place> = provinces.collect();
        for (name, from) in provinces[value].names() {
            let found = codes.meant(name, day);
            let has_had = |place: &Place| place.names().any(|(had, _)| had == name);
            prop_assert!(found.is_some_and(has_had) || from.is_some_and(|from| day < from));
        }
    }

    #[test]
    fn any_text_is_taken(text in ".{0,60}", day in any_day()) {
        let codes = Codes::embedded();
        let _ = codes.meant(&text, day);
        prop_assert!(codes.like(&text, day).len() <= 5);
    }
}
