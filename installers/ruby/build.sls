# ruby: gems, and the build that is configured.
include:
  - .gems
{%- set app = salt['mc_project.application']() %}
{%- if cfg.ruby.build %}

application-built:
  cmd.run:
    - name: {{ cfg.ruby.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: gems-installed
{%- endif %}
