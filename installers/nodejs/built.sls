# Runs the build script with the development dependencies there, and takes them out again.
{%- set app = salt['mc_project.application']() %}
{%- set node = salt['mc_nodejs.plan']() %}
include:
  - .dependencies
{% if node.build %}
application-built:
  cmd.run:
    - name: {{ node.build|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ node.environment|json }}
    - require:
      - test: dependencies-there
{% endif %}
{% if node.install and node.prune %}
development-dependencies-gone:
  cmd.run:
    # What is left is no longer what the key says. Caches of build tools have no use in a release.
    - name: rm -rf node_modules/.cache node_modules/.corpus-key && {{ node.prune }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ node.environment|json }}
    - require:
{%- if node.build %}
      - cmd: application-built
{%- else %}
      - test: dependencies-there
{%- endif %}
{% endif %}
