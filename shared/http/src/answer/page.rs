//! A page for people, in place of JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style sheet of a page.
#[derive(Debug)]
pub struct Style {
    css: &'static str,
    policy: String,
}

/// An HTML page that loads nothing and runs no script.
#[derive(Debug)]
pub struct Page {
    pub(crate) html: String,
    /// The Content-Security-Policy, which allows the one style sheet and nothing else.
    pub(crate) policy: &'static str,
}

impl Style {
    /// A style sheet, which pages have in their only `<style>` element.
    pub fn new(css: &'static str) -> Self {
        let digest = STANDARD.encode(Sha256::digest(css));
        Self { css, policy: format!("default-src 'none'; style-src 'sha256-{digest}'") }
    }

    /// The text of the element.
    pub const fn css(&self) -> &'static str {
        self.css
    }
}

impl Page {
    /// A page with this style sheet.
    pub fn new(html: String, style: &'static Style) -> Self {
        Self { html, policy: &style.policy }
    }
}
