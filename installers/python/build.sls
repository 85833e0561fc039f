# python: wheels, the virtual environment, and the project's own build.
include:
  - .environment
{%- set app = salt['mc_project.application']() %}
{%- if cfg.python.build %}

application-built:
  cmd.run:
    - name: {{ cfg.python.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: environment-filled
{%- endif %}
