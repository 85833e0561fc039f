"""Evaluates each Python expression on standard input and prints its str(), or the exception's text."""
import json
import sys

for expression in json.load(sys.stdin):
    try:
        answer = str(eval(expression, {"__builtins__": {"sorted": sorted, "round": round}}))
    except Exception as error:
        answer = type(error).__name__ + ": " + str(error)
    print(json.dumps(answer))
