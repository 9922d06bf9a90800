"""Checks the transformed template.yaml: what CloudFormation would deploy."""

import hashlib
import json
import re
from graphlib import TopologicalSorter

import pytest
from stack import DIGEST, Stack, dependencies, source, transformed

INDEX = "orderId-createdAt-index"
TABLE_ARN = "${PaymentsTable.Arn}"
# What each operation may do, and with what.
OPERATIONS = {
    "create": [("PutItem", TABLE_ARN)],
    "confirm": [("UpdateItem", TABLE_ARN)],
    "cancel": [("UpdateItem", TABLE_ARN)],
    "retrieve": [("GetItem", TABLE_ARN)],
    "list": [("Query", f"{TABLE_ARN}/index/{INDEX}"), ("BatchGetItem", TABLE_ARN)],
    "receipt": [("GetItem", TABLE_ARN)],
}
# The operations whose callers have a key.
OF_BACKENDS = [operation for operation in OPERATIONS if operation != "receipt"]
FUNCTIONS = {operation: f"{operation.capitalize()}Function" for operation in OPERATIONS}
OTHER_DIGEST = "1e" * 32
# What `printf %s "$KEY" | sha256sum` prints when KEY is not set.
EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()
PUBLISHED_DIGEST = hashlib.sha256(b"test_sk_dummy").hexdigest()
TOPIC_ARN = "arn:aws:sns:ap-northeast-2:123456789012:on-call"
ERRORS = ("SERVICE_UNAVAILABLE", "INTERNAL_ERROR")
EACH_FUNCTION = pytest.mark.parametrize("operation", OPERATIONS)


RECEIPT_BASE_URL = "https://api.example.com/receipts"
RECEIPT_ROUTE = "GET /receipts/{paymentKey}"


def with_receipts(**parameters):
    return Stack(**{"ReceiptPages": "on", "ReceiptBaseUrl": RECEIPT_BASE_URL, **parameters})


@pytest.fixture(scope="module")
def stack():
    """The stack with everything that it can have."""
    return with_receipts()


@pytest.fixture(scope="module")
def without_receipts():
    return Stack()


def environment(stack, operation):
    return stack.properties(FUNCTIONS[operation])["Environment"]["Variables"]


def statements(stack, operation):
    """What a function's role allows."""
    role = f"{operation.capitalize()}Role"
    properties = stack.properties(role)
    assert "ManagedPolicyArns" not in properties, f"{role} allows only what the template spells out"
    return [statement for policy in properties["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


# --- The API ---


def routes_of(stack):
    paths = stack.properties("HttpApi")["Body"]["paths"]
    return {(method, path): route for path, methods in paths.items() for method, route in methods.items()}


def test_exactly_the_routes_of_the_contract_are_served_each_by_its_function(stack):
    routes = routes_of(stack)
    expected = {
        ("post", "/v1/payments"): "create",
        ("post", "/v1/payments/confirm"): "confirm",
        ("post", "/v1/payments/{paymentKey}/cancel"): "cancel",
        ("get", "/v1/payments/{paymentKey}"): "retrieve",
        ("get", "/v1/payments/orders/{orderId}"): "list",
        ("get", "/receipts/{paymentKey}"): "receipt",
    }
    assert routes.keys() == expected.keys(), "the API serves the contract's routes and no others"
    for key, operation in expected.items():
        integration = routes[key]["x-amazon-apigateway-integration"]
        assert integration["payloadFormatVersion"] == "2.0", f"{key} sends the event that the functions read"
        assert f"${{{FUNCTIONS[operation]}.Arn}}" in integration["uri"], f"{key} goes to {operation}"


def test_the_api_is_throttled_and_can_be_closed(stack):
    settings = stack.properties("HttpApiApiGatewayDefaultStage")["DefaultRouteSettings"]
    assert settings == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}, "the stage is throttled by default"
    closed = with_receipts(ApiRateLimit=0, ApiBurstLimit=0).properties("HttpApiApiGatewayDefaultStage")["DefaultRouteSettings"]
    assert closed == {"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}, "zero reaches the stage and closes the API"


def test_receipts_have_a_limit_of_their_own(stack, without_receipts):
    settings = stack.properties("HttpApiApiGatewayDefaultStage")["RouteSettings"]
    limit = {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}
    assert settings == {RECEIPT_ROUTE: limit}, "a flood without a key is throttled far below the API"
    off = without_receipts.properties("HttpApiApiGatewayDefaultStage")
    assert "RouteSettings" not in off, "API Gateway refuses settings of a route that it does not have"


def test_the_access_log_is_json_and_holds_nothing_that_a_client_made_up(stack):
    settings = stack.properties("HttpApiApiGatewayDefaultStage")["AccessLogSettings"]
    assert settings["DestinationArn"] == "${AccessLogGroup.Arn}", "the access log has its own log group"
    fields = json.loads(settings["Format"])
    assert "$context.integration.requestId" in fields.values(), "an access log line leads to the function's line"
    for value in fields.values():
        assert not re.search("header|authorizer|path|query", value, re.I), (
            f"{value} could log a key, the token of a receipt or a client's text"
        )


# --- The functions ---


@EACH_FUNCTION
def test_a_function_is_the_rust_binary_with_explicit_limits(stack, operation):
    function = stack.properties(FUNCTIONS[operation])
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap"), "the functions are Rust binaries"
    assert function["Architectures"] == ["x86_64"], "the architecture is the tested one"
    assert function["MemorySize"] == 128, "memory is chosen, not defaulted"
    assert 4 < function["Timeout"] < 30, "a function outlives the store's 4 s, and the API's 30 s outlive the function"
    written = source()["Resources"][FUNCTIONS[operation]]
    assert written["Metadata"]["BuildMethod"] == "rust-cargolambda", "sam build knows how to build it"
    assert written["Properties"]["CodeUri"] == f"functions/{operation}", "sam build finds the crate"


@EACH_FUNCTION
def test_concurrency_is_reserved_for_each_function_only_if_a_parameter_says_so(stack, operation):
    assert "ReservedConcurrentExecutions" not in stack.properties(FUNCTIONS[operation])
    assert with_receipts(ReservedConcurrency="50").properties(FUNCTIONS[operation])["ReservedConcurrentExecutions"] == "50"


def test_no_parameter_changes_what_was_built():
    assert source()["Globals"]["Function"]["Architectures"] == ["x86_64"], "`sam build` and `sam deploy` read the same constant"
    assert "Architecture" not in source()["Parameters"], "a deployment cannot choose another processor than its build"


def test_a_changed_parameter_changes_nothing_in_the_transformed_template():
    # `update-stack --use-previous-template` may start from the template before or after SAM's transform. Both are the same.
    changed = {"SecretKeySha256": OTHER_DIGEST, "ReceiptPages": "on", "ReceiptBaseUrl": RECEIPT_BASE_URL, "ApiRateLimit": "7", "Language": "ko"}
    assert transformed(**changed) == transformed(), "parameters are resolved by CloudFormation, not by the transform"


@EACH_FUNCTION
def test_a_deployed_function_has_exactly_these_variables(stack, operation):
    assert environment(stack, operation) == {
        "PAYMENTS_SECRET_KEY_SHA256": DIGEST,
        "TABLE_NAME": "${PaymentsTable}",
        "RECEIPT_BASE_URL": RECEIPT_BASE_URL,
        "RECEIPT_PAGES": "on",
        "RECEIPT_MERCHANT_NAME": "",
        "PAYMENTS_LANGUAGE": "en",
        "METRICS_NAMESPACE": "the-stack",
    }, "no plain key and no endpoint is in a deployment, and all else is"


@EACH_FUNCTION
def test_the_language_of_messages_is_a_parameter(operation):
    assert environment(with_receipts(Language="ko"), operation)["PAYMENTS_LANGUAGE"] == "ko", "Korean reaches every function"


@pytest.mark.parametrize("operation", OF_BACKENDS)
def test_without_receipts_a_function_answers_as_the_guide_says(without_receipts, operation):
    variables = environment(without_receipts, operation)
    assert (variables["RECEIPT_PAGES"], variables["RECEIPT_BASE_URL"]) == ("off", "https://pay.local/receipts")


@EACH_FUNCTION
def test_the_name_of_the_shop_is_a_parameter(operation):
    named = with_receipts(ReceiptMerchantName="카페 봄")
    assert environment(named, operation)["RECEIPT_MERCHANT_NAME"] == "카페 봄", "the name reaches every function"


@EACH_FUNCTION
def test_sam_local_hands_an_endpoint_to_a_function(operation):
    local = with_receipts(LocalDynamoDbEndpoint="http://host.docker.internal:9098")
    assert environment(local, operation) == {
        "PAYMENTS_SECRET_KEY_SHA256": DIGEST,
        "RECEIPT_BASE_URL": RECEIPT_BASE_URL,
        "RECEIPT_PAGES": "on",
        "RECEIPT_MERCHANT_NAME": "",
        "PAYMENTS_LANGUAGE": "en",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://host.docker.internal:9098",
    }, "the table of the local server has the default name"


@EACH_FUNCTION
def test_logs_are_json_in_a_group_of_their_own(stack, operation):
    assert stack.properties(FUNCTIONS[operation])["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": f"${{{operation.capitalize()}LogGroup}}",
    }, "a function logs JSON into its own group"


def test_every_log_group_has_a_retention_and_outlives_the_stack(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 1, "each function and the API have a log group"
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == 365, f"{name} does not grow forever"
        # Also what keeps a new deployment from serving an empty table: the names of the groups are taken.
        assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), f"{name} is kept"
        assert group["Properties"]["LogGroupName"].startswith(("/aws/lambda/the-stack/", "/aws/vendedlogs/the-stack/")), name


# --- Receipts ---


def test_without_receipts_nothing_of_them_is_deployed_but_their_log(stack, without_receipts):
    assert stack.resources.keys() - without_receipts.resources.keys() == {
        "ReceiptFunction",
        "ReceiptFunctionGetPermission",
        "ReceiptRole",
        "ReceiptErrorsAlarm",
        "ReceiptGuessesAlarm",
    }, "and nothing else depends on it"
    assert routes_of(without_receipts).keys() == routes_of(stack).keys() - {("get", "/receipts/{paymentKey}")}
    gone = [f"${{{name}" for name in stack.resources.keys() - without_receipts.resources.keys()]
    rest = json.dumps([without_receipts.resources, without_receipts.outputs])
    assert [name for name in gone if name in rest] == [], "nothing refers to a resource that is not there"


def test_the_log_of_receipts_outlives_them(without_receipts):
    assert without_receipts.outputs["ReceiptLogGroupName"] == "${ReceiptLogGroup}", "switching receipts off keeps their log"


@pytest.mark.parametrize(("base", "allowed"), [("https://pay.local/receipts", False), (RECEIPT_BASE_URL, True)])
def test_receipts_need_an_address_that_opens_them(base, allowed):
    assert Stack(ReceiptPages="on", ReceiptBaseUrl=base).broken_rules() == (
        [] if allowed else ["ReceiptPages needs ReceiptBaseUrl, the address of the API with /receipts at its end"]
    )
    assert Stack(ReceiptBaseUrl=base).broken_rules() == [], "while receipts are off, any address is allowed"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("ReceiptPages", "on", True),
        ("ReceiptPages", "off", True),
        ("ReceiptPages", "true", False),
        ("ReceiptBaseUrl", RECEIPT_BASE_URL, True),
        ("ReceiptBaseUrl", "http://api.example.com/receipts", False),
        ("ReceiptBaseUrl", f"{RECEIPT_BASE_URL}?a=b", False),
        ("ReceiptBaseUrl", f"{RECEIPT_BASE_URL}#a", False),
        ("ReceiptMerchantName", "", True),
        ("ReceiptMerchantName", "카페 <봄> & Co.", True),
        ("ReceiptMerchantName", "가" * 60, True),
        ("ReceiptMerchantName", "가" * 61, False),
        ("ReceiptMerchantName", " ", False),
        ("ReceiptMerchantName", "a\nb", False),
        ("ReceiptMerchantName", "a\x85b", False),
        ("ReservedConcurrency", "", True),
        ("ReservedConcurrency", "1", True),
        ("ReservedConcurrency", "1000", True),
        ("ReservedConcurrency", "0", False),
        ("ReservedConcurrency", "-1", False),
        ("ReservedConcurrency", "1.5", False),
    ],
)
def test_a_parameter_that_lambda_or_a_function_would_refuse_is_refused_first(name, value, allowed):
    declared = source()["Parameters"][name]
    is_allowed = value in declared["AllowedValues"] if "AllowedValues" in declared else (
        re.fullmatch(declared["AllowedPattern"], value) is not None
    )
    assert is_allowed == allowed, f"{name}={value!r}"


# --- The keys ---


def with_an_alias(digests, **more):
    """The versions that an alias would publish for these digests, by their names in the template."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"] |= {"AutoPublishAlias": "live", **more}
    resources = transformed(template, SecretKeySha256=digests)["Resources"]
    return {name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::Version"}


@pytest.mark.parametrize("more", [{}, {"AutoPublishAliasAllProperties": True}], ids=["AutoPublishAlias", "AutoPublishAliasAllProperties"])
def test_an_alias_would_keep_an_old_digest(more):
    # docs/architecture.md gives this as a reason why there is none.
    assert with_an_alias(DIGEST, **more) == with_an_alias(OTHER_DIGEST, **more) != set(), "a new digest publishes no version"


def test_an_alias_that_follows_the_digest_would_keep_the_first_step_of_a_rotation():
    follows = {"AutoPublishCodeSha256": {"Ref": "SecretKeySha256"}}
    assert with_an_alias(DIGEST, **follows) != with_an_alias(OTHER_DIGEST, **follows)
    assert with_an_alias(DIGEST, **follows) == with_an_alias(f"{DIGEST},{OTHER_DIGEST}", **follows), "SAM takes its first ten digits"


def test_digests_are_not_shown():
    declared = source()["Parameters"]["SecretKeySha256"]
    assert declared["NoEcho"] is True, "the digests are masked in the console and in describe-stacks"
    assert "Default" not in declared, "there is no default key"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (DIGEST, True),
        (f"{DIGEST},{OTHER_DIGEST.upper()}", True),
        ("", False),
        ("test_sk_dummy", False),
        (DIGEST[1:], False),
        (f"{DIGEST},", False),
        (f"{DIGEST}, {OTHER_DIGEST}", False),
        (f"{DIGEST}\n", False),
        (EMPTY_DIGEST, False),
        (f"{DIGEST},{EMPTY_DIGEST}", False),
        (EMPTY_DIGEST.upper(), False),
        (PUBLISHED_DIGEST, False),
        (f"{PUBLISHED_DIGEST.upper()},{DIGEST}", False),
    ],
)
def test_only_digests_are_accepted_as_keys(value, allowed):
    pattern = source()["Parameters"]["SecretKeySha256"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) == allowed, "a key instead of its digest is refused before anything is deployed"


def test_digests_stand_only_in_the_functions_environment(stack):
    def places(value, path=()):
        if isinstance(value, dict):
            for key, item in value.items():
                yield from places(item, (*path, key))
        elif isinstance(value, list):
            for item in value:
                yield from places(item, path)
        elif DIGEST in str(value):
            yield path

    found = {(name, *path) for name, resource in stack.resources.items() for path in places(resource)}
    allowed = {(name, "Properties", "Environment", "Variables", "PAYMENTS_SECRET_KEY_SHA256") for name in FUNCTIONS.values()}
    assert found == allowed, "no other resource has a digest"
    assert not any(DIGEST in output for output in stack.outputs.values()), "no output shows a digest"
    assert DIGEST not in json.dumps(stack.template), "the transformed template, which can be read back, has no digest"


def test_nothing_depends_on_itself():
    # Raises CycleError with the cycle.
    TopologicalSorter(dependencies(transformed())).prepare()


# --- The roles ---


@EACH_FUNCTION
def test_a_role_allows_the_calls_of_its_operation_and_its_own_log(stack, operation):
    assert statements(stack, operation) == [
        *({"Effect": "Allow", "Action": f"dynamodb:{call}", "Resource": on} for call, on in OPERATIONS[operation]),
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"${{{operation.capitalize()}LogGroup.Arn}}",
        },
    ], f"{operation} may do what it does and nothing else"
    role = f"{operation.capitalize()}Role"
    assert stack.properties(FUNCTIONS[operation])["Role"] == f"${{{role}.Arn}}", "the function has the role in the template"
    [trust] = stack.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}, "only Lambda takes the role"


# --- The table ---


def test_the_table_is_kept_whatever_happens_to_the_stack(stack):
    table = stack.resources["PaymentsTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain"), "the stack never deletes payments"
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True, "payments cannot be deleted by accident"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, "payments can be restored"
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}, "the AWS managed key encrypts by default"


def test_the_table_is_on_demand_with_the_payment_key_and_no_fixed_name(stack):
    properties = stack.properties("PaymentsTable")
    assert properties["BillingMode"] == "PAY_PER_REQUEST", "there is no capacity to plan"
    assert properties["KeySchema"] == [{"AttributeName": "paymentKey", "KeyType": "HASH"}], "one item per payment key"
    assert "TableName" not in properties, "a second stack, or this one after a deletion, finds no name in use"


def test_the_table_has_one_index_of_orders_with_nothing_but_keys(stack):
    properties = stack.properties("PaymentsTable")
    keys = [("orderId", "HASH"), ("createdAt", "RANGE")]
    assert properties["GlobalSecondaryIndexes"] == [
        {
            "IndexName": INDEX,
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ], "only a create changes the index, so it costs one write unit for each payment"
    names = ["paymentKey", "orderId", "createdAt"]
    assert properties["AttributeDefinitions"] == [{"AttributeName": name, "AttributeType": "S"} for name in names]


# --- Alarms, dashboard, outputs ---


def alarm(stack, name):
    return stack.properties(name)


def watched(properties):
    """The metrics of an alarm, as (namespace, name, dimensions)."""
    plain = [{"MetricStat": {"Metric": properties}}] if "MetricName" in properties else properties["Metrics"]
    metrics = [metric["MetricStat"]["Metric"] for metric in plain if "MetricStat" in metric]
    return {
        (m["Namespace"], m["MetricName"], tuple((d["Name"], d["Value"]) for d in m["Dimensions"])) for m in metrics
    }


def outcomes(*codes):
    return {
        ("the-stack", "Requests", (("operation", operation), ("outcome", code))) for operation in OF_BACKENDS for code in codes
    }


def test_alarms_watch_what_they_say(stack):
    api = (("ApiId", "${HttpApi}"), ("Stage", "$default"))
    expected = {
        "ApiErrorsAlarm": {("AWS/ApiGateway", "5xx", api), ("AWS/ApiGateway", "Count", api)},
        "LatencyAlarm": {("AWS/ApiGateway", "Latency", api)},
        "StoreErrorsAlarm": outcomes(*ERRORS),
        "UnauthorizedAlarm": outcomes("UNAUTHORIZED"),
        "FunctionThrottlesAlarm": {
            ("AWS/Lambda", "Throttles", (("FunctionName", f"${{{FUNCTIONS[operation]}}}"),)) for operation in OF_BACKENDS
        },
        "TableThrottlesAlarm": {
            ("AWS/DynamoDB", f"{kind}ThrottleEvents", (("TableName", "${PaymentsTable}"), *of_the_index))
            for kind in ("Write", "Read")
            for of_the_index in ((), (("GlobalSecondaryIndexName", INDEX),))
        },
        "ReceiptErrorsAlarm": {
            *(("the-stack", "Requests", (("operation", "receipt"), ("outcome", code))) for code in ERRORS),
            ("AWS/Lambda", "Throttles", (("FunctionName", "${ReceiptFunction}"),)),
        },
        "ReceiptGuessesAlarm": {("the-stack", "Requests", (("operation", "receipt"), ("outcome", "NOT_FOUND")))},
    }
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert alarms.keys() == expected.keys(), "each alarm that the operations guide explains is there"
    for name, metrics in expected.items():
        assert watched(alarms[name]["Properties"]) == metrics, f"{name} watches its metrics, by the names that are emitted"
    assert alarms["LatencyAlarm"]["Properties"]["ExtendedStatistic"] == "p99", "latency is judged by its tail"


def test_an_alarm_adds_up_all_of_its_metrics(stack):
    for name, resource in stack.of_type("AWS::CloudWatch::Alarm").items():
        metrics = resource["Properties"].get("Metrics", [])
        used = {metric["Id"] for metric in metrics if "MetricStat" in metric}
        # CloudWatch user guide, "Limits that apply to alarms based on metric math expressions".
        assert len(used) <= 10, f"CloudWatch refuses {name}: an expression may have ten metrics"
        expressions = [metric["Expression"] for metric in metrics if "Expression" in metric]
        for metric in used:
            assert re.search(rf"\b{metric}\b", expressions[0]), f"{name} leaves {metric} out of its sum"
        returned = [metric["Id"] for metric in metrics if metric.get("ReturnData", True)]
        assert len(returned) == len(expressions), f"{name} is judged by its expression alone"


def test_alarms_tell_the_topic_if_there_is_one(stack):
    notified = with_receipts(AlarmTopicArn=TOPIC_ARN)
    for name, resource in stack.of_type("AWS::CloudWatch::Alarm").items():
        assert "AlarmActions" not in resource["Properties"], f"{name} needs no topic"
        assert resource["Properties"]["TreatMissingData"] == "notBreaching", f"{name} stays quiet when there is no traffic"
        for when in ("AlarmActions", "OKActions"):
            assert notified.properties(name)[when] == [TOPIC_ARN], f"{name} notifies the topic"


def test_the_dashboard_is_json_and_has_every_alarm(stack, without_receipts):
    for deployed in (stack, without_receipts):
        widgets = json.loads(deployed.properties("Dashboard")["DashboardBody"])["widgets"]
        assert len(widgets) == 7, "CloudWatch is given a dashboard that it can read"
        [alarms] = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
        assert alarms == [f"${{{name}.Arn}}" for name in deployed.of_type("AWS::CloudWatch::Alarm")], "in their order"


def test_the_outputs_say_what_an_operator_needs(stack):
    assert stack.outputs["ApiUrl"] == "https://${HttpApi}.execute-api.ap-northeast-2.amazonaws.com", "the address, no slash"
    assert stack.outputs["TableName"] == "${PaymentsTable}", "the table"
    logs = {f"{operation.capitalize()}LogGroupName" for operation in OPERATIONS}
    assert stack.outputs.keys() == logs | {"ApiUrl", "TableName", "AccessLogGroupName", "DashboardUrl"}
