# ruby: a tree that did not come from release artifacts gets its gems here in final mode.
{%- set app = salt['mc_project.application']() %}
{%- if app.mode == 'final' and not app.from_artifacts %}
include:
  - .gems
{%- endif %}
