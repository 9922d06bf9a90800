"""Follows docs/operations.md: runs the commands of each section, and compares what they send with what the page says."""

import hashlib
import json
import re

from conftest import FUNCTIONS, OLD, OUTPUTS, PARAMETERS, REPOSITORY, SIDE, TABLE

PAGE = (REPOSITORY / "docs/operations.md").read_text()
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"(?m)^## ", PAGE)[1:]}
# Commands that send nothing to AWS and that other scripts or other people run: installations, root certificates, known
# vulnerabilities.
WITHOUT_AWS = {"Your shell", "Root certificates", "The crates in a release"}
WRITERS = [FUNCTIONS[name] for name in ("CreateFunction", "ConfirmFunction", "CancelFunction")]


def blocks(section, language="sh"):
    return re.findall(rf"(?m)^```{language}\n(.*?)^```$", SECTIONS[section], re.DOTALL)


[SHELL] = blocks("Your shell")


def follows(operator, section, says="", **environment):
    """Runs all commands of a section, in the shell that the page begins with."""
    done = operator.runs("".join(blocks(section)), begin=SHELL, says=says, **environment)
    assert done.status == 0, f"{section}: {done.errors}"
    assert {call.region for call in done.calls} <= {"ap-northeast-2"}
    return done


def changed(body):
    """The parameters that an update changes. Every other one keeps its value."""
    parameters = {parameter["ParameterKey"]: parameter for parameter in body["Parameters"]}
    assert parameters.keys() == PARAMETERS.keys()
    assert body["UsePreviousTemplate"] == "true"
    return {name: it["ParameterValue"] for name, it in parameters.items() if it.get("UsePreviousValue") != "true"}


def test_every_section_with_commands_is_followed_here():
    followed = set(re.findall(r'(?:follows\(operator, |blocks\()"([^"]+)"', open(__file__).read()))
    with_commands = {section for section in SECTIONS if blocks(section)}
    assert with_commands == followed
    assert {section for section in SECTIONS if blocks(section, "bash")} == WITHOUT_AWS
    assert PAGE.count("```") == 2 * sum(len(blocks(section, language)) for section in SECTIONS for language in ("sh", "bash"))


def test_the_page_lists_every_helper():
    helpers = set(re.findall(r"(?m)^(\w+)\(\) ", (REPOSITORY / "docs/operations.sh").read_text()))
    listed = {name for row in re.findall(r"(?m)^\| (`.*?) \|", SECTIONS["Your shell"]) for name in re.findall(r"`(\w+)", row)}
    assert listed == helpers - {"fail", "stack_status", "name_of", "watched", "updated", "parameter_names"}, "the helpers, without those that only other helpers use"


def test_each_helper_sends_what_the_page_says(operator, dynamodb):
    item = approved("pay_1", "2026-01-30T11:00:00Z", 1)
    for table in (TABLE, SIDE):
        dynamodb.put_item(TableName=table, Item=item)
    calls = {
        "out": "out ApiUrl",
        "new_key": 'digest "$(new_key)"',
        "digests": "digests",
        "change": "change ApiRateLimit=7",
        "deploy": "deploy; deploy",
        "close_writes": "close_writes; open_writes",
        "compare": f"compare pay_1 {SIDE} && put_back restore/restored.json",
        "adopt": f"adopt {TABLE}",
    }
    rows = re.findall(r"(?m)^\| `(\w+).*?\|.*?\| (.*) \|$", SECTIONS["Your shell"])
    assert [name for name, _ in rows] == list(calls)
    for name, says in rows:
        operator.aws.stack = None if name == "adopt" else "UPDATE_COMPLETE"
        # To the second deployment, no.
        done = operator.runs(calls[name], begin=SHELL, says="y\nn\n")
        named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", says)) - PARAMETERS.keys()
        assert named <= set(done.operations), f"{name} sends {done.operations}: {done.errors}"
        assert {operation for operation, _ in done.changes} <= named, f"the page does not say what {name} sends"


# --- Deploy ---

FIRST, FAILED = "".join(blocks("First deployment")[:-1]), blocks("First deployment")[-1]


def answers_of_the_page():
    """What the page's table says to each prompt of `sam deploy --guided`, in the order of the prompts."""
    rows = re.findall(r"(?m)^\| (?!prompt)([^|]+) \| ([^|]+) \|$", SECTIONS["First deployment"])
    prompts = {}
    for names, answer in rows:
        said = "" if "Enter" in answer else answer.split("`")[1] if answer.startswith("`") else answer
        for name in names.removeprefix("Parameter ").split(", "):
            prompts[name] = said
    return prompts


def test_the_first_deployment(operator):
    operator.aws.stack = None
    answers = answers_of_the_page()
    declared = re.findall(r"(?m)^  (\w+):\n    Description", (REPOSITORY / "template.yaml").read_text().split("\nRules:")[0])
    assert [name for name in answers if name in declared] == declared == list(PARAMETERS), "the page answers the prompt of each parameter"
    answers["SecretKeySha256"] = OLD
    functions = ["y"] * 6
    says = [answers[name] for name in ("Stack Name", "AWS Region", *declared)]
    says += [answers[name] for name in ("Confirm changes before deploy", "Allow SAM CLI IAM role creation", "Disable rollback")]
    says += functions + [answers["Save arguments to configuration file"], answers["Deploy this changeset?"]]
    before = (operator.folder / "samconfig.toml").read_text()
    done = operator.runs(FIRST, begin=SHELL, says="\n".join(says) + "\n")
    assert done.status == 0, done.errors
    assert done.operations[0] == "ListTables", "the page looks for an earlier table first"
    change = done.only("CreateChangeSet")
    assert (change["StackName"], change["ChangeSetType"]) == ("atdd-payments", "CREATE")
    sent = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in change["Parameters"]}
    assert sent == PARAMETERS
    assert (operator.folder / "samconfig.toml").read_text() == before, "the arguments are not saved"
    [digest] = [line for line in done.output.splitlines() if re.fullmatch("[0-9a-f]{64}", line)]
    key = re.search(rf"(?m)^check {OUTPUTS['ApiUrl']} with (live_sk_[0-9a-f]{{64}})$", done.output)[1]
    assert digest == hashlib.sha256(key.encode()).hexdigest(), "the deployed digest is that of the key of the check"


def test_the_deployment_of_the_readme(operator):
    operator.aws.stack = None
    page = (REPOSITORY / "README.md").read_text()
    [commands, check] = re.findall(r"(?ms)^```bash\n(.*?)^```$", page.split("\n## Deploy\n")[1])
    commands = commands.split("\n", 1)[1] + check
    says = ["", "", OLD, *[""] * 9, "", "", "", *["y"] * 6, "n", "y"]
    done = operator.runs(commands, begin="export AWS_DEFAULT_REGION=ap-northeast-2\n", says="\n".join(says) + "\n")
    assert done.status == 0, done.errors
    digest, key = re.search(r"(?ms)\A([0-9a-f]{64})\n.*^check https://abcdef\S+ with (live_sk_[0-9a-f]{64})$", done.output).groups()
    assert digest == hashlib.sha256(key.encode()).hexdigest(), "the deployed digest is that of the key of the check"
    assert (done.only("CreateChangeSet")["StackName"], done.only("CreateChangeSet")["ChangeSetType"]) == ("atdd-payments", "CREATE")
    assert {call.region for call in done.calls} == {"ap-northeast-2"}


def test_a_first_deployment_that_failed(operator, dynamodb):
    for item in dynamodb.scan(TableName=TABLE)["Items"]:
        dynamodb.delete_item(TableName=TABLE, Key={"paymentKey": item["paymentKey"]})
    operator.aws.stack, operator.aws.tables = "ROLLBACK_COMPLETE", ["another", TABLE]
    done = operator.runs(FAILED, begin=SHELL)
    assert done.status == 0, done.errors
    assert [operation for operation, _ in done.changes] == ["DeleteStack", "Scan", "UpdateTable", "DeleteTable"]
    assert {body["TableName"] for operation, body in done.changes[1:]} == {TABLE}
    assert done.only("UpdateTable") == {"TableName": TABLE, "DeletionProtectionEnabled": False}


def test_a_table_with_a_payment_is_not_deleted(operator, dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=approved("pay_1", "2026-01-30T11:00:00Z", 1))
    operator.aws.stack, operator.aws.tables = "ROLLBACK_COMPLETE", [TABLE]
    assert [operation for operation, _ in operator.runs(FAILED, begin=SHELL).changes] == ["DeleteStack", "Scan"]


def test_arguments_that_were_saved_by_mistake_do_not_come_back(operator):
    operator.aws.stack = None
    says = ["", "", OLD, *[""] * 9, "", "", "", *["y"] * 6, "y", "", "", "y"]
    done = operator.runs(f"{blocks('First deployment')[2]}\n", begin=SHELL, says="\n".join(says) + "\n")
    assert done.status == 0, done.errors
    assert (operator.folder / "samconfig.toml").read_text() == (REPOSITORY / "samconfig.toml").read_text()
    done = operator.runs("deploy", begin=SHELL, says="y\n")
    assert done.status == 0, done.errors
    assert all(it == {"ParameterKey": it["ParameterKey"], "UsePreviousValue": "true"} for it in done.only("CreateChangeSet")["Parameters"])


def test_deploy_a_change(operator):
    done = follows(operator, "Deploy a change", says="y\n")
    assert [operation for operation, _ in done.changes] == ["CreateChangeSet", "ExecuteChangeSet", "CancelUpdateStack"]
    change = done.only("CreateChangeSet")
    assert change["ChangeSetType"] == "UPDATE"
    watched = [trigger["Arn"].split("-payments-")[1] for trigger in change["RollbackConfiguration"]["RollbackTriggers"]]
    assert "the alarms " + ", ".join(f"`{name}`" for name in watched[:-1]) + f" and `{watched[-1]}`" in SECTIONS["Deploy a change"]
    assert change["RollbackConfiguration"]["MonitoringTimeInMinutes"] == "15" and "for 15 minutes" in SECTIONS["Deploy a change"]


def test_check_a_deployment(operator):
    done = follows(operator, "Check a deployment", key="live_sk_of_a_client")
    assert done.output == f"check {OUTPUTS['ApiUrl']} with live_sk_of_a_client\n"


# --- Keys and parameters ---


def test_rotate_a_key(operator):
    done = follows(operator, "Rotate a key")
    both, new = [changed(body) for _, body in done.changes]
    first, second, third = done.output.splitlines()[1], done.output.splitlines()[-1], new["SecretKeySha256"]
    assert both == {"SecretKeySha256": f"{OLD},{third}"} and re.fullmatch("[0-9a-f]{64}", third)
    assert (first, second) == (f"{OLD},{third}", third), "what `digests` prints"


def test_a_rotation_that_cannot_read_the_old_digest_changes_nothing(operator):
    operator.aws.digests[WRITERS[0]] = "1e" * 32
    assert operator.runs(blocks("Rotate a key")[0], begin=SHELL).changes == []


def test_revoke_a_key_at_once(operator):
    revoke, take_back = blocks("Revoke a key at once")
    done = operator.runs(revoke, begin=SHELL)
    [(_, update)] = done.changes
    assert changed(update).keys() == {"SecretKeySha256"} and OLD not in changed(update)["SecretKeySha256"]
    assert done.output.splitlines()[-1] == changed(update)["SecretKeySha256"]

    operator.aws.stack = "UPDATE_IN_PROGRESS"
    assert "UPDATE_IN_PROGRESS" in operator.runs(revoke, begin=SHELL).errors, "an earlier change is watched"
    done = operator.runs(take_back + revoke, begin=SHELL)
    operations = [operation for operation, _ in done.changes]
    closes = ["PutFunctionConcurrency"] * 3
    assert operations == [*closes, "CancelUpdateStack", *closes, "UpdateStack"], done.errors


def test_change_a_parameter(operator):
    [(_, update)] = follows(operator, "Change a parameter").changes
    assert changed(update) == {"ApiRateLimit": "200", "ApiBurstLimit": "400"}
    table = dict(re.findall(r"(?m)^\| `(\w+)`.*?\| (.*?) \|", SECTIONS["Change a parameter"]))
    listed = {name for row in re.findall(r"(?m)^\| (`.*?) \|", SECTIONS["Change a parameter"]) for name in re.findall(r"\w+", row)}
    assert table and listed == PARAMETERS.keys(), "the page explains each parameter"


def test_receipts(operator):
    [(_, update)] = follows(operator, "Receipts").changes
    base = f"{OUTPUTS['ApiUrl']}/receipts"
    assert changed(update) == {"ReceiptPages": "on", "ReceiptBaseUrl": base, "ReceiptMerchantName": "카페 봄"}


def test_limits(operator):
    [(_, update)] = follows(operator, "Limits").changes
    assert changed(update) == {"ReservedConcurrency": "50"}


# --- Payments ---


def approved(key, at, amount):
    texts = {"paymentKey": key, "orderId": "order_1", "createdAt": at, "approvedAt": at}
    return {**{name: {"S": value} for name, value in texts.items()}, "amount": {"N": str(amount)}}


def test_look_up_a_payment(operator, dynamodb):
    for item in (
        approved("pay_123", "2026-01-31T00:00:00Z", 10_000),
        approved("pay_124", "2026-01-31T23:59:59Z", 200),
        approved("pay_125", "2026-02-01T00:00:00Z", 7),
    ):
        dynamodb.put_item(TableName=TABLE, Item=item)
    done = follows(operator, "Look up a payment")
    assert [operation for operation, _ in done.changes] == ["StartQuery", "GetQueryResults", "Scan"]
    assert set(done.only("StartQuery")["logGroupNames"]) == {name for key, name in OUTPUTS.items() if key.endswith("LogGroupName")} - {
        OUTPUTS["AccessLogGroupName"]
    }
    assert done.only("GetItem")["Key"] == {"paymentKey": {"S": "pay_123"}}
    assert f"curl -u : {OUTPUTS['ApiUrl']}/v1/payments/pay_123" in done.output
    assert float(done.output.splitlines()[-1]) == 10_200, "the amounts of that day"


def test_restore(operator, dynamodb):
    damaged = approved("pay_123", "2026-01-30T11:00:00Z", 10_000)
    dynamodb.put_item(TableName=SIDE, Item=damaged)
    dynamodb.put_item(TableName=TABLE, Item={**damaged, "amount": {"S": "10000"}})
    done = follows(operator, "Restore")
    operations = [operation for operation, _ in done.changes]
    assert operations == ["PutFunctionConcurrency"] * 3 + ["RestoreTableToPointInTime", "PutItem"] + ["DeleteFunctionConcurrency"] * 3
    closed, opened = [body for _, body in done.changes[:3]], [body for _, body in done.changes[-3:]]
    assert closed == [{"FunctionName": name, "ReservedConcurrentExecutions": 0} for name in WRITERS]
    assert [body["FunctionName"] for body in opened] == WRITERS
    restored = done.only("RestoreTableToPointInTime")
    assert (restored["SourceTableName"], restored["TargetTableName"]) == (TABLE, SIDE)
    assert done.only("PutItem")["TableName"] == TABLE and "#a0 = :a0" in done.only("PutItem")["ConditionExpression"]
    assert dynamodb.get_item(TableName=TABLE, Key={"paymentKey": {"S": "pay_123"}})["Item"] == damaged


def test_the_index_of_orders(operator):
    done = follows(operator, "The index of orders")
    assert done.output.split() == ["orderId-createdAt-index", "ACTIVE"]
    deleted = [body["logGroupName"] for operation, body in done.changes if operation == "DeleteLogGroup"]
    assert deleted == [f"/aws/lambda/atdd-payments/{name}" for name in ("retrieve", "list", "receipt")], "those that 1.0 does not have"


def test_adopt_a_table(operator):
    operator.aws.stack, operator.aws.tables, operator.aws.parameters = None, [TABLE], {}
    guided = ["", "", OLD, *[""] * 9, "", "", "", *["y"] * 6, "n", "y"]
    done = follows(operator, "Adopt a table", says="\n".join(guided) + "\n")
    operations = [operation for operation, _ in done.changes]
    assert operations[:2] == ["CreateChangeSet", "ExecuteChangeSet"] and operations[-2:] == ["CreateChangeSet", "ExecuteChangeSet"]
    imported, deployed = [body for operation, body in done.changes if operation == "CreateChangeSet"]
    assert (imported["ChangeSetType"], deployed["ChangeSetType"]) == ("IMPORT", "UPDATE")
    assert json.loads(imported["TemplateBody"])["Resources"].keys() >= {"PaymentsTable", "AccessLogGroup"}
