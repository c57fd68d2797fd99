//! Provinces by size, names of communes, and missions abroad.

use super::names::People::{self, BaNa, Cham, Dao, EDe, GiaRai, Hoa, Khmer, Mong, Muong, Nung, Tay, Thai};

/// How many communes a province has here. The country has some 3,300 for 34 provinces.
pub(super) const COMMUNES: usize = 100;

/// What is known of a province besides its code and name.
#[derive(Clone, Copy)]
pub(super) struct Census {
    code: u16,
    /// Inhabitants in ten thousands, rounded: births are taken to follow them.
    pub weight: u16,
    /// How many of 10,000 families belong to one of the peoples named.
    pub minorities: u32,
    pub peoples: &'static [(People, u16)],
}

const NORTH_EAST: &[(People, u16)] = &[(Tay, 10), (Nung, 6), (Dao, 4), (Mong, 5)];
const NORTH_WEST: &[(People, u16)] = &[(Thai, 10), (Mong, 9), (Dao, 2), (Muong, 2)];
const RED_RIVER: &[(People, u16)] = &[(Muong, 10), (Tay, 5), (Dao, 2), (Nung, 1)];
const NORTH_COAST: &[(People, u16)] = &[(Thai, 10), (Muong, 8), (Mong, 3)];
const HIGHLANDS: &[(People, u16)] = &[(GiaRai, 9), (EDe, 8), (BaNa, 6), (Mong, 2), (Nung, 2), (Tay, 2)];
const SOUTH_COAST: &[(People, u16)] = &[(Cham, 6), (BaNa, 3), (EDe, 1), (Hoa, 1)];
const SOUTH: &[(People, u16)] = &[(Khmer, 12), (Hoa, 4), (Cham, 2)];

/// Round figures for the 34 provinces of 2025.
const CENSUS: &[Census] = &[
    row(1, 881, 200, RED_RIVER),
    row(4, 57, 9_300, NORTH_EAST),
    row(8, 187, 7_000, NORTH_EAST),
    row(11, 67, 8_200, NORTH_WEST),
    row(12, 51, 8_300, NORTH_WEST),
    row(14, 140, 8_300, NORTH_WEST),
    row(15, 178, 6_200, NORTH_WEST),
    row(19, 180, 4_300, NORTH_EAST),
    row(20, 88, 8_300, NORTH_EAST),
    row(22, 150, 1_200, NORTH_EAST),
    row(24, 362, 800, NORTH_EAST),
    row(25, 402, 2_300, RED_RIVER),
    row(31, 466, 100, RED_RIVER),
    row(33, 357, 50, RED_RIVER),
    row(37, 441, 100, RED_RIVER),
    row(38, 432, 1_800, NORTH_COAST),
    row(40, 383, 1_500, NORTH_COAST),
    row(42, 162, 50, NORTH_COAST),
    row(44, 187, 600, NORTH_COAST),
    row(46, 143, 400, NORTH_COAST),
    row(48, 307, 500, SOUTH_COAST),
    row(51, 216, 2_600, HIGHLANDS),
    row(52, 358, 2_600, HIGHLANDS),
    row(56, 224, 1_400, SOUTH_COAST),
    row(66, 335, 2_600, HIGHLANDS),
    row(68, 387, 2_000, HIGHLANDS),
    row(75, 449, 1_200, SOUTH),
    row(79, 1_400, 350, SOUTH),
    row(80, 325, 100, SOUTH),
    row(82, 437, 50, SOUTH),
    row(86, 426, 800, SOUTH),
    row(91, 495, 900, SOUTH),
    row(92, 420, 1_300, SOUTH),
    row(96, 261, 500, SOUTH),
];

const fn row(code: u16, weight: u16, minorities: u32, peoples: &'static [(People, u16)]) -> Census {
    Census {
        code,
        weight,
        minorities,
        peoples,
    }
}

/// The row of a province. Codes without one, such as those closed in 2025, are taken to be small and mixed.
pub(super) fn census(code: u16) -> Census {
    let found = CENSUS.iter().find(|row| row.code == code).copied();
    found.unwrap_or(row(code, 100, 800, RED_RIVER))
}

/// Names that communes bear in many provinces.
#[rustfmt::skip]
pub(super) const COMMUNE_NAMES: [&str; 64] = [
    "Tân Lập", "Hòa Bình", "An Phú", "Bình An", "Đông Sơn", "Phú Thịnh", "Tân Tiến", "Quang Trung", "Hợp Thành",
    "Vĩnh Thạnh", "Long Hòa", "Thạnh Lợi", "Mỹ Đức", "Yên Bình", "Xuân Hòa", "Đại Đồng", "Thanh Sơn", "Trung Thành",
    "Hưng Đạo", "Lê Lợi", "Tân Hưng", "Phước Hòa", "Nghĩa Hưng", "Cẩm Sơn", "Bắc Sơn", "Nam Hải", "Hải Ninh",
    "Kim Sơn", "Liên Minh", "Minh Khai", "Vạn Xuân", "Thái Hòa", "Tiên Phong", "Bình Minh", "Phong Phú", "Tam Hiệp",
    "Đức Trọng", "Lộc An", "Ea Tul", "Ia Pa", "Mường Lay", "Nậm Chày", "Pà Cò", "Sơn Thủy", "Thủy Xuân", "Hương Trà",
    "Vĩnh Lộc", "Châu Thành", "Phú Hòa", "Cái Bè", "Trà Ôn", "Ngã Bảy", "Hồng Dân", "Đầm Dơi", "Giồng Riềng",
    "An Minh", "Tịnh Biên", "Lấp Vò", "Bến Lức", "Xuân Lộc", "Dầu Giây", "Cam Lâm", "Ninh Phước", "Bảo Lâm",
];

/// A country with Vietnamese missions.
pub(super) struct Country {
    pub code: u16,
    /// ISO 3166-1 alpha-2.
    pub iso: &'static str,
    pub name: &'static str,
    /// Where its missions are.
    pub cities: &'static [&'static str],
    /// How many births are registered there, against the others.
    pub weight: u16,
}

pub(super) const COUNTRIES: [Country; 13] = [
    country(107, "GB", "Anh", &["Luân Đôn"], 3),
    country(118, "PL", "Ba Lan", &["Vác-sa-va"], 3),
    country(139, "KH", "Campuchia", &["Phnôm Pênh", "Xi-ha-núc-vin"], 8),
    country(155, "DE", "Đức", &["Béc-lin", "Phran-phuốc"], 12),
    country(174, "KR", "Hàn Quốc", &["Xơ-un", "Bu-xan"], 20),
    country(175, "US", "Hoa Kỳ", &["Oa-sinh-tơn", "Xan Phran-xi-xcô", "Niu Oóc"], 10),
    country(193, "LA", "Lào", &["Viêng Chăn", "Pắc-xế"], 5),
    country(231, "RU", "Nga", &["Mát-xcơ-va"], 6),
    country(232, "JP", "Nhật Bản", &["Tô-ky-ô", "Ô-xa-ca", "Phu-cư-ô-ca"], 22),
    country(240, "FR", "Pháp", &["Pa-ri"], 3),
    country(252, "CZ", "Séc", &["Pra-ha"], 7),
    country(271, "TH", "Thái Lan", &["Băng Cốc", "Khon Kèn"], 5),
    country(284, "AU", "Úc", &["Can-bê-ra", "Xít-ni"], 6),
];

const fn country(
    code: u16,
    iso: &'static str,
    name: &'static str,
    cities: &'static [&'static str],
    weight: u16,
) -> Country {
    Country {
        code,
        iso,
        name,
        cities,
        weight,
    }
}
