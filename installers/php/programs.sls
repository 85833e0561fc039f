# What the application needs of the machine is looked for before anything is built.
{%- set app = salt['mc_project.application']() %}
{%- set builds = not app.from_artifacts %}
{%- set names = (['composer'] if builds and salt['file.file_exists'](app.folder ~ '/composer.json') else []) + ['nginx'] %}
{%- set missing = salt['mc_project.programs'](names) %}
{%- if not cfg.php.fpm and not salt['file.find']('/usr/sbin', name='php-fpm*', maxdepth=1) and not salt['file.file_exists']('/usr/local/sbin/php-fpm') %}
{%- do missing.append('There is no php-fpm on this machine: apt-get install php-fpm.') %}
{%- endif %}
programs-there:
  test.nop: []
{% for fault in missing %}
php-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
