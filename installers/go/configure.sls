# go: in final mode the binary comes from cooking.
{%- set app = salt['mc_project.application']() %}
{% if app.mode == 'final' and not app.from_artifacts and not cfg.go.build_in_final %}
go-is-built-in-cooking:
  test.fail_without_changes:
    - comment: Final mode builds nothing. Name the archive from cooking in release_artifacts_urls, or set go.build_in_final to true.
    - failhard: true
{% elif app.mode == 'final' and not app.from_artifacts %}
include:
  - .built
{% endif %}
