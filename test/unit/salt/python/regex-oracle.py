"""Answers what Python's re finds for each (pattern, flags, text, replacement) on standard input."""
import json
import re
import sys

for pattern, letters, text, replacement in json.load(sys.stdin):
    flags = 0
    for letter in letters:
        flags |= getattr(re, letter.upper())
    try:
        compiled = re.compile(pattern, flags)
        matched = compiled.match(text)
        answer = {
            "found": [found.group(0) for found in compiled.finditer(text)],
            "match": list(matched.groups()) if matched else None,
            "names": compiled.groupindex and {name: matched[name] for name in compiled.groupindex} if matched else None,
            "sub": compiled.sub(replacement, text),
        }
        answer["names"] = answer["names"] or None
    except (re.error, IndexError) as error:
        answer = {"error": True}
    print(json.dumps(answer))
