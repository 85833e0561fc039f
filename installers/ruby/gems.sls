# The gems of Gemfile.lock; what was downloaded is kept between releases.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'BUNDLE_USER_HOME': app.cache ~ '/bundle', 'BUNDLE_GLOBAL_GEM_CACHE': 'true'}) %}
gems-installed:
  cmd.run:
    - name: bundle install --quiet
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - timeout: 1800
