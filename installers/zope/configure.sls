# zope: in final mode what is needed comes from cooking, and buildout only writes its scripts for this machine.
{%- set app = salt['mc_project.application']() %}
{% if app.mode == 'final' and not app.from_artifacts and not cfg.zope.build_in_final %}
zope-is-built-in-cooking:
  test.fail_without_changes:
    - comment: Final mode builds nothing. Name the archive from cooking in release_artifacts_urls, or set zope.build_in_final to true.
    - failhard: true
{% elif app.mode == 'final' %}
include:
  - .built
{% endif %}
