"""What the helpers of docs/operations.sh send, and what they refuse."""

import hashlib
import io
import json
import zipfile

import pytest
from conftest import FUNCTIONS, OLD, OUTPUTS, PARAMETERS, REPOSITORY, SIDE, TABLE, resources
from samtranslator.yaml_helper import yaml_parse

NEW = "1e" * 32
REFUSALS = {
    "change": ("change ApiRateLimit=200", {"DescribeStacks"}),
    "deploy": ("deploy", {"DescribeStacks"}),
    "close_writes": ("close_writes", {"DescribeStackResource"}),
    "open_writes": ("open_writes", {"DescribeStacks"}),
    "put_back": ("mkdir restore; echo null >restore/current.json; put_back restore/current.json", {"DescribeStacks"}),
}


def parameters_of(body):
    return {parameter.pop("ParameterKey"): parameter for parameter in map(dict, body["Parameters"])}


# --- change ---


def test_changing_a_parameter_touches_neither_the_template_nor_the_code_nor_another_parameter(operator):
    done = operator.runs("change ApiRateLimit=200 ApiBurstLimit=400")
    assert done.status == 0, done.errors
    assert done.operations == ["DescribeStacks", "DescribeAlarms", "UpdateStack", "DescribeStacks"], "no upload, no change set"
    update = done.only("UpdateStack")
    assert update["UsePreviousTemplate"] == "true" and not update.keys() & {"TemplateBody", "TemplateURL"}
    assert update["Capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], "what a template with a transform needs"
    kept = {name: {"UsePreviousValue": "true"} for name in PARAMETERS}
    changed = {"ApiRateLimit": {"ParameterValue": "200"}, "ApiBurstLimit": {"ParameterValue": "400"}}
    assert parameters_of(update) == {**kept, **changed}
    assert update.keys() == {"StackName", "UsePreviousTemplate", "Capabilities", "Parameters", "RollbackConfiguration"}


@pytest.mark.parametrize("value", ["카페 봄", "", "a,b", 'a "b" \\ c', "a=b", "'"])
def test_a_value_arrives_as_it_is(operator, value):
    done = operator.runs('change ReceiptMerchantName="$value"', value=value)
    assert parameters_of(done.only("UpdateStack"))["ReceiptMerchantName"] == {"ParameterValue": value}, done.errors


@pytest.mark.parametrize("arguments", ["", "ApiRateLimit", "ApiRatelimit=200", "ApiRateLimit=200 Architecture=arm64"])
def test_a_change_that_is_not_understood_sends_nothing(operator, arguments):
    done = operator.runs(f"change {arguments}")
    assert done.status != 0 and done.errors.strip()
    assert done.operations == ["DescribeStacks"]


def test_a_change_that_cloudformation_refuses_fails(operator):
    operator.aws.refusal = ("UpdateStack", "ValidationError", "No updates are to be performed.")
    done = operator.runs("change ApiRateLimit=100")
    assert done.status != 0 and "No updates are to be performed" in done.errors


# --- What takes an update back ---

# Of all alarms, those that say that the service fails or is slow.
JUDGES = ["api-5xx", "latency-p99", "store-errors"]
UPDATES = {"change": ("change ApiRateLimit=200", "UpdateStack"), "deploy": ("deploy", "CreateChangeSet")}
EACH_UPDATE = pytest.mark.parametrize("update", UPDATES)


def watched(operator, update):
    """What CloudFormation is told to watch: the names of alarms, and for how many minutes."""
    script, operation = UPDATES[update]
    done = operator.runs(script, says="y\n")
    assert done.status == 0, done.errors
    configuration = done.only(operation)["RollbackConfiguration"]
    triggers = configuration["RollbackTriggers"] or []
    assert all(trigger["Type"] == "AWS::CloudWatch::Alarm" for trigger in triggers)
    names = [trigger["Arn"].removeprefix("arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:atdd-payments-") for trigger in triggers]
    return names, configuration["MonitoringTimeInMinutes"], done.errors


@EACH_UPDATE
def test_an_update_is_taken_back_if_the_service_fails_or_is_slow_within_a_quarter_of_an_hour(operator, update):
    operator.aws.alarms["latency-p99"] = "INSUFFICIENT_DATA"
    names, minutes, says = watched(operator, update)
    assert (names, minutes) == (JUDGES, "15")
    for name in JUDGES:
        assert f"atdd-payments-{name} takes this back" in says


def test_the_alarms_that_take_an_update_back_are_in_the_template():
    names = {resource["Properties"]["AlarmName"]["Fn::Sub"] for resource in resources().values() if resource["Type"] == "AWS::CloudWatch::Alarm"}
    assert {f"${{AWS::StackName}}-{name}" for name in JUDGES} <= names


def test_an_alarm_that_is_on_does_not_stop_the_update_that_fixes_it(operator):
    operator.aws.alarms |= {"api-5xx": "ALARM", "store-errors": "ALARM"}
    names, minutes, says = watched(operator, "deploy")
    assert (names, minutes) == (["latency-p99"], "15")
    assert "atdd-payments-api-5xx is on already" in says


def test_an_update_of_a_stack_without_these_alarms_is_not_watched(operator):
    operator.aws.alarms = {}
    assert watched(operator, "change")[:2] == ([], "0")


@pytest.mark.parametrize("arguments", [f"SecretKeySha256={NEW}", f"ApiRateLimit=200 SecretKeySha256={NEW}"])
def test_no_alarm_makes_a_revoked_key_valid_again(operator, arguments):
    done = operator.runs(f"change {arguments}")
    assert done.status == 0, done.errors
    # An empty list. Without one, the alarms of the last update would be watched.
    assert done.only("UpdateStack")["RollbackConfiguration"] == {"RollbackTriggers": "", "MonitoringTimeInMinutes": "0"}


def test_a_value_that_looks_like_a_change_of_the_keys_is_none(operator):
    done = operator.runs("change 'ReceiptMerchantName=a SecretKeySha256=b'")
    assert len(done.only("UpdateStack")["RollbackConfiguration"]["RollbackTriggers"]) == len(JUDGES), done.errors


@EACH_UPDATE
def test_an_update_that_was_taken_back_fails_and_says_why(operator, update):
    operator.aws.outcome = "UPDATE_ROLLBACK_COMPLETE"
    done = operator.runs(UPDATES[update][0], says="y\n")
    assert done.status == 1
    assert "Rollback triggered by atdd-payments-api-5xx" in done.errors and "UPDATE_ROLLBACK_COMPLETE" in done.errors


@EACH_UPDATE
def test_nothing_is_updated_if_the_alarms_cannot_be_seen(operator, update):
    operator.aws.refusal = ("DescribeAlarms", "AccessDenied", "User is not authorized")
    done = operator.runs(UPDATES[update][0], says="y\n")
    assert done.status != 0 and "AccessDenied" in done.errors and done.changes == []


# --- The region and the stack ---


@pytest.mark.parametrize("helper", REFUSALS)
@pytest.mark.parametrize("where", ["region=us-east-1 stack=atdd-payments", "region=ap-northeast-2 stack=other"])
def test_where_there_is_no_stack_a_helper_changes_nothing(operator, helper, where):
    script, calls = REFUSALS[helper]
    done = operator.runs(script, begin=f"{where}\n. docs/operations.sh\n", says="y\n")
    assert done.status != 0 and done.errors.strip()
    assert set(done.operations) == calls, "it only looks"


@pytest.mark.parametrize("helper", REFUSALS)
def test_a_region_that_is_set_later_leads_no_helper_elsewhere(operator, helper):
    script, _ = REFUSALS[helper]
    done = operator.runs(f"export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n{script}", says="y\n")
    assert {call.region for call in done.calls} == {"ap-northeast-2"}


def test_without_a_region_and_a_stack_the_helpers_say_so(operator):
    done = operator.runs("", begin=". docs/operations.sh\n")
    assert "set region and stack" in done.errors


def test_a_stack_that_cannot_be_seen_is_not_taken_for_none(operator):
    operator.aws.refusal = ("DescribeStacks", "AccessDenied", "User is not authorized")
    done = operator.runs("stack_status")
    assert (done.status, done.output) == (1, "") and "AccessDenied" in done.errors


# --- deploy ---


def deployed(done):
    """What was uploaded, as the files in each zip by its address; and the template."""
    uploads = {call.body["path"].split("?")[0]: call.body["body"] for call in done.calls if call.operation == "PUT"}
    zips = {f"s3:/{path}": zipfile.ZipFile(io.BytesIO(body)) for path, body in uploads.items()}
    files = {address: {name: archive.read(name) for name in archive.namelist()} for address, archive in zips.items()}
    return files, json.loads(done.only("CreateChangeSet")["TemplateBody"])


def test_a_deployment_builds_and_sends_what_was_built_to_the_stack_that_exists(operator):
    done = operator.runs("SAM_BUILD_MODE=debug deploy", says="y\n")
    assert done.status == 0, done.errors
    files, template = deployed(done)
    functions = [it["Properties"] for it in template["Resources"].values() if it["Type"] == "AWS::Serverless::Function"]
    assert {function["CodeUri"] for function in functions} == files.keys()
    for function in files.values():
        assert function == {"bootstrap": b"built with SAM_BUILD_MODE="}, "the program of a release, and no source"
    assert template["Globals"]["Function"]["Architectures"] == ["x86_64"]
    change = done.only("CreateChangeSet")
    assert (change["StackName"], change["ChangeSetType"]) == ("atdd-payments", "UPDATE")
    assert parameters_of(change) == {name: {"UsePreviousValue": "true"} for name in PARAMETERS}, "every parameter keeps its value"
    assert {call.region for call in done.calls} == {"ap-northeast-2"}
    assert "Modify" in done.output and "CreateFunction" in done.output, "it shows what will change"
    assert done.operations[-3:] == ["DescribeChangeSet", "ExecuteChangeSet", "DescribeStacks"]
    assert len(change["TemplateBody"].encode()) < 51_200, "what CloudFormation takes"
    source = yaml_parse((REPOSITORY / "template.yaml").read_text())
    for resource in [*source["Resources"].values(), *template["Resources"].values()]:
        resource["Properties"].pop("CodeUri", None)
        resource.pop("Metadata", None)
    assert template == source, "the template of the checkout"


@pytest.mark.parametrize("says", ["n\n", ""])
def test_a_deployment_that_is_not_confirmed_changes_nothing(operator, says):
    done = operator.runs("deploy", says=says)
    assert done.status == 1 and "Nothing was deployed" in done.errors
    assert [operation for operation, _ in done.changes] == ["CreateChangeSet", "DeleteChangeSet"]


def test_a_deployment_that_would_change_nothing_says_so(operator):
    operator.aws.no_change_set = "The submitted information didn't contain changes."
    done = operator.runs("deploy", says="y\n")
    assert done.status == 1 and "didn't contain changes" in done.errors
    assert [operation for operation, _ in done.changes] == ["CreateChangeSet", "DeleteChangeSet"]


def test_a_new_parameter_gets_its_default_and_one_that_is_gone_is_not_sent(operator):
    del operator.aws.parameters["Language"]
    operator.aws.parameters["Architecture"] = "x86_64"
    sent = parameters_of(operator.runs("deploy", says="y\n").only("CreateChangeSet"))
    assert sent.keys() == PARAMETERS.keys() - {"Language"}


def test_after_a_build_that_fails_an_earlier_build_is_not_deployed(operator):
    done = operator.runs("sam build\nsam() { [ \"$1\" != build ] && command sam \"$@\"; }\ndeploy", says="y\n")
    assert done.status != 0 and set(done.operations) == {"DescribeStacks"}


def test_deploy_takes_no_arguments(operator):
    done = operator.runs("deploy --guided", says="y\n")
    assert done.status != 0 and "takes no arguments" in done.errors and done.operations == []


def test_arm64_in_the_template_is_what_is_built_and_what_is_deployed(operator):
    done = operator.runs("sed -i 's/Architectures: \\[x86_64\\]/Architectures: [arm64]/' template.yaml\ndeploy", says="y\n")
    assert deployed(done)[1]["Globals"]["Function"]["Architectures"] == ["arm64"]


def test_sam_deploy_without_a_build_fails_before_anything_is_sent(operator):
    done = operator.runs('sam deploy --parameter-overrides "ApiRateLimit=200"', says="y\n")
    assert done.status != 0 and "Template file not found" in done.errors
    assert done.operations == []


def test_a_stack_whose_first_deployment_was_not_confirmed_is_no_stack_to_deploy_to(operator):
    operator.aws.stack = "REVIEW_IN_PROGRESS"
    done = operator.runs("deploy", says="y\n")
    assert done.status != 0 and done.operations == ["DescribeStacks"]


# --- Keys ---


def test_a_key_has_256_random_bits_and_its_digest_is_that_of_its_text(operator):
    done = operator.runs('key=$(new_key) && echo "$key" && digest "$key" && new_key')
    key, digest, other = done.output.split()
    assert key.startswith("live_sk_") and len(bytes.fromhex(key.removeprefix("live_sk_"))) == 32 and key != other
    assert digest == hashlib.sha256(key.encode()).hexdigest()


@pytest.mark.parametrize("script", ['digest ""', "digest", "openssl() { return 1; }\ndigest a", "openssl() { :; }\ndigest a"])
def test_nothing_has_no_digest(operator, script):
    done = operator.runs(script)
    assert done.status != 0 and done.output == "" and done.errors


@pytest.mark.parametrize("openssl", ["openssl() { return 1; }", "openssl() { :; }", "openssl() { echo 12; }"])
def test_there_is_no_key_without_random_bits(operator, openssl):
    done = operator.runs(f"{openssl}\nnew_key")
    assert (done.status, done.output) == (1, "") and done.errors


def test_the_digests_are_those_that_the_functions_have(operator):
    done = operator.runs("digests")
    assert done.output == f"{OLD}\n", "from the functions: CloudFormation masks the parameter"
    assert [call.body["FunctionName"] for call in done.calls if call.service == "lambda"] == list(FUNCTIONS.values())


def test_a_function_with_another_digest_or_none_is_noticed(operator):
    operator.aws.digests[FUNCTIONS["ListFunction"]] = NEW
    done = operator.runs("digests")
    assert done.status != 0 and done.output == "" and OLD in done.errors and NEW in done.errors
    del operator.aws.digests[FUNCTIONS["ListFunction"]]
    done = operator.runs("digests")
    assert done.status != 0 and done.output == "" and "cannot be read" in done.errors


# --- Outputs ---


def test_an_output_is_printed_and_one_that_is_not_there_is_an_error(operator):
    assert operator.runs("out TableName").output == f"{TABLE}\n"
    done = operator.runs("out Tablename")
    assert (done.status, done.output) == (1, "") and "no output Tablename" in done.errors
    operator.aws.outputs = {}
    done = operator.runs("out TableName")
    assert (done.status, done.output) == (1, "") and "no output TableName" in done.errors, "a stack that was just adopted has none"


# --- Closing and opening ---


def test_closing_stops_every_function_that_writes_and_no_other(operator):
    done = operator.runs("close_writes")
    assert done.status == 0, done.errors
    closed = [call.body for call in done.calls if call.operation == "PutFunctionConcurrency"]
    roles = [name for name in resources() if {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(json.dumps(resources()[name]).split('"'))]
    writers = [FUNCTIONS[name.replace("Role", "Function")] for name in roles]
    assert writers and closed == [{"FunctionName": name, "ReservedConcurrentExecutions": 0} for name in writers]
    done = operator.runs("open_writes")
    assert done.status == 0, done.errors
    assert [call.body for call in done.calls if call.operation == "DeleteFunctionConcurrency"] == [{"FunctionName": name} for name in writers]


@pytest.mark.parametrize("parameters", [PARAMETERS | {"ReservedConcurrency": "50"}, {"ApiRateLimit": "100"}], ids=["50", "a stack of 1.0"])
def test_opening_gives_a_function_the_concurrency_that_the_stack_reserves(operator, parameters):
    operator.aws.parameters = parameters
    done = operator.runs("open_writes")
    assert done.status == 0, done.errors
    opened = [(operation, body.get("ReservedConcurrentExecutions")) for operation, body in done.changes]
    expected = ("PutFunctionConcurrency", 50) if "ReservedConcurrency" in parameters else ("DeleteFunctionConcurrency", None)
    assert opened == [expected] * 3


def test_a_function_that_cannot_be_closed_is_an_error(operator):
    operator.aws.refusal = ("PutFunctionConcurrency", "AccessDeniedException", "no")
    assert operator.runs("close_writes").status != 0


# --- compare and put_back, on a real DynamoDB ---


def item(key, **more):
    stored = {
        "paymentKey": key, "schemaVersion": "1", "status": "INITIATED", "orderId": "order_1", "createdAt": "2026-01-30T11:00:00Z",
        "createdBy": "created-by", **more,
    }
    return {**{name: {"S": value} for name, value in stored.items()}, "amount": {"N": "10000"}}


def approved(key):
    return item(key, status="APPROVED", method="CARD", approvedAt="2026-01-30T11:00:05Z", approvedBy="approved-by")


@pytest.fixture
def tables(dynamodb, request):
    """A payment in the table and in the restored table, by the name of the test."""
    key = request.node.name.replace("[", "_").replace("]", "")

    class Tables:
        def have(self, current, restored):
            for table, stored in ((TABLE, current), (SIDE, restored)):
                if stored:
                    dynamodb.put_item(TableName=table, Item=stored)
                else:
                    dynamodb.delete_item(TableName=table, Key={"paymentKey": {"S": key}})

        def current(self):
            return dynamodb.get_item(TableName=TABLE, Key={"paymentKey": {"S": key}}, ConsistentRead=True).get("Item")

    tables = Tables()
    tables.key = key
    return tables


def test_a_damaged_item_is_replaced_by_the_restored_one(operator, tables):
    damaged = {name: value for name, value in approved(tables.key).items() if name != "orderId"}
    tables.have({**damaged, "amount": {"S": "ten thousand"}}, approved(tables.key))
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json")
    assert done.status == 0, done.errors
    assert "! amount          ten thousand                             10000" in done.output
    assert "  approvedBy      approved-by                              approved-by" in done.output
    assert tables.current() == approved(tables.key)
    assert [call.body["ConsistentRead"] for call in done.calls if call.operation == "GetItem"] == [True, True]


def test_an_item_that_is_gone_is_put_back_only_while_it_is_gone(operator, tables):
    tables.have(None, approved(tables.key))
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json && put_back restore/restored.json")
    assert done.status != 0 and "ConditionalCheckFailedException" in done.errors, "the second time, it is there"
    assert tables.current() == approved(tables.key)


@pytest.mark.parametrize(
    "written_meanwhile",
    [{"amount": {"N": "1"}}, {"approvedBy": {"S": "x"}}, {"cancelReason": {"S": "x"}}, {"orderId": {"S": "order_2"}}],
    ids=lambda change: next(iter(change)),
)
def test_an_item_that_changed_since_it_was_compared_is_left_alone(operator, tables, dynamodb, written_meanwhile):
    tables.have(item(tables.key), item(tables.key, orderId="order_3"))
    assert operator.runs(f"compare {tables.key} {SIDE}").status == 0
    dynamodb.put_item(TableName=TABLE, Item={**item(tables.key), **written_meanwhile})
    done = operator.runs("put_back restore/restored.json")
    assert done.status != 0 and "ConditionalCheckFailedException" in done.errors
    assert tables.current() == {**item(tables.key), **written_meanwhile}


def test_an_approval_is_not_taken_back(operator, tables):
    tables.have(approved(tables.key), item(tables.key))
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json")
    assert done.status != 0 and "takes back a change" in done.errors and "PutItem" not in done.operations
    assert tables.current() == approved(tables.key)


@pytest.mark.parametrize("stamp", ["createdBy", "approvedBy"])
def test_the_stamp_of_another_request_is_not_taken_back(operator, tables, stamp):
    tables.have(approved(tables.key), {**approved(tables.key), stamp: {"S": "another"}})
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json")
    assert done.status != 0 and "takes back a change" in done.errors and "PutItem" not in done.operations


def test_nothing_and_another_payment_are_not_put_back(operator, tables):
    tables.have(item(tables.key), None)
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json")
    assert done.status != 0 and "has no item" in done.errors and "PutItem" not in done.operations
    (operator.folder / "restore/other.json").write_text(json.dumps(item("pay_other")))
    done = operator.runs("put_back restore/other.json")
    assert done.status != 0 and "is not the payment" in done.errors and "PutItem" not in done.operations


def test_every_attribute_that_the_store_knows_is_in_the_condition(operator, tables):
    names = [line.split('"')[1] for line in (REPOSITORY / "shared/store/src/item.rs").read_text().splitlines() if ": Name = name!(" in line]
    assert len(names) >= 14
    tables.have(None, item(tables.key))
    done = operator.runs(f"compare {tables.key} {SIDE} && put_back restore/restored.json")
    put = done.only("PutItem")
    assert set(put["ExpressionAttributeNames"].values()) == set(names)
    assert put["ConditionExpression"].count("attribute_not_exists") == len(names), "nothing may be there"


# --- adopt ---


def test_the_template_of_an_adoption_has_what_a_deleted_stack_leaves():
    kept = {name: resource for name, resource in resources().items() if "DeletionPolicy" in resource}
    adopted = json.loads((REPOSITORY / "docs/adopt.json").read_text())["Resources"]
    assert adopted == kept, "the next deployment must find nothing to change"


def adoption(operator):
    operator.aws.stack = None
    done = operator.runs(f"adopt {TABLE}")
    assert done.status == 0, done.errors
    change = done.only("CreateChangeSet")
    assert (change["StackName"], change["ChangeSetType"]) == ("atdd-payments", "IMPORT")
    assert done.operations[-3:] == ["DescribeChangeSet", "ExecuteChangeSet", "DescribeStacks"]
    template = json.loads(change["TemplateBody"])
    imported = {resource["LogicalResourceId"]: resource for resource in change["ResourcesToImport"]}
    assert imported.keys() == template["Resources"].keys(), "an import creates nothing"
    for name, resource in imported.items():
        assert resource["ResourceType"] == template["Resources"][name]["Type"]
    return template, {name: resource["ResourceIdentifier"] for name, resource in imported.items()}


def identifiers(**groups):
    return {"PaymentsTable": {"TableName": TABLE}, **{name: {"LogGroupName": group} for name, group in groups.items()}}


def test_the_table_and_the_log_groups_of_a_deleted_stack_are_adopted(operator):
    template, imported = adoption(operator)
    assert template == json.loads((REPOSITORY / "docs/adopt.json").read_text())
    groups = {key.removesuffix("Name"): name for key, name in OUTPUTS.items() if key.endswith("LogGroupName")}
    assert imported == identifiers(**groups)


def test_log_groups_that_were_deleted_are_not_adopted(operator):
    operator.aws.log_groups = ["/aws/lambda/atdd-payments/create", "/aws/lambda/atdd-payments-2/confirm"]
    assert adoption(operator)[1] == identifiers(CreateLogGroup="/aws/lambda/atdd-payments/create")


def test_a_table_of_version_1_0_is_adopted_without_the_index(operator, dynamodb):
    key = [{"AttributeName": "paymentKey", "KeyType": "HASH"}]
    defined = [{"AttributeName": "paymentKey", "AttributeType": "S"}]
    dynamodb.create_table(TableName="old", KeySchema=key, AttributeDefinitions=defined, BillingMode="PAY_PER_REQUEST")
    operator.aws.stack = None
    done = operator.runs("adopt old")
    table = json.loads(done.only("CreateChangeSet")["TemplateBody"])["Resources"]["PaymentsTable"]["Properties"]
    assert "GlobalSecondaryIndexes" not in table and table["AttributeDefinitions"] == defined


def test_a_stack_that_was_just_adopted_has_no_parameters_to_change(operator):
    operator.aws.stack, operator.aws.parameters = "IMPORT_COMPLETE", {}
    done = operator.runs("change ApiRateLimit=200")
    assert (done.status, done.changes) == (1, []) and done.errors == "The stack has no parameter ApiRateLimit. Nothing was changed.\n"


def test_nothing_is_adopted_while_there_is_a_stack_or_no_table(operator):
    done = operator.runs(f"adopt {TABLE}")
    assert done.status != 0 and "There is a stack" in done.errors and "CreateChangeSet" not in done.operations
    operator.aws.stack = None
    done = operator.runs("adopt missing")
    assert done.status != 0 and "ResourceNotFoundException" in done.errors and "CreateChangeSet" not in done.operations


