//! `like`, `ilike` and `regex`.

use ommi_core::query::MAX_PATTERN;

use crate::case::cases;
use crate::kit::*;

cases! {
    like_matches_the_whole_text,
    like_regards_case,
    like_percent_is_any_run_and_underscore_any_one,
    like_underscore_is_one_code_point,
    like_backslash_takes_the_next_character_as_it_is,
    like_takes_other_patterns_languages_literally,
    like_sees_line_breaks_as_characters,
    like_with_a_lone_backslash_is_refused,
    like_finds_the_empty_text,
    ilike_disregards_case_in_every_alphabet,
    ilike_knows_the_same_wildcards,
    regex_is_found_anywhere,
    regex_knows_the_common_syntax,
    regex_regards_case_unless_told,
    regex_dot_is_one_code_point_and_no_line_break,
    regex_that_is_wrong_is_refused_before_it_is_sent,
    regex_that_explodes_elsewhere_ends,
    texts_that_are_very_long,
    a_search_that_is_given_up_is_an_error,
    patterns_that_are_very_long,
    patterns_that_are_slow_to_compile_hold_nobody_up,
    patterns_and_null,
    patterns_of_many_kinds_in_one_query,
}

#[track_caller]
fn matches(db: &Db, operator: Operator, pattern: &str, yes: &[&str], no: &[&str]) -> Result<()> {
    let values: Vec<Value> = yes.iter().chain(no).map(|value| text(value)).collect();
    let sample = models::sample();
    let rows: Vec<Row> = values.into_iter().map(|value| vec![value]).collect();
    db.remove(find(&sample))?;
    db.add_all(&sample, &["text"], &rows)?;
    let found = db.values(
        find(&sample).filter(field(&sample, "text").is(operator, pattern)).by("id").select(&["text"]),
    )?;
    let expected: Vec<Value> = yes.iter().map(|value| text(value)).collect();
    assert_eq!(found, expected, "{} {pattern:?}", operator.name());
    let others = db.values(
        find(&sample)
            .filter(field(&sample, "text").is(operator, pattern).negate())
            .by("id")
            .select(&["text"]),
    )?;
    let expected: Vec<Value> = no.iter().map(|value| text(value)).collect();
    assert_eq!(others, expected, "not {} {pattern:?}", operator.name());
    Ok(())
}

fn like_matches_the_whole_text(db: &Db) -> Result<()> {
    matches(db, Like, "ab", &["ab"], &["abc", "cab", "", "a"])
}

fn like_regards_case(db: &Db) -> Result<()> {
    matches(db, Like, "a%", &["a", "abc"], &["A", "Abc", "Ä"])
}

fn like_percent_is_any_run_and_underscore_any_one(db: &Db) -> Result<()> {
    matches(db, Like, "a%b", &["ab", "axb", "axxb", "abb"], &["abc", "b", "ba"])?;
    matches(db, Like, "a_b", &["axb", "a_b", "a%b"], &["ab", "axxb"])?;
    matches(db, Like, "%a%b%", &["ab", "xaxbx", "aab"], &["ba", "b", ""])?;
    matches(db, Like, "__", &["ab", "__"], &["a", "abc"])
}

fn like_underscore_is_one_code_point(db: &Db) -> Result<()> {
    matches(db, Like, "x_", &["xä", "x😀", "x語"], &["x", "xe\u{301}", "xab"])
}

fn like_backslash_takes_the_next_character_as_it_is(db: &Db) -> Result<()> {
    matches(db, Like, r"100\%", &["100%"], &["1000", "100"])?;
    matches(db, Like, r"a\_b", &["a_b"], &["axb"])?;
    matches(db, Like, r"a\\b", &[r"a\b"], &["ab", r"a\\b"])?;
    matches(db, Like, r"\a\*", &["a*"], &["ax", r"\a*"])
}

fn like_takes_other_patterns_languages_literally(db: &Db) -> Result<()> {
    matches(db, Like, "a*b", &["a*b"], &["ab", "axb"])?;
    matches(db, Like, "a?b", &["a?b"], &["axb"])?;
    matches(db, Like, "[ab]", &["[ab]"], &["a", "b"])?;
    matches(db, Like, "[", &["["], &["a"])?;
    matches(db, Like, "[^a]]%", &["[^a]]x"], &["b]"])?;
    matches(db, Like, "a.b$", &["a.b$"], &["axb"])?;
    matches(db, Like, "'%'", &["'x'"], &["x"])
}

fn like_sees_line_breaks_as_characters(db: &Db) -> Result<()> {
    matches(db, Like, "a%b", &["a\nb", "a\r\n\nb"], &["a\nc"])?;
    matches(db, Like, "a_b", &["a\nb"], &["a\r\nb"])
}

fn like_with_a_lone_backslash_is_refused(db: &Db) -> Result<()> {
    let sample = models::sample();
    for operator in [Like, ILike] {
        let error = refuses(db, &sample, field(&sample, "text").is(operator, r"a\"), ErrorKind::Validation);
        assert_eq!((error.model(), error.field()), (Some("Sample"), Some("text")));
    }
    Ok(())
}

fn like_finds_the_empty_text(db: &Db) -> Result<()> {
    matches(db, Like, "", &[""], &["a", " "])?;
    matches(db, Like, "%", &["", "a", "\n"], &[])
}

fn ilike_disregards_case_in_every_alphabet(db: &Db) -> Result<()> {
    matches(db, ILike, "straSSe", &["strasse", "STRASSE", "StraSSe"], &["straße", "strasse "])?;
    matches(db, ILike, "ärger%", &["Ärger", "ÄRGER", "ärgernis"], &["Arger", "arger"])?;
    matches(db, ILike, "привет", &["ПРИВЕТ", "Привет"], &["привет!"])?;
    matches(db, ILike, "ΣΊΣΥΦΟΣ", &["σίσυφος", "ΣΊΣΥΦΟΣ"], &["σισυφος"])
}

fn ilike_knows_the_same_wildcards(db: &Db) -> Result<()> {
    matches(db, ILike, "a_b%", &["AXB", "a\nBc"], &["ab", "AXXB"])?;
    matches(db, ILike, r"A\%", &["a%", "A%"], &["ab"])?;
    matches(db, ILike, "a.b*(c", &["A.B*(C"], &["axb(c"])
}

fn regex_is_found_anywhere(db: &Db) -> Result<()> {
    matches(db, Regex, "b+", &["b", "abba", "xb"], &["", "a", "B"])?;
    matches(db, Regex, "^b", &["b", "ba"], &["ab"])?;
    matches(db, Regex, "b$", &["b", "ab"], &["ba"])?;
    matches(db, Regex, "", &["", "a"], &[])
}

fn regex_knows_the_common_syntax(db: &Db) -> Result<()> {
    matches(
        db,
        Regex,
        r"^\d{3}-[a-f]+(x|yz)?$",
        &["123-abc", "000-fyz", "999-ax"],
        &["12-abc", "123-g", "123-ay"],
    )?;
    matches(db, Regex, r"^[^a-z]*?\.$", &["A1.", "."], &["a.", "A"])?;
    matches(db, Regex, r"\bword\b", &["a word", "word!"], &["words", "sword"])
}

fn regex_regards_case_unless_told(db: &Db) -> Result<()> {
    matches(db, Regex, "ab", &["ab"], &["AB", "Ab"])?;
    matches(db, Regex, "(?i)äb", &["ÄB", "äb"], &["ab"])
}

fn regex_dot_is_one_code_point_and_no_line_break(db: &Db) -> Result<()> {
    matches(db, Regex, "^a.b$", &["axb", "a😀b", "aäb"], &["ab", "a\nb", "axxb"])
}

fn regex_that_is_wrong_is_refused_before_it_is_sent(db: &Db) -> Result<()> {
    let sample = models::sample();
    for wrong in ["(", "[a", "*a", "a{2,1}", r"(?=a)", r"(a)\1", r"\p{Nonsense}"] {
        let error = refuses(db, &sample, field(&sample, "text").is(Regex, wrong), ErrorKind::Validation);
        assert_eq!((error.model(), error.field()), (Some("Sample"), Some("text")));
    }
    Ok(())
}

fn regex_that_explodes_elsewhere_ends(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &[text(&"a".repeat(5000))])?;
    finds(db, &sample, field(&sample, "text").is(Regex, "^(a+)+$"), &[1]);
    finds(db, &sample, field(&sample, "text").is(Regex, "^(a|a)*b$"), &[]);
    Ok(())
}

fn texts_that_are_very_long(db: &Db) -> Result<()> {
    let long = "ab\n".repeat(100_000);
    let sample = stored(db, "text", &[text(&format!("{long}é")), text(&long)])?;
    for pattern in ["%é", "%é%", "ab%é", "%b%\n_", "_b%é"] {
        finds(db, &sample, field(&sample, "text").is(Like, pattern), &[1]);
        finds(db, &sample, field(&sample, "text").is(Like, pattern).negate(), &[2]);
        finds(db, &sample, field(&sample, "text").is(ILike, pattern.to_uppercase()), &[1]);
    }
    for pattern in ["(?s)^.*é$", "(?s)^a.+é", "é"] {
        finds(db, &sample, field(&sample, "text").is(Regex, pattern), &[1]);
    }
    Ok(())
}

fn a_search_that_is_given_up_is_an_error(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &[text(&format!("{}é", "ab".repeat(150_000)))])?;
    let searches = [
        (Like, "%a%b%é%"),
        (ILike, "%A%É%"),
        (Regex, "^(ab)+é$"),
        (Regex, "^(a|b)*é"),
        (Regex, "^(a?b?)*é"),
        (Regex, "^(ab|a|b)+é"),
    ];
    for (operator, pattern) in searches {
        let searched = |predicate: Expr| db.ids(find(&sample).filter(predicate).select(&["id"]));
        let matches = || field(&sample, "text").is(operator, pattern);
        for (predicate, expected) in [(matches(), vec![1]), (matches().negate(), vec![])] {
            match searched(predicate) {
                Ok(found) => assert_eq!(found, expected, "{pattern}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Query, "{pattern}: {error:?}"),
            }
        }
    }
    Ok(())
}

fn patterns_that_are_very_long(db: &Db) -> Result<()> {
    let longest = "ab".repeat(MAX_PATTERN / 2);
    let sample = stored(db, "text", &[text(&longest), text("ab")])?;
    for operator in [Like, ILike, Regex] {
        finds(db, &sample, field(&sample, "text").is(operator, longest.as_str()), &[1]);
    }
    let too_long = longest.clone() + "a";
    for operator in [ILike, Regex] {
        let refuse = || db.ids(find(&sample).filter(field(&sample, "text").is(operator, too_long.as_str())));
        refused(db.unsent(refuse), ErrorKind::Validation);
    }
    // A database may have a limit for the length of others, and for what repeats make of a short one, and says so then.
    let too_much = [(Like, "ab".repeat(100_000)), (Regex, "(((a{100}){100}){100}){100}".to_owned())];
    for (operator, pattern) in too_much {
        let found = field(&sample, "text").is(operator, pattern.as_str());
        match db.ids(find(&sample).filter(field(&sample, "text").is(Eq, "ab").and(found))) {
            Ok(found) => assert_eq!(found, [] as [i64; 0]),
            Err(error) => {
                let kinds = [ErrorKind::Query, ErrorKind::Validation, ErrorKind::Unsupported];
                assert!(kinds.contains(&error.kind()), "{error:?}")
            }
        }
    }
    Ok(())
}

fn patterns_that_are_slow_to_compile_hold_nobody_up(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let held = (191..211).map(|length| {
        let slow = format!(r"^\w{{{length}}}$");
        let count = Operation::Count(find(&user).filter(field(&user, "name").is(Regex, slow)));
        let begun = std::time::Instant::now();
        let answered = db.fetch_now(&count, &mut RowBatch::default()).is_some();
        if answered { begun.elapsed().as_millis() } else { 0 }
    });
    // To compile one takes 100 times as long. The machine may do something else meanwhile, but not each time.
    assert!(held.min() < Some(50), "the calling thread was held each time");
    Ok(())
}

fn patterns_and_null(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &[text("a"), NULL])?;
    for operator in [Like, ILike, Regex] {
        finds(db, &sample, field(&sample, "text").is(operator, "a").negate(), &[]);
        finds(db, &sample, field(&sample, "text").is(operator, NULL), &[]);
        finds(db, &sample, field(&sample, "text").is(operator, NULL).negate(), &[]);
    }
    Ok(())
}

fn patterns_of_many_kinds_in_one_query(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let name = || field(&user, "name");
    let all = name()
        .is(Like, "%a")
        .and(name().is(ILike, "ADA"))
        .and(name().is(Regex, "d"))
        .and(name().is(Contains, "d"));
    finds(db, &user, all, &[1]);
    // More patterns than a connection is likely to keep compiled.
    for round in 0..3 {
        for number in 0..100 {
            let nobody = name().is(Regex, format!("{number}-{round}"));
            finds(db, &user, nobody.or(name().is(Regex, "^b")), &[2]);
        }
    }
    Ok(())
}
