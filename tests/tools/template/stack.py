"""template.yaml as CloudFormation would deploy it: transformed by SAM's own translator, then evaluated for given parameters."""

import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "ap-northeast-2")

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
DIGEST = "0f" * 32
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-2",
    "AWS::StackName": "the-stack",
    "AWS::URLSuffix": "amazonaws.com",
}
NOTHING = object()


def source():
    """The template as it is written."""
    return yaml_parse(TEMPLATE.read_text())


def transformed(template=None, **parameters):
    """The template after SAM's transform, which is told the parameters."""
    template = template or source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` replaces the folder with the location of the uploaded code.
            resource["Properties"]["CodeUri"] = "s3://artifacts/" + resource["Properties"]["CodeUri"].replace("/", "-")
    return Translator({}, Parser()).translate(template, {"SecretKeySha256": DIGEST, **parameters})


class Stack:
    """The deployed resources. A reference to another resource reads `${Id}` or `${Id.Attribute}`."""

    def __init__(self, **parameters):
        self.template = transformed()
        declared = self.template["Parameters"]
        self.values = {name: parameter["Default"] for name, parameter in declared.items() if "Default" in parameter}
        self.values |= {"SecretKeySha256": DIGEST, **parameters}
        self.resources = {
            name: self.evaluate({key: value for key, value in resource.items() if key != "Condition"})
            for name, resource in self.template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }
        self.outputs = {
            name: self.evaluate(output["Value"])
            for name, output in self.template["Outputs"].items()
            if "Condition" not in output or self.holds(output["Condition"])
        }

    def of_type(self, kind):
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def broken_rules(self):
        """Why CloudFormation would refuse these parameters."""
        rules = [rule for rule in self.template["Rules"].values() if self.evaluate(rule["RuleCondition"])]
        assertions = [assertion for rule in rules for assertion in rule["Assertions"]]
        return [it["AssertDescription"] for it in assertions if not self.evaluate(it["Assert"])]

    def holds(self, condition):
        return self.evaluate(self.template["Conditions"][condition])

    def evaluate(self, value):
        if isinstance(value, list):
            return [item for item in map(self.evaluate, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function in ("Ref", "Condition") or function.startswith("Fn::"):
                return getattr(self, "fn_" + function.removeprefix("Fn::").lower())(argument)
        items = {key: self.evaluate(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NOTHING}

    def fn_ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        return {**PSEUDO, **self.values}.get(name, "${%s}" % name)

    def fn_getatt(self, path):
        return "${%s}" % (path if isinstance(path, str) else ".".join(path))

    def fn_sub(self, argument):
        text, names = argument if isinstance(argument, list) else (argument, {})
        names = self.evaluate(names)

        def replace(match):
            name = match.group(1)
            if name in names:
                return names[name]
            return str(self.fn_getatt(name) if "." in name else self.fn_ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", replace, text)

    def fn_if(self, argument):
        condition, then, otherwise = argument
        return self.evaluate(then if self.holds(condition) else otherwise)

    def fn_join(self, argument):
        separator, parts = argument
        return separator.join(self.evaluate(parts))

    def fn_equals(self, argument):
        left, right = self.evaluate(argument)
        return left == right

    def fn_not(self, argument):
        return not self.evaluate(argument[0])


def dependencies(template):
    """The resources that must exist before each resource."""
    names = template["Resources"].keys()

    def found(value):
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "Ref":
                    yield item
                elif key == "Fn::GetAtt":
                    yield (item if isinstance(item, str) else item[0]).split(".")[0]
                elif key == "Fn::Sub":
                    yield from re.findall(r"\$\{(\w+)[.}]", item if isinstance(item, str) else item[0])
                    yield from found(item)
                elif key == "DependsOn":
                    yield from [item] if isinstance(item, str) else item
                else:
                    yield from found(item)
        elif isinstance(value, list):
            for item in value:
                yield from found(item)

    return {name: set(found(resource)) & names for name, resource in template["Resources"].items()}
