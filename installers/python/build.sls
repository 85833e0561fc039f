# python: wheels, the virtual environment, assets beside it, and the project's own build.
include:
  - .environment
{%- for one in cfg.get('assets') or [] %}
  - makina-states.projects.2.{{ one }}.assets
{%- endfor %}
{%- set app = salt['mc_project.application']() %}
{%- if cfg.python.build %}

application-built-by-python:
  cmd.run:
    - name: {{ cfg.python.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: environment-filled
{%- endif %}
