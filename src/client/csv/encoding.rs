//! Vietnamese from before Unicode: TCVN3 (TCVN 5712, the fonts `.Vn…`) and VNI for Windows.
//!
//! In TCVN3 a letter is a byte, in VNI a plain letter that a mark may follow. The bytes below 128 are those of ASCII in both, so
//! lines and cells stand where they stand. Some exports write each byte as the letter that Latin-1 has for it, in UTF-8: that
//! is told row by row, because no such text in its own bytes is UTF-8.
//!
//! TCVN3 has no capitals of vowels with a tone: whoever wants them writes the small letter and shows it in a font that has
//! capitals only (`.Vn…H`). Which font it was cannot be told from the bytes, so they become small letters: NGUYễN. Names are
//! compared without regard to case, so nothing is lost by that.

/// How text is written in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Unicode.
    #[default]
    Utf8,
    /// TCVN 5712, VN3.
    Tcvn3,
    /// VNI for Windows.
    Vni,
}

impl Encoding {
    /// All with their names, as they are given by hand.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Utf8, "UTF-8"), (Self::Tcvn3, "TCVN3"), (Self::Vni, "VNI")];

    /// Its name.
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(known, _)| *known == self);
        known.map_or("", |(_, name)| name)
    }

    /// Text from its bytes; none where some of them mean nothing.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(bytes);
        if self == Self::Utf8 || bytes.is_ascii() {
            return text.ok().map(str::to_owned);
        }
        let letters: Vec<char> = match text {
            Ok(text) => text.chars().collect(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        };
        match self {
            Self::Vni => vni(&letters),
            _ => letters.into_iter().map(tcvn3).collect(),
        }
    }
}

/// The letters of TCVN3 from 0xA1 on; spaces where it has none.
#[rustfmt::skip]
const TCVN3: [char; 94] = [
         'Ă', 'Â', 'Ê', 'Ô', 'Ơ', 'Ư', 'Đ', 'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'đ', ' ',
    ' ', ' ', ' ', ' ', ' ', 'à', 'ả', 'ã', 'á', 'ạ', ' ', 'ằ', 'ẳ', 'ẵ', 'ắ', ' ',
    ' ', ' ', ' ', ' ', ' ', ' ', 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'è', ' ', 'ẻ', 'ẽ',
    'é', 'ẹ', 'ề', 'ể', 'ễ', 'ế', 'ệ', 'ì', 'ỉ', ' ', ' ', ' ', 'ĩ', 'í', 'ị', 'ò',
    ' ', 'ỏ', 'õ', 'ó', 'ọ', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ', 'ù',
    ' ', 'ủ', 'ũ', 'ú', 'ụ', 'ừ', 'ử', 'ữ', 'ứ', 'ự', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ',
];

fn tcvn3(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return Some(letter);
    }
    let index = u32::from(letter).checked_sub(0xA1)?;
    let known = TCVN3.get(usize::try_from(index).ok()?).copied();
    known.filter(|known| *known != ' ')
}

/// Letters of VNI that are written as one, and what they are.
const VNI_LETTERS: [(char, char); 18] = [
    ('ô', 'ơ'),
    ('ö', 'ư'),
    ('ñ', 'đ'),
    ('í', 'í'),
    ('ì', 'ì'),
    ('æ', 'ỉ'),
    ('ó', 'ĩ'),
    ('ò', 'ị'),
    ('î', 'ỵ'),
    ('Ô', 'Ơ'),
    ('Ö', 'Ư'),
    ('Ñ', 'Đ'),
    ('Í', 'Í'),
    ('Ì', 'Ì'),
    ('Æ', 'Ỉ'),
    ('Ó', 'Ĩ'),
    ('Ò', 'Ị'),
    ('Î', 'Ỵ'),
];

/// Marks of VNI, and what they make of the vowels that they may follow.
const VNI_MARKS: [(char, &str, &str); 17] = [
    ('ù', "aeouyôö", "áéóúýớứ"),
    ('ø', "aeouyôö", "àèòùỳờừ"),
    ('û', "aeouyôö", "ảẻỏủỷởử"),
    ('õ', "aeouyôö", "ãẽõũỹỡữ"),
    ('ï', "aeouôö", "ạẹọụợự"),
    ('â', "aeo", "âêô"),
    ('á', "aeo", "ấếố"),
    ('à', "aeo", "ầềồ"),
    ('å', "aeo", "ẩểổ"),
    ('ã', "aeo", "ẫễỗ"),
    ('ä', "aeo", "ậệộ"),
    ('ê', "a", "ă"),
    ('é', "a", "ắ"),
    ('è', "a", "ằ"),
    ('ú', "a", "ẳ"),
    ('ü', "a", "ẵ"),
    ('ë', "a", "ặ"),
];

fn vni(letters: &[char]) -> Option<String> {
    let mut text = String::with_capacity(letters.len() * 2);
    let mut letters = letters.iter().copied().peekable();
    while let Some(letter) = letters.next() {
        let marked = letters.peek().and_then(|mark| vni_marked(letter, *mark));
        if marked.is_some() {
            letters.next();
        }
        text.push(marked.or_else(|| vni_letter(letter))?);
    }
    Some(text)
}

fn vni_letter(letter: char) -> Option<char> {
    let known = VNI_LETTERS.iter().find(|(known, _)| *known == letter);
    known.map(|(_, meant)| *meant).or(Some(letter).filter(char::is_ascii))
}

/// A vowel with a mark, capital as the vowel is.
fn vni_marked(vowel: char, mark: char) -> Option<char> {
    let small = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    let (_, vowels, meant) = VNI_MARKS.iter().find(|(known, ..)| *known == small(mark))?;
    let place = vowels.chars().position(|known| known == small(vowel))?;
    let meant = meant.chars().nth(place)?;
    match vowel.is_uppercase() {
        true => meant.to_uppercase().next(),
        false => Some(meant),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every letter of Vietnamese that ASCII lacks, small ones first.
    pub const LETTERS: &str = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ\
        ÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬĐÈẺẼÉẸÊỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢÙỦŨÚỤƯỪỬỮỨỰỲỶỸÝỴ";

    /// The letters that TCVN3 has.
    pub fn in_tcvn3() -> impl Iterator<Item = char> {
        let capitals = "ĂÂÊÔƠƯĐ";
        LETTERS
            .chars()
            .filter(move |letter| letter.is_lowercase() || capitals.contains(*letter))
    }

    /// Writes text as old software did; the tables are read the other way round.
    pub fn encode(encoding: Encoding, text: &str) -> Vec<u8> {
        text.chars()
            .flat_map(|letter| match letter {
                letter if letter.is_ascii() => vec![letter],
                letter if encoding == Encoding::Vni => in_vni(letter),
                letter => {
                    let place = TCVN3.iter().position(|known| *known == letter).unwrap();
                    vec![char::from(u8::try_from(place + 0xA1).unwrap())]
                }
            })
            .map(|letter| u8::try_from(u32::from(letter)).unwrap())
            .collect()
    }

    fn in_vni(letter: char) -> Vec<char> {
        if let Some((written, _)) = VNI_LETTERS.iter().find(|(_, meant)| *meant == letter) {
            return vec![*written];
        }
        let small = letter.to_lowercase().next().unwrap();
        let marked = VNI_MARKS.iter().find_map(|(mark, vowels, meant)| {
            let place = meant.chars().position(|known| known == small)?;
            Some([vowels.chars().nth(place)?, *mark])
        });
        let capital = |part: char| match letter.is_uppercase() {
            true => part.to_uppercase().next().unwrap(),
            false => part,
        };
        marked.unwrap().map(capital).to_vec()
    }

    /// The same bytes as the text that they look like, in UTF-8.
    pub fn as_latin1(bytes: &[u8]) -> String {
        bytes.iter().copied().map(char::from).collect()
    }

    #[test]
    fn names_that_old_software_wrote_are_read() {
        let name = "Nguyễn Thị Hòa, Trần Văn Đức, Phạm Hường, Lý Quỳnh Ngọc Ỷ";
        let tcvn3 = "NguyÔn ThÞ Hßa, TrÇn V¨n §øc, Ph¹m H\u{AD}êng, Lý Quúnh Ngäc û";
        let vni = "Nguyeãn Thò Hoøa, Traàn Vaên Ñöùc, Phaïm Höôøng, Lyù Quyønh Ngoïc YÛ";
        for (encoding, written) in [(Encoding::Tcvn3, tcvn3), (Encoding::Vni, vni)] {
            let bytes: Vec<u8> = written
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap())
                .collect();
            let name = match encoding {
                Encoding::Tcvn3 => name.replace('Ỷ', "ỷ"),
                _ => name.to_owned(),
            };
            assert_eq!(encoding.decode(&bytes).as_ref(), Some(&name));
            assert_eq!(encoding.decode(written.as_bytes()).as_ref(), Some(&name), "as Latin-1");
        }
    }

    #[test]
    fn every_letter_is_read_again_by_itself() {
        for letter in in_tcvn3() {
            let bytes = encode(Encoding::Tcvn3, &letter.to_string());
            assert_eq!(bytes.len(), 1);
            assert_eq!(Encoding::Tcvn3.decode(&bytes), Some(letter.to_string()));
        }
        for letter in LETTERS.chars() {
            let bytes = encode(Encoding::Vni, &letter.to_string());
            assert_eq!(Encoding::Vni.decode(&bytes), Some(letter.to_string()));
        }
    }

    #[test]
    fn what_means_nothing_is_not_read() {
        for byte in (0x80..=0xA0).chain([0xAF, 0xB0, 0xBA, 0xC0, 0xD9, 0xE0, 0xF0, 0xFF]) {
            assert_eq!(Encoding::Tcvn3.decode(&[b'a', byte, b'n']), None, "{byte:x}");
        }
        // A mark by itself, after a letter that it cannot follow, and twice.
        for text in ["ùn", "bù", "iù", "aùù", "eê", "a\u{80}", "\u{A0}"] {
            assert_eq!(Encoding::Vni.decode(text.as_bytes()), None, "{text}");
        }
        for text in ["Thủy", "ươ", "đ"] {
            assert_eq!(Encoding::Tcvn3.decode(text.as_bytes()), None, "Unicode is none of them");
            assert_eq!(Encoding::Vni.decode(text.as_bytes()), None);
        }
        assert_eq!(Encoding::Utf8.decode(b"\xE1"), None);
    }

    proptest! {
        #[test]
        fn text_is_read_as_it_was_written(text in text()) {
            let small = text.chars().map(|letter| match in_tcvn3().any(|known| known == letter) {
                true => letter,
                false => letter.to_lowercase().next().unwrap_or(letter),
            });
            let small: String = small.collect();
            for (encoding, text) in [(Encoding::Tcvn3, &small), (Encoding::Vni, &text)] {
                let bytes = encode(encoding, text);
                // No two letters that follow each other in a word of Vietnamese are UTF-8 in TCVN3.
                prop_assume!(bytes.is_ascii() || std::str::from_utf8(&bytes).is_err());
                prop_assert_eq!(encoding.decode(&bytes), Some(text.clone()));
                prop_assert_eq!(encoding.decode(as_latin1(&bytes).as_bytes()), Some(text.clone()));
            }
        }

        #[test]
        fn any_bytes_are_read_or_not_without_a_panic(bytes: Vec<u8>) {
            for (encoding, _) in Encoding::ALL {
                let _ = encoding.decode(&bytes);
            }
        }
    }

    /// Words of Vietnamese letters and others. No mark can follow by chance: VNI cannot tell a plain vowel before a letter
    /// that is also a mark, but none of its letters is.
    fn text() -> impl Strategy<Value = String> {
        let letters: Vec<char> = LETTERS
            .chars()
            .chain('a'..='z')
            .chain('A'..='Z')
            .chain([' ', ',', '-'])
            .collect();
        prop::collection::vec(prop::sample::select(letters), 0..40).prop_map(String::from_iter)
    }
}
