//! A function as Lambda invokes it: an event in, an answer out, all of it JSON.

use crate::{Answer, SECRET_KEY, event};
use lambda_runtime::Context;
use payments_functions::{FUNCTIONS, Invoke, ListedFunction};
use payments_http::Dependencies;
use payments_test_table::unique;
use serde_json::Value;
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

    /// A valid event of the function's route, with [`SECRET_KEY`].
    pub fn event(&self, key: &str, body: &Value) -> Value {
        event(self.function.name, SECRET_KEY, key, body)
    }

    /// The answer to an event; each one has its own request id.
    pub async fn invoke(&self, event: &Value) -> Answer {
        self.invoke_as(&unique("request"), &event.to_string()).await.expect("an answer")
    }

    /// The answer to an invocation with this id, for an event that is sent as it is.
    ///
    /// # Errors
    /// The text of the error with which the invocation fails.
    pub async fn invoke_as(&self, request_id: &str, event: &str) -> Result<Answer, String> {
        let mut context = Context::default();
        context.request_id = request_id.to_owned();
        let returned = (self.invoke)(event.as_bytes().to_vec(), context).await.map_err(|error| error.to_string())?;
        let returned = serde_json::from_slice(&returned).expect("JSON");
        Ok(Answer::of_function(&returned).expect("an answer"))
    }
}
