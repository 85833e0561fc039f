# php: packages, assets beside them, and the build that is configured.
include:
  - .packages
{%- for one in cfg.get('assets') or [] %}
  - makina-states.projects.2.{{ one }}.assets
{%- endfor %}
{%- set app = salt['mc_project.application']() %}
{%- if cfg.php.build %}

application-built-by-php:
  cmd.run:
    - name: {{ cfg.php.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: packages-installed
{%- endif %}
