//! Carries out a command: one conditional write, and the decision of the domain if the condition failed. Reads a payment: one
//! consistent read.

use crate::attempts::Attempts;
use crate::expression::Expression;
use crate::failure::{Cause, StoreError, WriteFailure};
use crate::health::{HealthCheck, one_attempt};
use crate::item::{self, Item, LAYOUT, Layout};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use payments_domain::{Change, Command, Decision, LastAttempt, Payment, PaymentKey, Requirement, Stamp, decide};
use std::time::{Duration, Instant};

/// The result of a command or a read, and its cost.
#[derive(Debug)]
pub struct Executed<T> {
    /// The decision or what was read, or why there is none. After [`StoreError::Unavailable`] the outcome of a command is unknown,
    /// and a repeat of the same command gets a definite answer.
    pub result: Result<T, StoreError>,
    /// How many requests were sent to DynamoDB: one, or more if the SDK repeated a failed one. A list makes two calls.
    pub attempts: u32,
    /// From the first attempt to the end of the last.
    pub elapsed: Duration,
}

/// The table of payments.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) layout: &'static Layout,
}

impl Store {
    /// The store over `table`; see [`crate::dynamodb`] for a client with the right limits.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), layout: LAYOUT }
    }

    /// Opens a connection for the first command. It reads and writes nothing, needs no permission, and takes at most
    /// [`crate::Limits::connect`]. It also initialises what the SDK creates at its first call: the SDK prepares and signs a call, which
    /// [`HealthCheck`] then replaces.
    ///
    /// # Errors
    /// No answer came. The first command then opens a connection itself.
    pub async fn connect(&self) -> Result<(), StoreError> {
        let call = self.client.put_item().table_name(&self.table).customize().interceptor(HealthCheck);
        match call.config_override(one_attempt()).send().await {
            Err(
                error @ (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ConstructionFailure(_)),
            ) => Err(StoreError::Unavailable(Box::new(error))),
            // The health check returns no JSON, so the SDK reports an error.
            _ => Ok(()),
        }
    }

    /// Carries out a command: one conditional write, then the decision.
    pub async fn execute<C: Command>(&self, command: &C, stamp: &Stamp) -> Executed<Decision<C::Output>> {
        let attempts = Attempts::default();
        let change = command.change(stamp);
        let started = Instant::now();
        let written = self.write(command, &change, &attempts).await;
        let elapsed = started.elapsed();
        let last = match written {
            Ok(()) => LastAttempt::Made,
            Err(WriteFailure::ConditionFailed(item)) => LastAttempt::ConditionFailed {
                stamp: item.as_ref().and_then(|item| item::stamp_of(item, &change)),
                stored: move || Ok(item.map(|item| item::decode_with(self.layout, &item)).transpose()?),
            },
            Err(WriteFailure::Failed(StoreError::Fault(cause))) => LastAttempt::Failed(cause),
            Err(WriteFailure::Failed(StoreError::Unavailable(cause))) => LastAttempt::Unknown(cause),
        };
        let result = decide::<_, Cause>(command, stamp, attempts.in_doubt(), last);
        Executed { result: result.map_err(StoreError::from), attempts: attempts.count(), elapsed }
    }

    /// Reads the payment with this key, if there is one: one consistent GetItem, which sees every write that was answered before.
    pub async fn read(&self, key: &PaymentKey) -> Executed<Option<Payment>> {
        let attempts = Attempts::default();
        let started = Instant::now();
        let found = self.get(key, &attempts).await;
        let elapsed = started.elapsed();
        let result = found
            .map_err(|error| error.of_a_read(attempts.in_doubt()))
            .and_then(|item| Ok(item.map(|item| item::decode_with(self.layout, &item)).transpose()?));
        Executed { result, attempts: attempts.count(), elapsed }
    }

    async fn get(&self, key: &PaymentKey, attempts: &Attempts) -> Result<Option<Item>, StoreError> {
        let (name, value) = item::key(key);
        let call = self.client.get_item().table_name(&self.table).key(name.text, value).consistent_read(true);
        let output = call.customize().interceptor(attempts.clone()).send().await.map_err(StoreError::of)?;
        Ok(output.item)
    }

    async fn write<C: Command>(&self, command: &C, change: &Change, attempts: &Attempts) -> Result<(), WriteFailure> {
        let requirements = command.requirements();
        let guards = requirements.iter().map(Requirement::guard);
        let mut expression = Expression::new();
        let condition = expression.condition(self.layout, guards);
        let key = item::key(command.key());
        let written = item::written(change);
        match change {
            Change::Create(_) => {
                let entries = written.into_iter().chain([key]);
                let item = entries.map(|(name, value)| (name.text.to_owned(), value)).collect();
                let Expression { names, values, .. } = expression;
                self.client
                    .put_item()
                    .table_name(&self.table)
                    .set_item(Some(item))
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values((!values.is_empty()).then_some(values))
                    .return_values_on_condition_check_failure(AllOld)
                    .customize()
                    .interceptor(attempts.clone())
                    .send()
                    .await
                    .map_err(WriteFailure::of)?;
            }
            // UpdateItem sets only what the change adds, so attributes that this version does not know survive.
            Change::Approve(_) | Change::Cancel(_) => {
                let update = expression.set(written);
                self.client
                    .update_item()
                    .table_name(&self.table)
                    .key(key.0.text, key.1)
                    .update_expression(update)
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(expression.names))
                    .set_expression_attribute_values(Some(expression.values))
                    .return_values_on_condition_check_failure(AllOld)
                    .customize()
                    .interceptor(attempts.clone())
                    .send()
                    .await
                    .map_err(WriteFailure::of)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{Attribute, Kind, Name, Presence};
    use crate::{TrustStore, dynamodb};
    use aws_sdk_dynamodb::types::AttributeValue;
    use payments_model::{cancel, confirm, create, stamp};
    use payments_test_table::{Table, empty_table};

    const NOTE: Name = item::name!("note");

    /// The store of a later version, whose payments have a note.
    fn store_with_notes(table: &Table, presence: Presence) -> Store {
        let client = dynamodb(&payments_dynamodb::aws(), Some(&table.endpoint), &TrustStore::amazon());
        let note = Attribute { name: NOTE, kind: Kind::Text, states: item::CREATED, presence };
        let layout = Box::leak([LAYOUT, &[note]].concat().into_boxed_slice());
        Store { layout, ..Store::new(client, &table.name) }
    }

    /// Confirms and cancels a payment of today's version with the later version's store, with `note` in its item. Returns for each
    /// of these commands whether it was carried out.
    async fn life_with(store: &Store, table: &Table, key: &str, note: Option<AttributeValue>) -> [bool; 2] {
        let by = stamp("request");
        store.execute(&create(key, "order_1", 10_000), &by).await.result.unwrap();
        let mut item = table.get(key).await.unwrap();
        item.extend(note.map(|note| (NOTE.text.to_owned(), note)));
        item.insert("fromALaterVersion".to_owned(), AttributeValue::Bool(true));
        table.put(item).await;

        let confirmed = store.execute(&confirm(key, "order_1", 10_000), &by).await.result;
        let canceled = store.execute(&cancel(key, 10_000), &by).await.result;
        let [confirmed, canceled] =
            [matches!(confirmed, Ok(Decision::Made(_))), matches!(canceled, Ok(Decision::Made(_)))];
        let item = table.get(key).await.unwrap();
        assert_eq!(item["fromALaterVersion"], AttributeValue::Bool(true), "an unknown attribute stays");
        assert_eq!(item::decode_with(store.layout, &item).is_ok(), canceled, "what was written can be read");
        [confirmed, canceled]
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_payment_stored_before_an_attribute_existed_can_be_confirmed_and_canceled() {
        let table = empty_table().await;
        let store = store_with_notes(&table, Presence::Optional);
        let life = async |key, note| life_with(&store, &table, key, note).await;
        let note = AttributeValue::S("a note".to_owned());
        assert_eq!(life("without", None).await, [true; 2], "an optional attribute may be absent");
        assert_eq!(life("with", Some(note)).await, [true; 2], "an optional attribute may be there");
        let of_another_type = AttributeValue::Bool(true);
        assert_eq!(life("wrong", Some(of_another_type)).await, [false; 2], "but only with its type");
        let store = store_with_notes(&table, Presence::Always);
        assert_eq!(life_with(&store, &table, "required", None).await, [false; 2], "so a new attribute is optional");
    }
}
