"""Renders the snippets on standard input with the real Jinja2, set up as Salt sets it up; prints one JSON answer a line."""
import json
import sys

import jinja2
import jinja2.sandbox

asked = json.load(sys.stdin)
for snippet in asked["snippets"]:
    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        loader=jinja2.DictLoader(asked["files"]),
    )
    try:
        template = environment.from_string(snippet)
        template.globals.update(asked["context"])
        text = template.render(**asked["context"])
        answer = {"text": text + "\n" if snippet.endswith("\n") else text}
    except jinja2.TemplateSyntaxError as error:
        answer = {"error": str(error.message), "line": error.lineno}
    except Exception as error:
        line = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<template>" or trace.tb_frame.f_code.co_filename in asked["files"]:
                line = trace.tb_lineno
            trace = trace.tb_next
        answer = {"error": str(error), "line": line}
    print(json.dumps(answer))
