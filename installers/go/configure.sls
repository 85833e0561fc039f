# go: in final mode the binary comes from cooking.
{%- set app = salt['mc_project.application']() %}
{%- set builds = not app.from_artifacts and (app.mode != 'final' or cfg.go.build_in_final) %}
{%- for fault in salt['mc_project.programs'](['go']) if builds %}
go-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
{% if app.mode == 'final' and not app.from_artifacts and not cfg.go.build_in_final %}
go-is-built-in-cooking:
  test.fail_without_changes:
    - comment: Final mode builds nothing. Name the archive from cooking in release_artifacts_urls, or set go.build_in_final to true.
    - failhard: true
{% elif app.mode == 'final' and not app.from_artifacts %}
include:
  - .built
{% endif %}
