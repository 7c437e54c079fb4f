//! Which regular expressions PCRE2 may give up. It tries one way after the other, and MongoDB lets it try ten million
//! times and a few thousand steps deep; a filter then takes the text for one that does not match, without a word.

use ommi_core::query::pattern::{is_character, repeated};
use regex_syntax::hir::{Hir, HirKind};

/// Whether a search may be given up: where there is more than one choice to come back to, or one for each repeat of a group.
pub(super) fn may_be_given_up(hir: &Hir) -> bool {
    choices(hir).is_none_or(|choices| choices > 1)
}

/// The number of choices; nothing where there is no bound.
fn choices(hir: &Hir) -> Option<u32> {
    let all = |parts: &[Hir], own: u32| {
        parts.iter().try_fold(own, |sum, part| Some(sum.saturating_add(choices(part)?)))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => Some(0),
        HirKind::Capture(capture) => choices(&capture.sub),
        HirKind::Concat(parts) => all(parts, 0),
        HirKind::Alternation(parts) => all(parts, 1),
        HirKind::Repetition(repetition) => match repeated(repetition) {
            (what, min, Some(max)) if min == max => Some(choices(what)?.saturating_mul(min)),
            (what, _, _) => is_character(what).then_some(1),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::may_be_given_up;

    #[test]
    fn what_has_one_choice_at_most_comes_to_an_end() {
        for (pattern, may) in [
            ("", false),
            ("^abc", false),
            ("^a+", false),
            ("^(a+)+$", false),
            (r"\babc\b", false),
            ("(ab){3}", false),
            ("foo|bar", false),
            ("(ab)+", true),
            ("(foo|bar)(x|yz)", true),
            ("a*a*", true),
            ("(a?b){2}", true),
            ("(a?b){1}", false),
        ] {
            assert_eq!(may_be_given_up(&regex_syntax::parse(pattern).unwrap()), may, "{pattern}");
        }
    }
}
