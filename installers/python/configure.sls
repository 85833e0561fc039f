# python: the Python that it asks for is here; final mode builds nothing, but its environment is made on the machine where it runs.
{%- set app = salt['mc_project.application']() %}
{%- set python = salt['mc_python.plan']() %}
{%- if app.mode == 'final' %}
include:
  - .environment
{%- else %}
{%- for fault in python.faults %}
python-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
{%- endif %}
