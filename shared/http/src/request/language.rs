//! The language of an answer's message.

use crate::request::event::{Headers, Sent};
use lambda_http::http::header::ACCEPT_LANGUAGE;
use payments_language::Language;
use payments_process::{Environment, SettingError};

const PAYMENTS_LANGUAGE: &str = "PAYMENTS_LANGUAGE";

/// The language for a client that prefers none of ours.
///
/// # Errors
/// A setting that is invalid.
pub fn default_language(environment: Environment<'_>) -> Result<Language, SettingError> {
    let Some(tag) = environment.text(PAYMENTS_LANGUAGE)? else { return Ok(Language::English) };
    let language = Language::ALL.into_iter().find(|language| language.tag() == tag);
    language.ok_or(SettingError { name: PAYMENTS_LANGUAGE, problem: "must be `en` or `ko`" })
}

/// The language that the client of a request gets. A gateway joins repeated headers, so there is one value at most.
pub(crate) fn language_of(headers: &Headers, default: Language) -> Language {
    match headers.all(&ACCEPT_LANGUAGE).next() {
        Some(Sent::Text(value)) => Language::preferred(value.as_bytes(), default),
        Some(Sent::NotText) | None => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn the_default_is_english_unless_the_setting_names_another() {
        let default = |value: Option<&str>| {
            default_language(Environment::new(&|name: &str| {
                assert_eq!(name, PAYMENTS_LANGUAGE);
                value.map(OsString::from)
            }))
        };
        for (value, language) in [
            (None, Language::English),
            (Some(""), Language::English),
            (Some("en"), Language::English),
            (Some("ko"), Language::Korean),
        ] {
            assert_eq!(default(value), Ok(language), "{value:?}");
        }
        for value in ["KO", "ko-KR", "fr", "ko,en", " ko"] {
            assert_eq!(
                default(Some(value)).unwrap_err().to_string(),
                "PAYMENTS_LANGUAGE must be `en` or `ko`",
                "{value}"
            );
        }
    }
}
