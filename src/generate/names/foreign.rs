//! Names of foreigners, written in Latin letters as registers have them.

use crate::generate::dice::Dice;
use crate::proto::v1::Sex;

/// A foreign nationality with a few of its names. There is no need for frequencies: these births are rare.
#[derive(Clone, Copy)]
pub(in crate::generate) struct Stranger {
    /// ISO 3166-1 alpha-2.
    pub iso: &'static str,
    /// The country in Vietnamese.
    pub country: &'static str,
    surname_first: bool,
    surnames: [&'static str; 8],
    women: [&'static str; 8],
    men: [&'static str; 8],
}

impl Stranger {
    /// Any of them.
    pub(in crate::generate) fn any(dice: &mut Dice) -> Stranger {
        dice.one_of(ALL)
    }

    pub(in crate::generate) fn surname(&self, dice: &mut Dice) -> &'static str {
        dice.one_of(self.surnames)
    }

    pub(in crate::generate) fn full(&self, sex: Sex, surname: &str, dice: &mut Dice) -> String {
        let given = dice.one_of(if sex == Sex::Female { self.women } else { self.men });
        if self.surname_first {
            format!("{surname} {given}")
        } else {
            format!("{given} {surname}")
        }
    }
}

const ALL: [Stranger; 6] = [
    Stranger {
        iso: "KR",
        country: "Hàn Quốc",
        surname_first: true,
        surnames: ["Kim", "Lee", "Park", "Choi", "Jung", "Kang", "Cho", "Yoon"],
        women: [
            "Ji-woo", "Seo-yeon", "Ha-eun", "Min-seo", "Soo-jin", "Eun-ji", "Yu-na", "Da-hyun",
        ],
        men: [
            "Min-jun",
            "Seo-jun",
            "Do-yun",
            "Ji-ho",
            "Sung-min",
            "Jae-hyun",
            "Dong-wook",
            "Hyun-woo",
        ],
    },
    Stranger {
        iso: "JP",
        country: "Nhật Bản",
        surname_first: true,
        surnames: [
            "Satō",
            "Suzuki",
            "Takahashi",
            "Tanaka",
            "Itō",
            "Watanabe",
            "Yamamoto",
            "Kobayashi",
        ],
        women: ["Yui", "Aoi", "Hina", "Sakura", "Mei", "Yuka", "Naoko", "Emi"],
        men: ["Haruto", "Yūto", "Sōta", "Ren", "Hiroshi", "Kenji", "Takumi", "Daiki"],
    },
    Stranger {
        iso: "CN",
        country: "Trung Quốc",
        surname_first: true,
        surnames: ["Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Huang", "Wu"],
        women: ["Xiuying", "Na", "Min", "Jing", "Yan", "Xinyi", "Yutong", "Li"],
        men: ["Wei", "Jun", "Lei", "Haoyu", "Yichen", "Qiang", "Ming", "Zihan"],
    },
    Stranger {
        iso: "US",
        country: "Hoa Kỳ",
        surname_first: false,
        surnames: [
            "Smith", "Johnson", "Williams", "Brown", "O'Neill", "Miller", "Davis", "St. John",
        ],
        women: ["Olivia", "Emma", "Sophia", "Mary Ann", "Grace", "Chloe", "Zoë", "Lily"],
        men: [
            "Liam", "Noah", "James", "William", "Jean-Luc", "Henry", "Daniel", "Lucas",
        ],
    },
    Stranger {
        iso: "FR",
        country: "Pháp",
        surname_first: false,
        surnames: [
            "Martin", "Bernard", "Dubois", "Thomas", "Lefèvre", "Moreau", "Lécuyer", "D'Angelo",
        ],
        women: ["Léa", "Manon", "Chloé", "Inès", "Anaïs", "Camille", "Zoé", "Louise"],
        men: ["Gabriel", "Léo", "Raphaël", "Jules", "François", "Noël", "Hugo", "Théo"],
    },
    Stranger {
        iso: "LA",
        country: "Lào",
        surname_first: false,
        surnames: [
            "Keomany",
            "Phommachanh",
            "Souvanna",
            "Vongsa",
            "Inthavong",
            "Sisouk",
            "Bounma",
            "Chanthala",
        ],
        women: [
            "Bouavanh",
            "Chansouk",
            "Dalavanh",
            "Khamla",
            "Malayvanh",
            "Noy",
            "Phonsavanh",
            "Vilayvone",
        ],
        men: [
            "Bounmy",
            "Khamphet",
            "Somchai",
            "Thongsing",
            "Sengdao",
            "Phouvong",
            "Anousone",
            "Vilay",
        ],
    },
];
