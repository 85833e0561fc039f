# php: the pool; a tree that did not come from release artifacts gets its packages here in final mode.
{%- set app = salt['mc_project.application']() %}
include:
  - .programs
  - .settings
{%- if app.mode == 'final' and not app.from_artifacts %}
  - .packages
{%- endif %}
