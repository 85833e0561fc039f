# The image; layers are the engine's own cache.
{%- set app = salt['mc_project.application']() %}
{%- if cfg.docker.image %}
image-there:
  cmd.run:
    - name: {{ ('docker pull --quiet ' ~ cfg.docker.image)|json }}
    - timeout: 3600
{%- else %}
image-there:
  cmd.run:
    - name: {{ ('docker build --quiet --tag corpus/' ~ cfg.name ~ ':' ~ app.release ~ ' .')|json }}
    - cwd: {{ app.folder|json }}
    - timeout: 3600
{%- endif %}
