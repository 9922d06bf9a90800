//! The store: each command is one conditional write to one DynamoDB table, whatever the outcome.
//!
//! The guards of the domain become the condition; the answer after a refused condition comes from the domain too, over
//! the item that came back with the refusal. This crate must never decide anything by itself, never make a second call,
//! and never guess at an item that it does not understand.

mod client;
mod condition;
mod failure;
mod item;

pub use aws_config::SdkConfig;
pub use client::{LIMITS, Limits, NoTrustStore, configured_endpoint, dynamodb, from_environment};
pub use failure::StoreError;
pub use item::{Item, Malformed, decode};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use client::Attempts;
use condition::Expression;
use failure::Refused;
use payments_domain::{Change, Command, Settled, Stamp, settle};
use std::time::{Duration, Instant};

/// What became of a command, and what it took.
#[derive(Debug)]
pub struct Executed<T> {
    /// The answer, or why there is none. After [`StoreError::Unavailable`] the outcome is unknown, and the same command
    /// settles it.
    pub result: Result<Settled<T>, StoreError>,
    /// How many requests were sent to DynamoDB: one, and more only where the SDK repeated a failed one.
    pub attempts: u32,
    /// From the first attempt to the end of the last.
    pub elapsed: Duration,
}

/// The table of payments.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The store over `table`; see [`dynamodb`] for a client with the right limits.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Carries out a command: one conditional write, then the answer.
    pub async fn execute<C: Command>(&self, command: &C, stamp: &Stamp) -> Executed<C::Outcome> {
        let attempts = Attempts::default();
        let started = Instant::now();
        let written = self.write(command, stamp, &attempts).await;
        let elapsed = started.elapsed();
        let result = match written {
            Ok(()) => Ok(Settled::First(command.outcome(stamp))),
            Err(Refused::Condition(item)) => after_refusal(command, stamp, item.as_ref()),
            Err(Refused::Failed(error)) => Err(error),
        };
        Executed { result, attempts: attempts.count(), elapsed }
    }

    async fn write<C: Command>(&self, command: &C, stamp: &Stamp, attempts: &Attempts) -> Result<(), Refused> {
        let mut expression = Expression::default();
        let condition = expression.condition(&command.guards());
        let added = match command.change(stamp) {
            Change::Create(payment) => {
                let Expression { names, values } = expression;
                self.client
                    .put_item()
                    .table_name(&self.table)
                    .set_item(Some(item::encode(&payment)))
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values((!values.is_empty()).then_some(values))
                    .return_values_on_condition_check_failure(AllOld)
                    .customize()
                    .interceptor(attempts.clone())
                    .send()
                    .await
                    .map_err(|error| Refused::new(error, attempts.count()))?;
                return Ok(());
            }
            Change::Approve(approval) => item::approval(&approval),
            Change::Cancel(cancellation) => item::cancellation(&cancellation),
        };
        // UpdateItem sets just what the transition adds, so attributes that this version does not know survive.
        let update = expression.set(added);
        let (key_name, key_value) = item::key(command.key());
        self.client
            .update_item()
            .table_name(&self.table)
            .key(key_name, key_value)
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values))
            .return_values_on_condition_check_failure(AllOld)
            .customize()
            .interceptor(attempts.clone())
            .send()
            .await
            .map_err(|error| Refused::new(error, attempts.count()))?;
        Ok(())
    }
}

fn after_refusal<C: Command>(
    command: &C,
    stamp: &Stamp,
    item: Option<&Item>,
) -> Result<Settled<C::Outcome>, StoreError> {
    let stored = item.map(decode).transpose().map_err(StoreError::fault)?;
    settle(command, stamp, stored.as_ref()).map_err(StoreError::fault)
}
