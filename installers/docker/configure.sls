# docker: how the container is started; in final mode an image that is pulled, or one that is built here when asked for.
{%- set app = salt['mc_project.application']() %}
include:
  - .settings
{%- if app.mode == 'final' and (cfg.docker.image or cfg.docker.build_in_final) %}
  - .image
{%- endif %}
{% if app.mode == 'final' and not cfg.docker.image and not cfg.docker.build_in_final %}
docker-is-built-in-cooking:
  test.fail_without_changes:
    - comment: Final mode builds nothing. Name the image in docker.image, or set docker.build_in_final to true.
    - failhard: true
{% endif %}
