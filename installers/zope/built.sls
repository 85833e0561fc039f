# buildout, with its downloads and eggs kept between releases; data (Data.fs, blobs) belongs below data/.
{%- set app = salt['mc_project.application']() %}
{%- set venv = app.beside ~ '/venv' %}
{%- set env = app.environment %}
{%- do env.update({'PIP_CACHE_DIR': app.cache ~ '/pip'}) %}

environment-folder:
  file.directory:
    - name: {{ venv|json }}
{%- if app.user %}
    - user: {{ app.user|json }}
{%- endif %}

buildout-installed:
  cmd.run:
    - name: >-
        {{ cfg.zope.interpreter }} -m venv '{{ venv }}' && '{{ venv }}/bin/pip' install --quiet '{{ cfg.zope.buildout }}'
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - require:
      - file: environment-folder

buildout-run:
  cmd.run:
    - name: >-
        mkdir -p '{{ app.cache }}/eggs' '{{ app.cache }}/downloads' &&
        '{{ venv }}/bin/buildout' -N -c '{{ cfg.zope.configuration }}'
        buildout:eggs-directory='{{ app.cache }}/eggs' buildout:download-cache='{{ app.cache }}/downloads'
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - timeout: 3600
    - require:
      - cmd: buildout-installed
