# ruby: its programs are here; a tree that did not come from release artifacts gets its gems here in final mode.
{%- set app = salt['mc_project.application']() %}
{%- for fault in salt['mc_project.programs'](['ruby'] + (['bundle'] if salt['file.file_exists'](app.folder ~ '/Gemfile') else [])) %}
ruby-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
{%- if app.mode == 'final' and not app.from_artifacts %}
include:
  - .gems
{%- endif %}
