//! The server's own paths for integrators' tests: its health, a reset that empties its table, the faults, the journal, the report,
//! and a page that shows all of this live.
//!
//! The paths begin with `/__local`. Only the local server has them, and they need no key, as the embedded DynamoDB needs none.
//! This module must not change a DynamoDB that is not part of this program.

mod error;
mod events;
mod faults;
mod input;
mod page;
mod report;
mod requests;

use crate::exchange::Exchanges;
use crate::follower::Follower;
use crate::report::examine;
use crate::response::{Body, redirect, response, streamed};
use bytes::Bytes;
use error::AdminError;
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Shared};
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};
use payments_dynamodb::{PaymentsTable, TableError, TableState};
use payments_http::Route;
use payments_language::Language;
use serde_json::{Value, json};
use std::sync::Arc;

/// The requests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AdminRequest {
    /// Whether the server takes payments.
    Health,
    /// Delete all payments, remove all faults and forget all requests.
    Reset,
    /// Arm a fault.
    ArmFault,
    /// All faults since the last reset.
    Faults,
    /// Disarm all faults.
    DisarmFaults,
    /// Disarm one.
    DisarmFault,
    /// The requests of the journal.
    Requests,
    /// Whether the client follows the rules.
    Report,
    /// The page.
    Page,
    /// The redirect to the page.
    RedirectToPage,
}

/// The first segment of these paths.
pub(crate) const FOLDER: &str = "__local";
const HEALTH: &str = "/__local/health";
const FAULTS: &str = "/__local/faults";
const PAGE: &str = "/__local/";

/// Their routes. Health also accepts HEAD, which some tools send while they wait for a server.
pub(crate) const ROUTES: [(Route, AdminRequest); 11] = [
    (Route::get(HEALTH), AdminRequest::Health),
    (Route { method: "HEAD", path: HEALTH }, AdminRequest::Health),
    (Route::post("/__local/reset"), AdminRequest::Reset),
    (Route::get(FAULTS), AdminRequest::Faults),
    (Route::post(FAULTS), AdminRequest::ArmFault),
    (Route { method: "DELETE", path: FAULTS }, AdminRequest::DisarmFaults),
    (Route { method: "DELETE", path: "/__local/faults/{id}" }, AdminRequest::DisarmFault),
    (Route::get("/__local/requests"), AdminRequest::Requests),
    (Route::get("/__local/report"), AdminRequest::Report),
    (Route::get(PAGE), AdminRequest::Page),
    (Route::get("/__local"), AdminRequest::RedirectToPage),
];

/// The route of the events.
pub(crate) const EVENTS: Route = Route::get("/__local/events");

/// What these requests are about.
#[derive(Debug)]
pub(crate) struct Admin {
    pub(crate) table: PaymentsTable,
    /// Whether the DynamoDB is part of this program. Another one is not emptied: it may hold real payments.
    pub(crate) embedded: bool,
    pub(crate) exchanges: Arc<Exchanges>,
    /// Resolves when the server stops, and ends the events.
    pub(crate) stopped: Stopped,
}

/// Resolves when a part of the server must stop.
pub(crate) type Stopped = Shared<BoxFuture<'static, ()>>;

/// The parts of a request that it may need.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    pub(crate) parameters: &'a [(&'static str, String)],
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

impl Admin {
    pub(crate) async fn answer(&self, action: AdminRequest, input: Input<'_>, language: Language) -> Response<Bytes> {
        self.carry_out(action, &input, language).await.unwrap_or_else(|error| error.response(language))
    }

    /// What happens from now on, as long as the client listens.
    pub(crate) fn events(&self) -> Response<Body> {
        let events = events::of(Follower::new(Arc::clone(&self.exchanges)));
        streamed(HeaderValue::from_static("text/event-stream"), events.take_until(self.stopped.clone()))
    }

    async fn carry_out(
        &self,
        action: AdminRequest,
        input: &Input<'_>,
        language: Language,
    ) -> Result<Response<Bytes>, AdminError> {
        let body = match action {
            AdminRequest::Health => {
                self.usable().await.map_err(AdminError::Unusable)?;
                json!({ "status": "READY" })
            }
            AdminRequest::Reset => {
                self.reset().await?;
                json!({ "status": "EMPTY" })
            }
            AdminRequest::ArmFault => {
                let fault = faults::read(input.body)?;
                let mut armed = self.exchanges.faults();
                let armed = armed.arm(fault).ok_or(AdminError::TooManyFaults)?;
                return Ok(json_response(StatusCode::CREATED, &faults::json_of(armed)));
            }
            AdminRequest::Faults => self.faults(),
            AdminRequest::DisarmFaults => {
                self.exchanges.faults().disarm_all();
                self.faults()
            }
            AdminRequest::DisarmFault => {
                let id = input.parameters.first().and_then(|(_, id)| id.parse().ok());
                let mut faults = self.exchanges.faults();
                faults::json_of(id.and_then(|id| faults.disarm(id)).ok_or(AdminError::NoSuchFault)?)
            }
            AdminRequest::Requests => {
                let filter = requests::read(input.query)?;
                self.exchanges.answers_sent().await;
                let journal = self.exchanges.journal();
                let matching = journal.entries().filter(|entry| filter.matches(&entry.asked));
                requests::json_of(matching, journal.forgotten())
            }
            AdminRequest::Report => {
                let required = report::read(input.query)?;
                self.exchanges.answers_sent().await;
                // The journal takes new requests while these are examined.
                let requests: Vec<_> = self.exchanges.journal().entries().cloned().collect();
                return Ok(report::response_of(&examine(&requests), required, language));
            }
            AdminRequest::Page => return Ok(page::response_in(language)),
            AdminRequest::RedirectToPage => return Ok(redirect(PAGE)),
        };
        Ok(json_response(StatusCode::OK, &body))
    }

    fn faults(&self) -> Value {
        let faults = self.exchanges.faults();
        json!({ "faults": faults.all().iter().map(faults::json_of).collect::<Vec<_>>() })
    }

    /// Whether the server takes payments. Only the embedded DynamoDB gets a test write: its disk may be full.
    async fn usable(&self) -> Result<(), TableError> {
        if self.embedded {
            return self.table.check_write().await;
        }
        match self.table.state().await? {
            TableState::Complete => Ok(()),
            TableState::WithoutIndex => Err("the index of the table is gone".into()),
            TableState::Missing => Err("the table is gone".into()),
        }
    }

    async fn reset(&self) -> Result<(), AdminError> {
        if !self.embedded {
            return Err(AdminError::NotEmbedded);
        }
        self.table.empty().await.map_err(AdminError::Unusable)?;
        self.exchanges.reset();
        Ok(())
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    response(status, HeaderValue::from_static("application/json"), body.to_string())
}
