# The gems of Gemfile.lock; what was downloaded is kept between releases.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'BUNDLE_USER_HOME': app.cache ~ '/bundle', 'BUNDLE_GLOBAL_GEM_CACHE': 'true'}) %}
{%- set gemfile = app.folder ~ '/Gemfile' %}
{%- if salt['file.file_exists'](gemfile) and not salt['file.file_exists'](gemfile ~ '.lock') %}
{#- Frozen, bundler installs nothing that no lock file names. -#}
{%- do env.update({'BUNDLE_DEPLOYMENT': 'false', 'BUNDLE_FROZEN': 'false'}) %}
{%- do salt['mc_project.notice']('there is no Gemfile.lock: the newest versions of the gems are installed, others each time. Commit one (bundle lock makes it)') %}
{%- endif %}
gems-installed:
  cmd.run:
    - name: bundle install --quiet
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - onlyif: test -f Gemfile
    - timeout: 1800
