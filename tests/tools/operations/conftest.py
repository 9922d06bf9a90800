"""A shell in a checkout that an operator has, with the helpers of the page, and the AWS that its commands reach."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest
from samtranslator.yaml_helper import yaml_parse
from standin import Aws

REPOSITORY = Path(__file__).parents[3]
REGION, TABLE, SIDE = "ap-northeast-2", "atdd-payments-PaymentsTable-1ABCDEFGHIJKL", "payments-restored-1"
OLD = "0f" * 32
FUNCTIONS = {f"{name}Function": f"atdd-payments-{name}Function-1A2B3C" for name in ("Create", "Confirm", "Cancel", "Retrieve", "List")}
PARAMETERS = {
    "SecretKeySha256": OLD,
    "ReceiptBaseUrl": "https://pay.local/receipts",
    "ReceiptPages": "off",
    "ReceiptMerchantName": "",
    "Language": "en",
    "AlarmTopicArn": "",
    "ApiRateLimit": "100",
    "ApiBurstLimit": "200",
    "ReservedConcurrency": "",
    "LocalDynamoDbEndpoint": "",
}
LOG_GROUPS = ["create", "confirm", "cancel", "retrieve", "list", "receipt"]
OUTPUTS = {
    "ApiUrl": "https://abcdef.execute-api.ap-northeast-2.amazonaws.com",
    "TableName": TABLE,
    **{f"{name.capitalize()}LogGroupName": f"/aws/lambda/atdd-payments/{name}" for name in LOG_GROUPS},
    "AccessLogGroupName": "/aws/vendedlogs/atdd-payments/access",
    "DashboardUrl": "https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home",
}

# What the commands of the page would wait for, build or ask on AWS. `sam build` leaves what SAM leaves: a template and a program.
STAND_INS = r"""
sleep() { :; }
curl() { echo "curl $*"; }
sam() {
  [ "$1" = build ] || { command sam "$@"; return; }
  mkdir -p .aws-sam/build
  sed -E 's|CodeUri: functions/(.*)|CodeUri: \1|' template.yaml >.aws-sam/build/template.yaml
  for function in create confirm cancel retrieve list receipt; do
    mkdir -p ".aws-sam/build/$function"
    printf '%s' "built with SAM_BUILD_MODE=${SAM_BUILD_MODE-}" >".aws-sam/build/$function/bootstrap"
  done
}
"""
BEGIN = "region=ap-northeast-2 stack=atdd-payments\n. docs/operations.sh\n"

# What only looks, and what SAM uploads.
LOOKS = {
    "DescribeStacks", "DescribeStackResource", "DescribeStackResources", "DescribeStackEvents", "DescribeChangeSet", "GetTemplateSummary",
    "ListStackResources", "DescribeAlarms", "DescribeTable", "DescribeLogGroups", "ListTables", "GetFunctionConfiguration", "GetItem", "HEAD", "PUT",
}


class Done:
    """A script that ended: its status, what it printed, and the calls that it sent."""

    def __init__(self, done, calls):
        self.status, self.output, self.errors, self.calls = done.returncode, done.stdout, done.stderr, calls

    @property
    def operations(self):
        return [call.operation for call in self.calls]

    @property
    def changes(self):
        """The calls that are not in `LOOKS`, as (operation, body)."""
        return [(call.operation, call.body) for call in self.calls if call.operation not in LOOKS]

    def only(self, operation):
        [call] = [call for call in self.calls if call.operation == operation]
        return call.body


class Operator:
    def __init__(self, folder, aws, endpoint):
        self.folder, self.aws = folder, aws
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME")},
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_PAGER": "",
            # A user may have another format than JSON as the default.
            "AWS_DEFAULT_OUTPUT": "table",
            "SAM_CLI_TELEMETRY": "0",
            # How many seconds SAM waits between two looks at a stack.
            "SAM_CLI_POLL_DELAY": "0.1",
            "NO_PROXY": "127.0.0.1",
            "LC_ALL": "C.UTF-8",
        }

    def runs(self, script, begin=BEGIN, says="", **environment):
        self.aws.calls = []
        done = subprocess.run(
            [os.environ.get("OPERATOR_SHELL", "sh"), "-c", STAND_INS + begin + script],
            cwd=self.folder, env={**self.environment, **environment}, input=says, text=True, capture_output=True, timeout=60,
            # Without a terminal, so that a hidden value is read from `says`.
            start_new_session=True,
        )
        return Done(done, self.aws.calls)


def resources():
    """The resources of the template, as they are written."""
    return yaml_parse((REPOSITORY / "template.yaml").read_text())["Resources"]


@pytest.fixture(scope="session")
def dynamodb():
    endpoint = os.environ["DYNAMODB_URL"]
    client = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="local", aws_secret_access_key="local")
    client.endpoint = endpoint
    definition = json.loads((REPOSITORY / "docs/adopt.json").read_text())["Resources"]["PaymentsTable"]["Properties"]
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    for table in (TABLE, SIDE):
        client.create_table(TableName=table, **{name: definition[name] for name in names})
    yield client
    for table in client.list_tables()["TableNames"]:
        client.delete_table(TableName=table)


@pytest.fixture
def operator(tmp_path, dynamodb):
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("docs", "functions"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    # The check of a deployment has tests of its own. Here it says how it was called.
    check = tmp_path / "tests/tools/smoke/run"
    check.parent.mkdir(parents=True)
    check.write_text('#!/bin/sh\necho "check $* with $PAYMENTS_SECRET_KEY"\n')
    check.chmod(0o755)
    aws = Aws(REGION, dynamodb.endpoint, dict(PARAMETERS), dict(OUTPUTS), dict(FUNCTIONS))
    aws.log_groups = [name for key, name in OUTPUTS.items() if key.endswith("LogGroupName")]
    yield Operator(tmp_path, aws, aws.start())
    aws.stop()
