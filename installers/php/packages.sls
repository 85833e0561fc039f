# What composer.lock says; downloads are kept between releases.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'COMPOSER_HOME': app.cache ~ '/composer', 'COMPOSER_CACHE_DIR': app.cache ~ '/composer/cache', 'COMPOSER_NO_INTERACTION': '1'}) %}
packages-installed:
  cmd.run:
    - name: composer install --no-progress --prefer-dist --optimize-autoloader {{ '' if app.mode == 'editable' else '--no-dev' }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - onlyif: test -f composer.json
    - timeout: 1800
