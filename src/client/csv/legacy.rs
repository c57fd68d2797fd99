//! Encodings of Vietnamese from before Unicode, in which old software still exports: TCVN3 (TCVN 5712, the fonts `.Vn…`) and VNI.
//! Their bytes are Latin-1 text that makes no sense; some exports are that text in UTF-8. To guess at a name is worse than to
//! refuse it.

/// How many letters that make no sense it takes.
const ENOUGH: usize = 8;

/// Which of them a text is written in, by its first bytes; none if it may be Unicode.
pub fn written_in(first: &[u8]) -> Option<&'static str> {
    let text = match std::str::from_utf8(first) {
        Ok(text) => text.to_owned(),
        // The end may have been cut off within a letter.
        Err(error) if first.len() - error.valid_up_to() < 4 => {
            String::from_utf8_lossy(&first[..error.valid_up_to()]).into_owned()
        }
        Err(_) => first.iter().map(|byte| char::from(*byte)).collect(),
    };
    let letters: Vec<char> = text.chars().collect();
    // Nobody writes a file of Vietnamese names without one of these.
    if letters.iter().copied().any(is_vietnamese) {
        return None;
    }
    let pairs = || letters.windows(2).filter(|pair| pair[0].is_ascii_alphabetic());
    let vni = pairs().filter(|pair| is_vni(pair[0], pair[1])).count();
    let tcvn3 = pairs().filter(|pair| is_tcvn3(pair[1])).count();
    match (vni.max(tcvn3) >= ENOUGH, vni >= tcvn3) {
        (false, _) => None,
        (true, true) => Some("VNI"),
        (true, false) => Some("TCVN3"),
    }
}

/// A letter that Latin-1 lacks.
fn is_vietnamese(letter: char) -> bool {
    matches!(letter, '\u{1EA0}'..='\u{1EF9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{0300}'..='\u{0323}')
}

/// A mark of VNI, which follows its vowel as a letter of its own.
fn is_vni(vowel: char, mark: char) -> bool {
    let marked = matches!(
        mark,
        'ù' | 'ø'
            | 'û'
            | 'õ'
            | 'ï'
            | 'á'
            | 'à'
            | 'å'
            | 'ã'
            | 'ä'
            | 'â'
            | 'ê'
            | 'é'
            | 'è'
            | 'ú'
            | 'ü'
            | 'ë'
            | 'Ù'
            | 'Ø'
            | 'Û'
            | 'Õ'
            | 'Ï'
            | 'Á'
            | 'À'
            | 'Å'
            | 'Ã'
            | 'Ä'
            | 'Â'
            | 'Ê'
            | 'É'
            | 'È'
            | 'Ú'
            | 'Ü'
            | 'Ë'
    );
    marked && matches!(vowel.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// A letter of TCVN3, in the place of a vowel.
fn is_tcvn3(letter: char) -> bool {
    matches!(
        letter,
        'µ' | '¸'
            | '¶'
            | '·'
            | '¹'
            | '»'
            | '¾'
            | '¼'
            | '½'
            | 'Æ'
            | '©'
            | 'Ç'
            | 'Ê'
            | 'È'
            | 'É'
            | 'Ë'
            | '®'
            | 'Ì'
            | 'Ð'
            | 'Î'
            | 'Ï'
            | 'Ñ'
            | 'ª'
            | 'Õ'
            | 'Ò'
            | 'Ó'
            | 'Ô'
            | 'Ö'
            | '×'
            | 'Ý'
            | 'Ø'
            | 'Ü'
            | 'Þ'
            | 'ß'
            | 'ç'
            | '«'
            | 'å'
            | 'æ'
            | '¬'
            | 'î'
            | 'ñ'
            | '\u{AD}'
            | 'ö'
            | '÷'
            | 'ø'
            | 'þ'
            | '¨'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latin-1 text as bytes.
    fn latin1(text: &str) -> Vec<u8> {
        text.chars()
            .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
            .collect()
    }

    // "Nguyễn Thị Hòa, Trần Văn Đức, Phạm Thị Hường" in each.
    const TCVN3: &str = "NguyÔn ThÞ Hßa, TrÇn V¨n §øc, Ph¹m ThÞ H\u{AD}êng, NguyÔn ThÞ Hßa, TrÇn V¨n §øc";
    const VNI: &str = "Nguyeãn Thò Hoøa, Traàn Vaên Ñöùc, Phaïm Thò Höôøng, Nguyeãn Vaên Hoøa, Traàn Vaên Phaïm";

    #[test]
    fn old_encodings_are_recognised_as_bytes_and_as_the_text_they_look_like() {
        for (text, encoding) in [(TCVN3, "TCVN3"), (VNI, "VNI")] {
            assert_eq!(written_in(&latin1(text)), Some(encoding));
            assert_eq!(written_in(text.as_bytes()), Some(encoding));
        }
    }

    #[test]
    fn unicode_is_not_taken_for_one_wherever_it_is_cut() {
        let text = "Nguyễn Thị Hòa, François Müller, Æsa Þórsdóttir, Trần Văn Đức";
        for end in 0..text.len() {
            assert_eq!(written_in(&text.as_bytes()[..end]), None, "{end}");
        }
        let foreign = "François Müller, Jürgen Groß, Señor Núñez, Zoë Brontë, Chloë";
        assert_eq!(written_in(foreign.as_bytes()), None);
    }
}
