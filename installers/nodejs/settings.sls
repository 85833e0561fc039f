# Which Node the application runs on and how it starts. configure and reconfigure include it.
{%- set node = salt['mc_nodejs.plan']() %}
{%- if node.path %}{% do cfg.setdefault('environment', {}).update({'PATH': node.path}) %}{% endif %}
{%- if node.start %}{% do cfg.setdefault('processes', {}).setdefault('web', node.start) %}{% endif %}

node-as-asked:
  test.nop: []
{% for fault in node.faults %}
node-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
