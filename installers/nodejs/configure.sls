# nodejs: which Node it is and how the application starts. Final mode builds nothing: there a tree that did not come from
# release artifacts, and so has no node_modules, gets them here, before the numbered state files that may need them.
{%- set app = salt['mc_project.application']() %}
{%- set fetched = app.mode == 'final' and not app.from_artifacts %}
{%- if fetched and salt['mc_nodejs.plan']().unbuilt %}
{%- do salt['mc_project.notice']('final mode does not run the build script: name the archive from cooking in release_artifacts_urls, or set nodejs.build_in_final to true') %}
{%- endif %}
include:
  - .settings
{%- if fetched %}
  - .built
{%- endif %}
