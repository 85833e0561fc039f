"""Writes and reads values with Python's own plistlib, configparser and tomllib; one JSON answer a job."""
import configparser
import io
import json
import plistlib
import sys
import tomllib


def ini(value):
    parser = configparser.ConfigParser()
    for section, pairs in value.items():
        parser.add_section(section)
        for key, item in pairs.items():
            parser.set(section, key, None if item is None else str(item))
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def read_ini(text):
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return {name: dict(parser.items(name, raw=True)) for name in parser.sections()}


def answer(job):
    kind, value = job
    try:
        if kind == "write plist":
            return plistlib.dumps(json.loads(value)).decode()
        if kind == "read plist":
            return plistlib.loads(value.encode())
        if kind == "write ini":
            return ini(json.loads(value))
        if kind == "read ini":
            return read_ini(value)
        return tomllib.loads(value)
    except Exception as error:
        return {"refused": type(error).__name__}


print(json.dumps([answer(job) for job in json.load(sys.stdin)], default=str))
