//! Lists the payments of an order: one query of the index, then one consistent read of all that it found.
//!
//! The index has only keys, and may be a moment behind the table. So it says which payments there are, and the table says how each
//! of them is now. DynamoDB may leave keys of a batch out (`UnprocessedKeys`); they are read again, within the time of one command.

use crate::attempts::Attempts;
use crate::failure::{StoreError, UnreadablePayment};
use crate::item::{self, Item, PAYMENT_KEY};
use crate::limits::LIMITS;
use crate::store::{Executed, Store};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use payments_domain::{OrderId, Payment, PaymentKey};
use std::time::Instant;
use tokio::time::{sleep, timeout};

/// The index of payments by their order, with the time of their create. `template.yaml` and the local server's table have it too,
/// which a test checks.
pub const ORDER_INDEX: &str = "orderId-createdAt-index";
/// The most payments in a list: what one BatchGetItem can read.
const MOST: i32 = 100;

/// The calls of a list. Each is a call of its own for the SDK, with attempts of its own.
type Calls = Vec<Attempts>;

impl Store {
    /// Reads the payments of an order, the newest first, and those of the same second by their keys. At most 100, the newest.
    ///
    /// A payment that was just created can be missing. The state of each payment is consistent, as with [`Store::read`]. An item that
    /// cannot be read fails the whole list.
    pub async fn list(&self, order: &OrderId) -> Executed<Vec<(PaymentKey, Payment)>> {
        let mut calls = Calls::new();
        let started = Instant::now();
        let found = timeout(LIMITS.operation, self.find(order, &mut calls)).await;
        let elapsed = started.elapsed();
        let result = found.unwrap_or_else(|late| Err(StoreError::Unavailable(late.into()))).and_then(|items| {
            let mut payments = items.iter().map(|item| self.payment(item)).collect::<Result<Vec<_>, _>>()?;
            payments.sort_by(|(key, payment), (other_key, other)| {
                let newest_first = other.created.at().cmp(payment.created.at());
                newest_first.then_with(|| key.as_str().cmp(other_key.as_str()))
            });
            Ok(payments)
        });
        Executed { result, attempts: calls.iter().map(Attempts::count).sum(), elapsed }
    }

    /// The items of an order's payments.
    async fn find(&self, order: &OrderId, calls: &mut Calls) -> Result<Vec<Item>, StoreError> {
        let mut keys = self.keys_of(order, calls).await?;
        let mut items = Vec::with_capacity(keys.len());
        let mut wait = LIMITS.backoff;
        while !keys.is_empty() {
            keys = self.get_batch(keys, &mut items, calls).await?;
            if !keys.is_empty() {
                sleep(wait).await;
                wait *= 2;
            }
        }
        Ok(items)
    }

    /// The keys of an order's payments, from the index.
    async fn keys_of(&self, order: &OrderId, calls: &mut Calls) -> Result<Vec<Item>, StoreError> {
        let attempts = next_call(calls);
        let (name, value) = item::order_id(order);
        let call = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(ORDER_INDEX)
            .key_condition_expression(format!("{} = {}", name.placeholder, name.compared))
            .projection_expression(PAYMENT_KEY.placeholder)
            .expression_attribute_names(name.placeholder, name.text)
            .expression_attribute_names(PAYMENT_KEY.placeholder, PAYMENT_KEY.text)
            .expression_attribute_values(name.compared, value)
            .scan_index_forward(false)
            .limit(MOST);
        let sent = call.customize().interceptor(attempts.clone()).send().await;
        let output = sent.map_err(|error| StoreError::of(error).of_a_read(attempts.in_doubt()))?;
        Ok(output.items.unwrap_or_default())
    }

    /// Reads the items with these keys into `items`, and returns the keys that DynamoDB left out. A payment that another program has
    /// deleted may still have its key in the index; it has no item.
    async fn get_batch(
        &self,
        keys: Vec<Item>,
        items: &mut Vec<Item>,
        calls: &mut Calls,
    ) -> Result<Vec<Item>, StoreError> {
        let attempts = next_call(calls);
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let wanted = wanted.map_err(|error| StoreError::Fault(error.into()))?;
        let call = self.client.batch_get_item().request_items(&self.table, wanted);
        let sent = call.customize().interceptor(attempts.clone()).send().await;
        let output = sent.map_err(|error| StoreError::of(error).of_a_read(attempts.in_doubt()))?;
        items.extend(output.responses.unwrap_or_default().into_values().flatten());
        Ok(output.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect())
    }

    fn payment(&self, item: &Item) -> Result<(PaymentKey, Payment), StoreError> {
        let key = item::key_of(item)?;
        match item::decode_with(self.layout, item) {
            Ok(payment) => Ok((key, payment)),
            Err(malformed) => Err(StoreError::Fault(UnreadablePayment { key, malformed }.into())),
        }
    }
}

/// The attempts of the next call.
fn next_call(calls: &mut Calls) -> Attempts {
    let attempts = Attempts::default();
    calls.push(attempts.clone());
    attempts
}
