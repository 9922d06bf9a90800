//! A function as Lambda invokes it: an event in, an answer out, all of it JSON.

use crate::{SECRET_KEY, authorization};
use lambda_runtime::Context;
use payments_functions::{FUNCTIONS, Invoke, ListedFunction};
use payments_http::Dependencies;
use payments_test_table::unique;
use serde_json::{Value, json};
use std::sync::Arc;

/// One of the service's functions.
#[derive(Clone)]
pub struct LambdaFunction {
    function: ListedFunction,
    invoke: Invoke,
}

/// All functions of the service, with one table.
pub struct LambdaFunctions(Vec<LambdaFunction>);

impl LambdaFunctions {
    pub fn new(dependencies: Dependencies) -> Self {
        let dependencies = Arc::new(dependencies);
        let function =
            |function: ListedFunction| LambdaFunction { function, invoke: function.over(Arc::clone(&dependencies)) };
        Self(FUNCTIONS.map(function).into())
    }

    /// The function of an operation: `create`.
    pub fn named(&self, name: &str) -> &LambdaFunction {
        self.0.iter().find(|function| function.function.name == name).expect("a function of this name")
    }

    /// The function to which a gateway would send an event.
    pub fn of(&self, event: &Value) -> &LambdaFunction {
        let of_route = |function: &&LambdaFunction| event["routeKey"] == function.function.route.gateway_key();
        self.0.iter().find(of_route).expect("an event names its route")
    }
}

impl LambdaFunction {
    /// The function of an operation, on its own.
    pub fn new(name: &str, dependencies: Dependencies) -> Self {
        LambdaFunctions::new(dependencies).named(name).clone()
    }

    /// Its logical id in the template.
    pub fn logical_id(&self) -> String {
        self.function.logical_id()
    }

    /// A valid event of the function's route, with a valid key.
    pub fn event(&self, key: &str, body: &str) -> Value {
        let route = self.function.route;
        json!({
            "version": "2.0",
            "routeKey": route.gateway_key(),
            "rawPath": route.path.replace("{paymentKey}", key),
            "headers": { "authorization": authorization(SECRET_KEY), "content-type": "application/json" },
            "requestContext": { "http": { "method": route.method } },
            "pathParameters": { "paymentKey": key },
            "body": body,
            "isBase64Encoded": false,
        })
    }

    /// The answer to an event; each one has its own request id.
    pub async fn invoke(&self, event: &Value) -> Value {
        self.invoke_as(&unique("request"), &event.to_string()).await
    }

    /// The answer to an invocation with this id, for an event that is sent as it is. If the invocation fails, its error.
    pub async fn invoke_as(&self, request_id: &str, event: &str) -> Value {
        let mut context = Context::default();
        context.request_id = request_id.to_owned();
        match (self.invoke)(event.as_bytes().to_vec(), context).await {
            Ok(answer) => serde_json::from_slice(&answer).expect("an answer is JSON"),
            Err(error) => json!({ "error": error.to_string() }),
        }
    }
}
