"""CloudWatch's alarms: the state of an alarm of the template, minute by minute, for metrics that are made up.

Source: CloudWatch user guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data", "Percentile-based alarms
and low data samples" and "Using math expressions with CloudWatch metrics". What they leave open is an argument here: how far back
an alarm looks for data, and how late a metric arrives.
"""

import ast
import operator
from math import ceil, floor

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
}


def state(points, periods, to_alarm, missing, current):
    """The state for these data points, oldest first: True is breaching, None is missing."""
    real = [point for point in points if point is not None]
    if len(real) >= periods:
        real = real[-periods:]
    elif missing == "ignore" and False not in real:
        return current
    elif missing not in ("ignore", "notBreaching"):
        raise NotImplementedError(f"missing data: {missing}")
    return "ALARM" if real.count(True) >= to_alarm else "OK"


class Alarm:
    """An alarm by its properties in the template."""

    def __init__(self, properties):
        if properties["ComparisonOperator"] != "GreaterThanThreshold":
            raise NotImplementedError(properties["ComparisonOperator"])
        self.threshold = properties["Threshold"]
        self.periods = properties["EvaluationPeriods"]
        self.to_alarm = properties.get("DatapointsToAlarm", self.periods)
        self.needs_samples = properties.get("EvaluateLowSampleCountPercentile") == "ignore"
        if "Metrics" in properties:
            [self.expression] = [metric["Expression"] for metric in properties["Metrics"] if "Expression" in metric]
            statistics = {metric["Id"]: metric["MetricStat"] for metric in properties["Metrics"] if "MetricStat" in metric}
        else:
            self.expression = "metric"
            stat = properties.get("ExtendedStatistic") or properties["Statistic"]
            statistics = {"metric": {"Stat": stat, "Period": properties["Period"], "Metric": properties}}
        self.metrics = {name: (identity(stat["Metric"]), stat["Stat"]) for name, stat in statistics.items()}
        [seconds] = {stat["Period"] for stat in statistics.values()}
        self.period = seconds // 60
        # An alarm on AWS/DynamoDB keeps its state while data is missing, whatever it says. (A newer text says that
        # TreatMissingData overrides that.)
        of_dynamodb = any(metric[0] == "AWS/DynamoDB" for metric, _ in self.metrics.values())
        self.missing = "ignore" if of_dynamodb else properties["TreatMissingData"]

    def states(self, samples, minutes, farther_back, late):
        """The state at the end of each minute. `samples` has for each metric its samples in each minute. An alarm looks at
        `farther_back` periods more than it evaluates, and sees a minute of a metric `late` minutes after its end."""
        current = "OK"
        for now in range(minutes):
            points = [self.point(samples, now, back, late) for back in range(self.periods + farther_back)]
            if not (self.needs_samples and self.lacks_samples(samples, now)):
                current = state(points[::-1], self.periods, self.to_alarm, self.missing, current)
            yield current

    def point(self, samples, now, back, late):
        """Whether the period that ended `back` periods ago was breaching. Each evaluation counts its periods from now."""
        values = {
            name: statistic(stat, self.window(samples[metric], now, back, late)) for name, (metric, stat) in self.metrics.items()
        }
        value = evaluate(ast.parse(self.expression, mode="eval").body, values)
        return None if value is None else value > self.threshold

    def window(self, minutes, now, back, late):
        end = now - back * self.period
        return [value for minute in range(end - self.period + 1, min(end, now - late) + 1) for value in minutes.get(minute, ())]

    def lacks_samples(self, samples, now):
        [(metric, percentile)] = self.metrics.values()
        needed = 10 / (1 - float(percentile.removeprefix("p")) / 100)
        return len(self.window(samples[metric], now, 0, 0)) < floor(needed)


def identity(metric):
    """A metric as (namespace, name, dimensions)."""
    return metric["Namespace"], metric["MetricName"], tuple((d["Name"], d["Value"]) for d in metric["Dimensions"])


def statistic(name, values):
    if not values:
        return None
    if name == "Sum":
        return sum(values)
    return sorted(values)[ceil(len(values) * float(name.removeprefix("p")) / 100) - 1]


def evaluate(node, values):
    """The value of a metric math expression at one time, or None if it has none. Its syntax is also Python's."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return values[name]
        case ast.Call(ast.Name("TIME_SERIES"), [ast.Constant(value)]):
            return value
        case ast.Call(ast.Name("IF"), [condition, then, otherwise]):
            holds = evaluate(condition, values)
            return None if holds is None else evaluate(then if holds else otherwise, values)
        case ast.Compare(left, [comparison], [right]):
            left, right = evaluate(left, values), evaluate(right, values)
            return None if left is None else OPERATORS[type(comparison)](left, right)
        case ast.BinOp(left, operation, right):
            left, right = evaluate(left, values), evaluate(right, values)
            # "Missing values in a time series are treated as 0. If [it would] divide by zero, the data point is dropped."
            if left is None and right is None or isinstance(operation, ast.Div) and not right:
                return None
            return OPERATORS[type(operation)](left or 0, right or 0)
    raise NotImplementedError(ast.unparse(node))
