# nodejs: which Node it is and how the application starts. Final mode builds nothing: there a tree that did not come from
# release artifacts, and so has no node_modules, gets them here, before the numbered state files that may need them.
{%- set app = salt['mc_project.application']() %}
include:
  - .settings
{%- if app.mode == 'final' and not app.from_artifacts %}
  - {{ '.built' if cfg.nodejs.build_in_final else '.dependencies' }}
{%- endif %}
