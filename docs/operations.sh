# The helpers of docs/operations.md, for any POSIX shell. Set the region and the name of the stack, and source this file in the folder
# of the repository:
#
#   region=ap-northeast-2 stack=atdd-payments
#   . docs/operations.sh
#
# Each call names the region and the stack, so that no setting of the shell leads a helper to another stack. A helper that could not
# do its work says why, and its status is not 0. Helpers with variables are in parentheses, so that they change none of the shell's.

[ -n "${region:-}" ] && [ -n "${stack:-}" ] || echo 'operations.sh: set region and stack, and source it again.' >&2
# For the commands of the page that are not helpers: the first is for version 2 of the AWS CLI, the second for version 1 and SAM.
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"

# Says why, and returns 1, so that `fail "..." || exit` ends a helper.
fail() {
  printf '%s\n' "$1" >&2
  return 1
}

# Prints the status of the stack, or NONE.
stack_status() (
  answer=$(aws cloudformation describe-stacks --region "$region" --stack-name "$stack" --output text \
    --query 'Stacks[0].StackStatus' 2>&1) && printf '%s\n' "$answer" && exit
  case $answer in
    *'does not exist'*) echo NONE ;;
    *) fail "$answer" ;;
  esac
)

# Prints an output of the stack: out ApiUrl
out() (
  value=$(aws cloudformation describe-stacks --region "$region" --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue") || exit
  case $value in
    '' | None) fail "The stack $stack has no output $1." || exit ;;
  esac
  printf '%s\n' "$value"
)

# Prints the name on AWS of a resource in the template: name_of CreateFunction
name_of() {
  aws cloudformation describe-stack-resource --region "$region" --stack-name "$stack" --logical-resource-id "$1" --output text \
    --query StackResourceDetail.PhysicalResourceId
}

# Prints a new key.
new_key() (
  random=$(openssl rand -hex 32) && [ ${#random} -eq 64 ] || fail 'openssl made no random number.' || exit
  printf 'live_sk_%s\n' "$random"
)

# Prints the digest of a key.
digest() (
  [ -n "${1:-}" ] || fail 'digest: the key is empty.' || exit
  line=$(printf %s "$1" | openssl dgst -sha256 -r) && [ ${#line} -gt 64 ] || fail 'openssl made no digest.' || exit
  printf '%s\n' "${line%% *}"
)

# Prints the digests that all functions have. The parameter cannot be read, because CloudFormation masks it.
digests() (
  names=$(aws cloudformation describe-stack-resources --region "$region" --stack-name "$stack" --output text \
    --query "StackResources[?ResourceType=='AWS::Lambda::Function'].PhysicalResourceId") || exit
  found=$(printf '%s\n' "$names" | tr '\t' '\n' | while read -r name; do
    aws lambda get-function-configuration --region "$region" --function-name "$name" --output text \
      --query Environment.Variables.PAYMENTS_SECRET_KEY_SHA256 </dev/null || echo "$name cannot be read"
  done | sort -u)
  # Two lines are two functions that differ.
  case $found in
    '' | *[!0-9a-fA-F,]*) fail "The functions do not have the same digests:
$found" || exit ;;
  esac
  printf '%s\n' "$found"
)

# Prints the RollbackConfiguration of an update: the alarms that take it back. CloudFormation watches them during the update and for 15
# minutes after that, and rolls the update back if one goes off (CloudFormation API reference, "RollbackConfiguration"). An alarm that is
# on already cannot judge the update, and one that is not there would make it fail.
watched() (
  alarms=$(aws cloudwatch describe-alarms --region "$region" --alarm-names "$stack-api-5xx" "$stack-latency-p99" "$stack-store-errors" \
    --output json --query 'MetricAlarms[].[AlarmName, AlarmArn, StateValue]') || exit
  python3 -c '
import json, sys
alarms = json.loads(sys.argv[1])
triggers = []
for name, arn, state in alarms:
    if state == "ALARM":
        print(f"{name} is on already, so it cannot take this back.", file=sys.stderr)
    else:
        print(f"{name} takes this back if it goes off within 15 minutes.", file=sys.stderr)
        triggers.append({"Arn": arn, "Type": "AWS::CloudWatch::Alarm"})
print(json.dumps({"RollbackTriggers": triggers, "MonitoringTimeInMinutes": 15 if triggers else 0}))
' "$alarms"
)

# Waits until an update is done. If it was taken back, says why. CloudFormation begins it only after the call has returned
# (CloudFormation API reference, "ExecuteChangeSet"), and until then the stack still has the state of the update before.
updated() (
  sleep 5
  aws cloudformation wait stack-update-complete --region "$region" --stack-name "$stack" && exit
  aws cloudformation describe-stack-events --region "$region" --stack-name "$stack" --no-paginate --output text \
    --query "StackEvents[?ResourceStatus=='UPDATE_ROLLBACK_IN_PROGRESS'] | [0].ResourceStatusReason" >&2
  fail "The change did not succeed. The stack is in $(stack_status)."
)

# Prints the names of the stack's parameters, as JSON. A stack that was just adopted has none.
parameter_names() {
  aws cloudformation describe-stacks --region "$region" --stack-name "$stack" --output json \
    --query 'Stacks[0].Parameters[].ParameterKey || `[]`'
}

# Changes parameters of the stack: change ApiRateLimit=200 ApiBurstLimit=400
# The template and the code stay those that are deployed, and every other parameter keeps its value. No alarm takes back a change of the
# keys: that would make a key valid again that was revoked. The empty list says so; without it, those of the last update would be watched.
change() (
  names=$(parameter_names) || exit
  wanted=$(python3 -c '
import json, sys
names, arguments = json.loads(sys.argv[1]), sys.argv[2:]
if not arguments or not all("=" in argument for argument in arguments):
    sys.exit("change: Name=Value ...")
changes = dict(argument.split("=", 1) for argument in arguments)
if unknown := changes.keys() - set(names):
    sys.exit("The stack has no parameter " + ", ".join(sorted(unknown)) + ". Nothing was changed.")
kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in names if name not in changes]
print(json.dumps(kept + [{"ParameterKey": name, "ParameterValue": value} for name, value in changes.items()]))
' "$names" "$@") || exit
  watched=
  for argument in "$@"; do
    case $argument in
      SecretKeySha256=*) watched='{"RollbackTriggers": [], "MonitoringTimeInMinutes": 0}' ;;
    esac
  done
  [ -n "$watched" ] || watched=$(watched) || exit
  # A template with a transform needs CAPABILITY_AUTO_EXPAND (CloudFormation API reference, "UpdateStack").
  aws cloudformation update-stack --region "$region" --stack-name "$stack" --use-previous-template --parameters "$wanted" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --rollback-configuration "$watched" --output text --query StackId || exit
  updated
)

# Builds this checkout, and deploys it to the stack. It shows what will change, and asks. `sam deploy` cannot name alarms that take a
# deployment back, so this makes the change set of what `sam package` has uploaded.
deploy() (
  [ $# -eq 0 ] || fail 'deploy takes no arguments. Nothing was deployed.' || exit
  state=$(stack_status) || exit
  case $state in
    NONE | REVIEW_IN_PROGRESS) fail "There is no stack $stack in $region. Nothing was deployed." || exit ;;
  esac
  unset SAM_BUILD_MODE
  folder=$(mktemp -d) || exit
  trap 'rm -r "$folder"' EXIT
  sam build && sam package --region "$region" --template-file .aws-sam/build/template.yaml --resolve-s3 --s3-prefix "$stack" \
    --use-json --output-template-file "$folder/packaged.json" >/dev/null || exit
  names=$(parameter_names) || exit
  python3 -c '
import json, sys
names, folder = json.loads(sys.argv[1]), sys.argv[2]
template = json.load(open(f"{folder}/packaged.json"))
kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in template["Parameters"] if name in names]
json.dump(kept, open(f"{folder}/parameters.json", "w"))
# Without white space, because CloudFormation takes 51,200 bytes.
json.dump(template, open(f"{folder}/template.json", "w"), separators=(",", ":"))
' "$names" "$folder" || exit
  watched=$(watched) || exit
  set -- --region "$region" --stack-name "$stack" --change-set-name "deploy-$(date +%s)"
  aws cloudformation create-change-set "$@" --change-set-type UPDATE --template-body "file://$folder/template.json" \
    --parameters "file://$folder/parameters.json" --capabilities CAPABILITY_IAM --rollback-configuration "$watched" \
    --output text --query Id || exit
  if ! aws cloudformation wait change-set-create-complete "$@" 2>/dev/null; then
    aws cloudformation describe-change-set "$@" --output text --query StatusReason >&2
    aws cloudformation delete-change-set "$@"
    fail 'Nothing was deployed.' || exit
  fi
  aws cloudformation describe-change-set "$@" --output table \
    --query 'Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement]'
  printf 'Deploy these changes? [y/N] '
  read -r answer
  if [ "$answer" != y ]; then
    aws cloudformation delete-change-set "$@"
    fail 'Nothing was deployed.' || exit
  fi
  aws cloudformation execute-change-set "$@" || exit
  updated
)

# Stops all writes of the service. Reads go on. A limit of API Gateway is best effort; Lambda never runs more of a function than its
# reserved concurrency (Lambda developer guide, "Configuring reserved concurrency").
close_writes() (
  for id in CreateFunction ConfirmFunction CancelFunction; do
    name=$(name_of "$id") || exit
    aws lambda put-function-concurrency --region "$region" --function-name "$name" --reserved-concurrent-executions 0 \
      --output text >/dev/null || exit
    echo "$id is closed."
  done
  echo 'Waiting for requests that are running. Lambda ends a function after 10 seconds.'
  sleep 15
)

# Lets the service write again, with the concurrency that the stack reserves.
open_writes() (
  reserved=$(aws cloudformation describe-stacks --region "$region" --stack-name "$stack" --output text \
    --query "Stacks[0].Parameters[?ParameterKey=='ReservedConcurrency'].ParameterValue") || exit
  for id in CreateFunction ConfirmFunction CancelFunction; do
    name=$(name_of "$id") || exit
    case $reserved in
      '' | None) aws lambda delete-function-concurrency --region "$region" --function-name "$name" || exit ;;
      *)
        aws lambda put-function-concurrency --region "$region" --function-name "$name" \
          --reserved-concurrent-executions "$reserved" --output text >/dev/null || exit
        ;;
    esac
    echo "$id is open."
  done
)

# Shows the item of a payment in the table and in a restored table, and writes both into the folder restore:
# compare pay_123 restored-table
compare() (
  table=$(out TableName) && mkdir -p restore || exit
  key='{"paymentKey":{"S":"'$1'"}}'
  aws dynamodb get-item --region "$region" --table-name "$table" --consistent-read --key "$key" --output json --query Item \
    >restore/current.json || exit
  aws dynamodb get-item --region "$region" --table-name "$2" --consistent-read --key "$key" --output json --query Item \
    >restore/restored.json || exit
  python3 -c '
import json
current, restored = (json.load(open(f"restore/{name}.json")) or {} for name in ("current", "restored"))
print("  %-15s %-40s %s" % ("", "current", "restored"))
for name in sorted(current.keys() | restored.keys()):
    texts = [str(*item[name].values()) if name in item else "-" for item in (current, restored)]
    print("%s %-15s %-40s %s" % (" " if texts[0] == texts[1] else "!", name, *texts))
'
)

# Writes the item in a file into the table, if the item there is still the one in restore/current.json:
# put_back restore/restored.json
# It refuses a file that takes back a change of the current item.
put_back() (
  table=$(out TableName) && put=$(mktemp) || exit
  python3 -c '
import json, sys
file, table = sys.argv[1:]
current, new = json.load(open("restore/current.json")) or {}, json.load(open(file)) or {}
if not new:
    sys.exit(f"{file} has no item. Nothing was written.")
if current and current["paymentKey"] != new["paymentKey"]:
    sys.exit(f"{file} is not the payment in restore/current.json. Nothing was written.")
for stamp in ("createdBy", "approvedBy", "canceledBy"):
    if stamp in current and current[stamp] != new.get(stamp):
        sys.exit(f"{file} takes back a change: the current item has another {stamp}. Nothing was written.")
known = """paymentKey schemaVersion status orderId amount createdAt createdBy method approvedAt approvedBy
    cancelReason cancelAmount canceledAt canceledBy""".split()
names = dict(enumerate(sorted({*known, *current, *new})))
put = {
    "TableName": table,
    "Item": new,
    "ConditionExpression": " AND ".join(
        f"#a{i} = :a{i}" if name in current else f"attribute_not_exists(#a{i})" for i, name in names.items()
    ),
    "ExpressionAttributeNames": {f"#a{i}": name for i, name in names.items()},
}
if current:
    put["ExpressionAttributeValues"] = {f":a{i}": current[name] for i, name in names.items() if name in current}
json.dump(put, sys.stdout)
' "$1" "$table" >"$put" && aws dynamodb put-item --region "$region" --cli-input-json "file://$put" --output json &&
    echo "The item in $1 was written."
  state=$?
  rm "$put"
  exit $state
)

# Makes a stack of the table and the log groups that a deleted stack has left: adopt atdd-payments-PaymentsTable-1ABCDEFGHIJKL
# An import creates nothing, so its template has only what is there (CloudFormation user guide, "Import AWS resources into a
# CloudFormation stack").
adopt() (
  state=$(stack_status) || exit
  [ "$state" = NONE ] || fail "There is a stack $stack in $region: $state. Nothing was changed." || exit
  table=$(aws dynamodb describe-table --region "$region" --table-name "$1" --output json --query Table) || exit
  groups=$(for prefix in /aws/lambda /aws/vendedlogs; do
    aws logs describe-log-groups --region "$region" --log-group-name-prefix "$prefix/$stack/" --output text \
      --query 'logGroups[].logGroupName' || exit
  done) || exit
  folder=$(mktemp -d) || exit
  python3 -c '
import json, sys
stack, table, groups, folder = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].split(), sys.argv[4]
template = json.load(open("docs/adopt.json"))
resources = template["Resources"]
# Version 1.0 had no index. The next deployment adds it.
if "GlobalSecondaryIndexes" not in table:
    del resources["PaymentsTable"]["Properties"]["GlobalSecondaryIndexes"]
    del resources["PaymentsTable"]["Properties"]["AttributeDefinitions"][1:]
identifiers = {"PaymentsTable": {"TableName": table["TableName"]}}
for name in [name for name in resources if name != "PaymentsTable"]:
    group = resources[name]["Properties"]["LogGroupName"]["Fn::Sub"].replace("${AWS::StackName}", stack)
    if group in groups:
        identifiers[name] = {"LogGroupName": group}
    else:
        del resources[name]
imports = [
    {"ResourceType": resources[name]["Type"], "LogicalResourceId": name, "ResourceIdentifier": identifier}
    for name, identifier in identifiers.items()
]
json.dump(template, open(f"{folder}/template.json", "w"))
json.dump(imports, open(f"{folder}/resources.json", "w"))
' "$stack" "$table" "$groups" "$folder" || exit
  aws cloudformation create-change-set --region "$region" --stack-name "$stack" --change-set-name adopt --change-set-type IMPORT \
    --template-body "file://$folder/template.json" --resources-to-import "file://$folder/resources.json" --output text --query Id &&
    aws cloudformation wait change-set-create-complete --region "$region" --stack-name "$stack" --change-set-name adopt &&
    aws cloudformation execute-change-set --region "$region" --stack-name "$stack" --change-set-name adopt &&
    aws cloudformation wait stack-import-complete --region "$region" --stack-name "$stack"
  state=$?
  rm -r "$folder"
  exit $state
)
