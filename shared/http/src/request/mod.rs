//! From an event to values: which endpoint it is for, who sent it, and what it asks for.

mod auth;
mod call;
mod digest;
mod error;
mod event;
mod field;
mod keys;
mod language;
mod route;
mod token;

pub(crate) use auth::authenticate;
pub use call::{Call, JsonObject};
pub use error::{BodyError, RequestError};
pub(crate) use event::{BODY_LIMIT, Headers, Request, TOKEN_PARAMETER};
pub use event::{Incoming, NotHttpEvent};
pub use field::{Field, FieldError};
pub use keys::{PUBLISHED_KEY, SECRET_KEY, SECRET_KEY_SHA256, SecretKeys};
pub use language::default_language;
pub(crate) use language::language_of;
pub use route::Route;
pub use token::ReceiptToken;
