# What runs, and whether there is an engine that can run it.
{%- set docker = salt['mc_docker.plan']() %}
{%- do cfg.update({'containers': docker.containers}) %}
engine-answers:
  cmd.run:
    - name: {{ docker.answers|json }}
