//! The languages of messages: which one a client gets, and a text in each of them.
//!
//! [`text!`] writes a text in every language, so a table of messages has its translations side by side, and one that is missing does
//! not compile. A new language is a variant of [`Language`] and a field of [`Text`]; the compiler then names every text without it.

use parse_net::Limits;
use parse_net::negotiate::{Negotiator, Outcome, best_language, parse_weighted};
use std::cmp::Reverse;

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, `en`.
    English,
    /// Korean, `ko`.
    Korean,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag, as `Accept-Language` and `Content-Language` have it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language that a client prefers, from the value of its `Accept-Language` (RFC 9110, section 12.5.4). `ko-KR` counts as
    /// `ko`. Of two languages with the same weight, it is the one that the client named first. A header that is malformed, or that
    /// accepts none of our languages, gives the default: an answer in another language is better than none.
    pub fn preferred(accept_language: &[u8], default: Self) -> Self {
        let Ok(ranges) = parse_weighted(accept_language, &Limits::DEFAULT) else { return default };
        let rank = |language: Self| {
            let offer = [language.tag()];
            let outcome = Negotiator::new().language(Some(accept_language), &offer);
            let Outcome::Chosen { weight, .. } = outcome else { return None };
            let named = ranges.iter().position(|range| best_language(Some(range.value), &offer).is_some());
            // `*` names all of them at the same place.
            Some((weight, Reverse(named), language == default))
        };
        let best = Self::ALL.into_iter().filter_map(|language| Some((rank(language)?, language)));
        best.max_by_key(|(rank, _)| *rank).map_or(default, |(_, language)| language)
    }
}

/// A text in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

impl Text {
    /// The text in one language.
    pub fn in_language(self, language: Language) -> String {
        match language {
            Language::English => self.en,
            Language::Korean => self.ko,
        }
    }
}

/// A [`Text`] from a format string for each language: `text! { en: "{field} is required.", ko: "{field} 필드는 필수입니다." }`.
#[macro_export]
macro_rules! text {
    (en: $en:literal, ko: $ko:literal $(,)?) => {
        $crate::Text { en: ::std::format!($en), ko: ::std::format!($ko) }
    };
}

#[cfg(test)]
mod tests {
    use super::Language::{English, Korean};
    use super::*;

    /// A header, and the language that a client gets for it if the default is English, and if it is Korean.
    const HEADERS: &[(&str, Language, Language)] = &[
        // One language.
        ("ko", Korean, Korean),
        ("en", English, English),
        ("KO", Korean, Korean),
        ("ko-KR", Korean, Korean),
        ("ko-Kore-KR", Korean, Korean),
        ("en-GB", English, English),
        (" \tko\t ", Korean, Korean),
        ("fr", English, Korean),
        ("kok", English, Korean),
        ("k", English, Korean),
        // Several, of which the highest weight counts.
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Korean, Korean),
        ("en-US,en;q=0.9,ko;q=0.8", English, English),
        ("en;q=0.1, ko;q=0.2", Korean, Korean),
        ("en;q=0.001, ko;q=0.002", Korean, Korean),
        ("ko;Q=0.3, en;q=0.20", Korean, Korean),
        ("ko ; q=0.3 , en ;q=0.2", Korean, Korean),
        ("fr, de;q=0.9, ko;q=0.1", Korean, Korean),
        (",, ko ,,", Korean, Korean),
        // The same weight: the order counts.
        ("ko, en", Korean, Korean),
        ("en, ko", English, English),
        ("ko-KR, en", Korean, Korean),
        ("en-US, ko", English, English),
        ("fr, ko;q=0.5, en;q=0.5", Korean, Korean),
        // The closest range has the weight of a language, not the first one.
        ("ko-KR;q=0.1, en;q=0.5, ko;q=0.9", Korean, Korean),
        ("ko-KR, ko;q=0.1, en;q=0.5", English, English),
        // Any language.
        ("*", English, Korean),
        ("fr, *", English, Korean),
        ("*, ko", English, Korean),
        ("ko, *", Korean, Korean),
        ("ko, *;q=0.5", Korean, Korean),
        ("en;q=0.2, *;q=0.5", Korean, Korean),
        ("*;q=0.5, ko;q=0.2", English, English),
        // None of a language.
        ("ko;q=0", English, Korean),
        ("ko;q=0, en", English, English),
        ("ko;q=0.000, *", English, English),
        ("en;q=0, *", Korean, Korean),
        ("*;q=0", English, Korean),
        ("en;q=0, ko;q=0", English, Korean),
        ("ko, *;q=0", Korean, Korean),
        // No valid header.
        ("", English, Korean),
        (",", English, Korean),
        ("ko;q=2", English, Korean),
        ("ko;q=1.001", English, Korean),
        ("ko;q=-1", English, Korean),
        ("ko;q=x", English, Korean),
        ("ko;q=", English, Korean),
        ("ko;q", English, Korean),
        ("ko;q=0.1234", English, Korean),
        ("ko;q=\"1\"", English, Korean),
        ("ko en", English, Korean),
        ("ko, en;q=x", English, Korean),
        (";q=1", English, Korean),
        ("한국어", English, Korean),
        ("ko\u{0}", English, Korean),
        ("ko\r\nen", English, Korean),
        ("ko_KR", English, Korean),
    ];

    #[test]
    fn a_client_gets_the_language_that_it_prefers_or_the_default() {
        assert_eq!(Language::preferred(b"ko\xff", English), English, "a byte that is not text");
        for (header, of_english, of_korean) in HEADERS {
            assert_eq!(
                Language::preferred(header.as_bytes(), English),
                *of_english,
                "{header:?}, and English by default"
            );
            assert_eq!(Language::preferred(header.as_bytes(), Korean), *of_korean, "{header:?}, and Korean by default");
        }
    }

    #[test]
    fn a_list_over_the_limits_gives_the_default() {
        let preferred = |header: String| Language::preferred(header.as_bytes(), English);
        let after = |length: usize| vec!["fr"; length].join(",") + ",ko";
        assert_eq!(preferred(after(1_000)), Korean);
        assert_eq!(preferred(after(100_000)), English);
        assert_eq!(preferred(",".repeat(1_000_000) + "ko"), English);
        assert_eq!(preferred(format!("ko{}", ";q=1".repeat(1_000_000))), English);
        assert_eq!(preferred(format!("ko{}", "-kr".repeat(1_000_000))), Korean, "one long range is not a list");
    }

    #[test]
    fn a_text_has_its_values_in_each_language() {
        let field = "amount";
        let text = text! { en: "{field} is required.", ko: "{field} 필드는 필수입니다." };
        assert_eq!(text.clone().in_language(English), "amount is required.");
        assert_eq!(text.in_language(Korean), "amount 필드는 필수입니다.");
    }
}
