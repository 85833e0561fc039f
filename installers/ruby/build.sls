# ruby: gems, assets beside them, and the build that is configured.
include:
  - .gems
{%- for one in cfg.get('assets') or [] %}
  - makina-states.projects.2.{{ one }}.assets
{%- endfor %}
{%- set app = salt['mc_project.application']() %}
{%- if cfg.ruby.build %}

application-built-by-ruby:
  cmd.run:
    - name: {{ cfg.ruby.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
    - require:
      - cmd: gems-installed
{%- endif %}
