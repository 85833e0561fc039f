# php: packages, and the build that is configured.
include:
  - .packages
{%- set app = salt['mc_project.application']() %}
{%- if cfg.php.build %}

application-built:
  cmd.run:
    - name: {{ cfg.php.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: packages-installed
{%- endif %}
