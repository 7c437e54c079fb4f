//! Letters: small and capital ones, and white space. It is what `lower`, `upper` and `trim` mean.
//!
//! Databases map letters by different versions of Unicode, and some by tables of one letter to one. What all of them can do is
//! the language's: the mapping of one letter to one ("simple" in Unicode's words) of the letters that Unicode 5.2 (2009)
//! knew. A letter added later keeps its form, and so does one whose other form is two letters: `ß` stays `ß` in `upper`.

/// Letters that had a mapping in Unicode 5.2. Later ones are in none of these ranges, and a letter's mapping never changes.
const KNOWN: [(char, char); 21] = [
    ('\u{41}', '\u{25b}'),
    ('\u{260}', '\u{260}'),
    ('\u{263}', '\u{263}'),
    ('\u{268}', '\u{269}'),
    ('\u{26b}', '\u{26b}'),
    ('\u{26f}', '\u{280}'),
    ('\u{283}', '\u{283}'),
    ('\u{288}', '\u{292}'),
    ('\u{345}', '\u{37d}'),
    ('\u{386}', '\u{3f2}'),
    ('\u{3f4}', '\u{525}'),
    ('\u{531}', '\u{10c5}'),
    ('\u{1d79}', '\u{1d7d}'),
    ('\u{1e00}', '\u{2c2e}'),
    ('\u{2c30}', '\u{2c5e}'),
    ('\u{2c60}', '\u{2cee}'),
    ('\u{2d00}', '\u{2d25}'),
    ('\u{a640}', '\u{a65f}'),
    ('\u{a662}', '\u{a697}'),
    ('\u{a722}', '\u{a78c}'),
    ('\u{ff21}', '\u{1044f}'),
];

/// The small letter of a letter; any other character itself.
pub fn small(letter: char) -> char {
    match letter {
        // Its whole mapping keeps the dot as a second character.
        'İ' => 'i',
        letter => one_to_one(letter, letter.to_lowercase()),
    }
}

/// The capital letter of a letter; any other character itself.
pub fn capital(letter: char) -> char {
    let above = |distance: u32| char::from_u32(u32::from(letter) + distance).unwrap_or(letter);
    match letter {
        // Greek letters with an iota below: one letter to one keeps it there, the whole mapping sets it beside.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => above(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => above(9),
        letter => one_to_one(letter, letter.to_uppercase()),
    }
}

fn one_to_one(letter: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(other), None) if is_known(letter) && is_known(other) => other,
        _ => letter,
    }
}

fn is_known(letter: char) -> bool {
    let next = KNOWN.partition_point(|(first, _)| *first <= letter);
    next > 0 && letter <= KNOWN[next - 1].1
}

/// The letters that have a small letter, each with it: for databases that are told letter by letter.
pub fn with_small() -> impl Iterator<Item = (char, char)> {
    pairs(small)
}

/// The letters that have a capital letter, each with it.
pub fn with_capital() -> impl Iterator<Item = (char, char)> {
    pairs(capital)
}

fn pairs(mapping: fn(char) -> char) -> impl Iterator<Item = (char, char)> {
    let known = ('A'..=KNOWN[KNOWN.len() - 1].1).map(move |letter| (letter, mapping(letter)));
    known.filter(|(letter, mapped)| letter != mapped)
}

/// Every character that is white space to Unicode.
pub fn white_space() -> String {
    ('\0'..='\u{3000}').filter(|character| character.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(text: &str, mapping: fn(char) -> char) -> String {
        text.chars().map(mapping).collect()
    }

    #[test]
    fn letters_are_mapped_one_to_one() {
        assert_eq!(mapped("ÀÉß ǅ ΑΣ Жя ᾈ İ Ⅻ 𐐀 K 1", small), "àéß ǆ ας жя ᾀ i ⅻ 𐐨 k 1".replace('ς', "σ"));
        assert_eq!(mapped("àéß ǅ ας жя ᾀ ı ⅻ 𐐨 ﬁ ŉ", capital), "ÀÉß Ǆ ΑΣ ЖЯ ᾈ I Ⅻ 𐐀 ﬁ ŉ");
    }

    #[test]
    fn letters_added_to_unicode_later_keep_their_form() {
        for letter in ['Ა', 'Ꭰ', 'Ԩ', '\u{1e900}', '\u{a7dc}', 'Ⱟ'] {
            assert_eq!(small(letter), letter, "{letter:?}");
        }
        for letter in ['ა', 'ꭰ', 'ԩ', 'ɪ', 'ᲀ', '\u{10d70}'] {
            assert_eq!(capital(letter), letter, "{letter:?}");
        }
    }

    #[test]
    fn a_newer_standard_library_adds_no_letters() {
        assert_eq!((with_small().count(), with_capital().count()), (1029, 1037));
    }

    #[test]
    fn replacing_letters_one_after_the_other_is_replacing_them_at_once() {
        for mapping in [small, capital] {
            assert!(('\0'..='\u{10ffff}').all(|letter| mapping(mapping(letter)) == mapping(letter)));
        }
    }
}
