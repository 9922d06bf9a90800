"""A stand-in for AWS that records what the AWS CLI and the SAM CLI send, and answers as AWS would for one stack.

DynamoDB's data calls go on to a real DynamoDB, so that conditions are evaluated. Every other answer is what the next step of a
command needs, and no more.
"""

import json
import re
import threading
import urllib.parse
import urllib.request
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

# One call: its service, the name of its operation, the region that it was signed for, and what it says.
Call = namedtuple("Call", "service operation region body")

NOW = "2026-01-31T12:00:00Z"
# The services with AWS's query protocol.
QUERY = ("cloudformation", "sts")
DYNAMODB_DATA = {"GetItem", "PutItem", "Query", "Scan", "DescribeTable"}


class AwsError(Exception):
    """What AWS refuses, with its code."""

    def __init__(self, code, message):
        self.code, self.message = code, message


def xml(value):
    """A value as AWS's query protocol writes it."""
    if isinstance(value, dict):
        return "".join(f"<{key}>{xml(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{xml(item)}</member>" for item in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def unfolded(form):
    """The parameters of the query protocol as lists and dicts: `Parameters.member.1.ParameterKey=x`."""
    root = {}
    for name, value in urllib.parse.parse_qsl(form, keep_blank_values=True):
        *path, last = name.split(".")
        at = root
        for key in path:
            at = at.setdefault(key, {})
        at[last] = value

    def lists(value):
        if not isinstance(value, dict):
            return value
        if value.keys() == {"member"}:
            return [lists(value["member"][index]) for index in sorted(value["member"], key=int)]
        if value.keys() == {"entry"}:
            return {entry["key"]: entry["value"] for entry in value["entry"].values()}
        return {key: lists(item) for key, item in value.items()}

    return lists(root)


class Aws:
    """The account: in one region, one stack or none, and a table."""

    def __init__(self, region, dynamodb, parameters, outputs, functions):
        self.region, self.dynamodb = region, dynamodb
        self.stack = "UPDATE_COMPLETE"
        self.parameters, self.outputs, self.functions = parameters, outputs, functions
        self.digests = {name: parameters["SecretKeySha256"] for name in functions.values()}
        self.log_groups, self.tables = [], []
        self.calls = []
        # The states of the alarms that are there, and the status after an update.
        self.alarms = dict.fromkeys(("api-5xx", "latency-p99", "store-errors", "unauthorized", "function-throttles"), "OK")
        self.outcome = "UPDATE_COMPLETE"
        # Why there is no change set.
        self.no_change_set = None
        # The operation that is refused, and with what.
        self.refusal = None
        # How many change sets were executed.
        self.executed = 0

    def start(self):
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
                region, service = scope.groups() if scope else ("", "")
                status, content_type, answer = aws.answer(self, region, service, body)
                self.send_response(status)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(answer)))
                self.send_header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000")
                if service == "s3":
                    self.send_header("etag", '"0"')
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, region, service, body):
        # CloudWatch has both protocols, and versions of the AWS CLI differ.
        is_query = service in QUERY or service == "monitoring" and "x-amz-target" not in request.headers
        try:
            if is_query:
                return self.query(region, service, body)
            if service == "lambda":
                return self.rest(region, request.command, request.path, body)
            if service == "s3":
                return self.object(region, request.command, request.path, body)
            return self.json(region, service, request, body)
        except AwsError as error:
            if is_query:
                content = xml({"ErrorResponse": {"Error": {"Type": "Sender", "Code": error.code, "Message": error.message}}})
                return 400, "text/xml", content.encode()
            return 400, "application/json", json.dumps({"__type": error.code, "message": error.message}).encode()

    def record(self, *call):
        call = Call(*call)
        self.calls.append(call)
        if self.refusal and self.refusal[0] == call.operation:
            raise AwsError(*self.refusal[1:])

    # --- CloudFormation and STS ---

    def query(self, region, service, body):
        said = unfolded(body.decode())
        operation = said.pop("Action")
        said.pop("Version", None)
        self.record(service, operation, region, said)
        if not hasattr(self, operation):
            raise AwsError("InvalidAction", f"The stand-in has no {operation}")
        result = getattr(self, operation)(region, said)
        return 200, "text/xml", xml({f"{operation}Response": {f"{operation}Result": result}}).encode()

    def the_stack(self, region, name):
        """The status of the stack that a call is about. SAM keeps its bucket in another one, and asks for a third."""
        if name == "aws-sam-cli-managed-default":
            return "CREATE_COMPLETE"
        if region != self.region or self.stack is None or name not in ("atdd-payments", self.arn()):
            raise AwsError("ValidationError", f"Stack with id {name} does not exist")
        return self.stack

    def GetCallerIdentity(self, *_):
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/operator", "UserId": "U"}

    def DescribeStacks(self, region, said):
        status = self.the_stack(region, said["StackName"])
        described = {"StackName": said["StackName"], "StackId": self.arn(), "CreationTime": NOW, "StackStatus": status, "Tags": []}
        if said["StackName"] == "aws-sam-cli-managed-default":
            described["Outputs"] = [{"OutputKey": "SourceBucket", "OutputValue": "artifacts"}]
            described["Tags"] = [{"Key": "ManagedStackSource", "Value": "AwsSamCli"}]
        else:
            masked = {name: "****" if name == "SecretKeySha256" else value for name, value in self.parameters.items()}
            described["Parameters"] = [{"ParameterKey": key, "ParameterValue": value} for key, value in masked.items()]
            if self.outputs:
                described["Outputs"] = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [described]}

    def arn(self):
        return f"arn:aws:cloudformation:{self.region}:123456789012:stack/atdd-payments/00000000"

    def DescribeStackResource(self, region, said):
        self.the_stack(region, said["StackName"])
        return {"StackResourceDetail": self.resource(said["LogicalResourceId"])}

    def DescribeStackResources(self, region, said):
        self.the_stack(region, said["StackName"])
        return {"StackResources": [self.resource(name) for name in [*self.functions, "PaymentsTable"]]}

    def ListStackResources(self, region, said):
        self.the_stack(region, said["StackName"])
        return {"StackResourceSummaries": [self.resource(name) for name in self.functions]}

    def resource(self, name):
        is_function = name in self.functions
        return {
            "LogicalResourceId": name,
            "PhysicalResourceId": self.functions.get(name, self.outputs["TableName"]),
            "ResourceType": "AWS::Lambda::Function" if is_function else "AWS::DynamoDB::Table",
            "ResourceStatus": "CREATE_COMPLETE",
            "Timestamp": NOW,
            "LastUpdatedTimestamp": NOW,
        }

    def UpdateStack(self, region, said):
        if self.the_stack(region, said["StackName"]).endswith("IN_PROGRESS"):
            raise AwsError("ValidationError", f"Stack:{self.arn()} is in {self.stack} state and can not be updated.")
        self.stack = self.outcome
        for parameter in said["Parameters"]:
            if "ParameterValue" in parameter:
                self.parameters[parameter["ParameterKey"]] = parameter["ParameterValue"]
        self.digests = dict.fromkeys(self.digests, self.parameters["SecretKeySha256"])
        return {"StackId": self.arn()}

    def CancelUpdateStack(self, *_):
        self.stack = "UPDATE_ROLLBACK_COMPLETE"
        return {}

    def CreateChangeSet(self, region, said):
        if said.get("ChangeSetType") not in ("IMPORT", "CREATE"):
            self.the_stack(region, said["StackName"])
        self.change_set = said.get("ChangeSetType")
        return {"Id": f"arn:aws:cloudformation:{self.region}:123456789012:changeSet/one/0", "StackId": self.arn()}

    def DeleteChangeSet(self, *_):
        return {}

    def DescribeChangeSet(self, *_):
        if self.no_change_set:
            return {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": self.no_change_set}
        change = {"Action": "Modify", "LogicalResourceId": "CreateFunction", "ResourceType": "AWS::Lambda::Function"}
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}

    def ExecuteChangeSet(self, *_):
        self.executed += 1
        self.stack = {"IMPORT": "IMPORT_COMPLETE", "CREATE": "CREATE_COMPLETE"}.get(self.change_set, self.outcome)
        return {}

    def DescribeStackEvents(self, region, said):
        event = {"StackId": self.arn(), "EventId": "1", "StackName": "atdd-payments", "Timestamp": f"2026-01-31T12:0{self.executed}:00Z"}
        resource = {"LogicalResourceId": "atdd-payments", "ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": self.arn()}
        events = [{**event, **resource, "ResourceStatus": self.stack}]
        if self.stack == "UPDATE_ROLLBACK_COMPLETE":
            reason = "Rollback triggered by atdd-payments-api-5xx"
            begun = {"EventId": "0", "ResourceStatus": "UPDATE_ROLLBACK_IN_PROGRESS", "ResourceStatusReason": reason}
            events.append({**event, **resource, **begun})
        return {"StackEvents": events}

    def DeleteStack(self, *_):
        self.stack = None
        return {}

    def DetectStackDrift(self, *_):
        return {"StackDriftDetectionId": "the-detection"}

    def DescribeStackResourceDrifts(self, *_):
        names = {"StackId": self.arn(), "LogicalResourceId": "PaymentsTable", "ResourceType": "AWS::DynamoDB::Table"}
        return {"StackResourceDrifts": [{**names, "StackResourceDriftStatus": "IN_SYNC", "Timestamp": NOW}]}

    def GetTemplateSummary(self, *_):
        return {"Parameters": [{"ParameterKey": name} for name in self.parameters]}

    # --- Lambda ---

    def rest(self, region, method, path, body):
        name = re.search(r"/functions/([^/]+)/", path)[1]
        operation = {
            ("GET", "configuration"): "GetFunctionConfiguration",
            ("PUT", "concurrency"): "PutFunctionConcurrency",
            ("DELETE", "concurrency"): "DeleteFunctionConcurrency",
        }[method, path.rsplit("/", 1)[1]]
        self.record("lambda", operation, region, {"FunctionName": name, **json.loads(body or b"{}")})
        if region != self.region or name not in self.digests:
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}")
        answers = {
            "GetFunctionConfiguration": {"Environment": {"Variables": {"PAYMENTS_SECRET_KEY_SHA256": self.digests[name]}}},
            "PutFunctionConcurrency": {"ReservedConcurrentExecutions": 0},
        }
        if operation in answers:
            return 200, "application/json", json.dumps(answers[operation]).encode()
        return 204, "application/json", b""

    # --- S3: the bucket of SAM's artifacts, which has nothing yet ---

    def object(self, region, method, path, body):
        self.record("s3", method, region, {"path": path, "body": body})
        if method == "HEAD":
            return 404, "application/xml", b""
        return 200, "application/xml", b""

    # --- DynamoDB, CloudWatch ---

    def json(self, region, service, request, body):
        operation = request.headers["x-amz-target"].split(".")[1]
        said = json.loads(body)
        self.record(service, operation, region, said)
        if operation in DYNAMODB_DATA:
            own = ("host", "content-length", "accept-encoding")
            sent = {name: value for name, value in request.headers.items() if name.lower() not in own}
            forwarded = urllib.request.Request(self.dynamodb, body, sent)
            try:
                with urllib.request.urlopen(forwarded) as answer:
                    return answer.status, "application/x-amz-json-1.0", answer.read()
            except urllib.error.HTTPError as error:
                return error.code, "application/x-amz-json-1.0", error.read()
        answers = {
            "RestoreTableToPointInTime": {"TableDescription": {"TableStatus": "CREATING"}},
            "ListTables": {"TableNames": self.tables},
            "UpdateTable": {"TableDescription": {"TableStatus": "UPDATING"}},
            "DeleteTable": {"TableDescription": {"TableStatus": "DELETING"}},
            "DeleteLogGroup": {},
            "DescribeLogGroups": {
                "logGroups": [{"logGroupName": name} for name in self.log_groups if name.startswith(said.get("logGroupNamePrefix", ""))]
            },
            "DescribeAlarms": self.DescribeAlarms(region, said),
            "StartQuery": {"queryId": "the-query"},
            "GetQueryResults": {"status": "Complete", "results": []},
        }
        return 200, "application/x-amz-json-1.1", json.dumps(answers[operation]).encode()

    def DescribeAlarms(self, _, said):
        prefix = f"arn:aws:cloudwatch:{self.region}:123456789012:alarm:"
        alarms = {f"atdd-payments-{name}": state for name, state in self.alarms.items()}
        described = [{"AlarmName": name, "AlarmArn": prefix + name, "StateValue": state} for name, state in alarms.items()]
        return {"MetricAlarms": [alarm for alarm in described if alarm["AlarmName"] in said.get("AlarmNames", [])]}
