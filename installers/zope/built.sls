# buildout in an environment beside the tree. Its scripts name absolute paths, so it runs again where an archive is unpacked: there
# without the network, from what cooking put into the tree: buildout's own wheels in .wheels, the eggs in eggs.
# Data (Data.fs, blobs) belongs below data/.
{%- set app = salt['mc_project.application']() %}
{%- set venv = app.beside ~ '/venv' %}
{%- set env = app.environment %}
{%- do env.update({'PIP_CACHE_DIR': app.cache ~ '/pip', 'PIP_DISABLE_PIP_VERSION_CHECK': '1', 'PIP_NO_INPUT': '1'}) %}
{%- set travels = app.mode == 'cooking' or app.from_artifacts %}
{%- set eggs = app.folder ~ '/eggs' if travels else app.cache ~ '/eggs' %}

environment-folder:
  file.directory:
    - name: {{ venv|json }}
{%- if app.user %}
    - user: {{ app.user|json }}
{%- endif %}

# Debian: apt-get install python3-venv.
environment-made:
  cmd.run:
    - name: {{ (cfg.zope.interpreter ~ " -m venv '" ~ venv ~ "'")|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - unless: {{ ("test -x '" ~ venv ~ "/bin/pip'")|json }}
    - require:
      - file: environment-folder
{%- if not app.from_artifacts %}

wheels-built:
  cmd.run:
    - name: {{ ("'" ~ venv ~ "/bin/pip' wheel --quiet --wheel-dir .wheels '" ~ cfg.zope.buildout ~ "'")|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - require:
      - cmd: environment-made
    - require_in:
      - cmd: buildout-installed
{%- endif %}

buildout-installed:
  cmd.run:
    - name: {{ ("'" ~ venv ~ "/bin/pip' install --quiet --no-index --find-links .wheels '" ~ cfg.zope.buildout ~ "'")|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - require:
      - cmd: environment-made

# What an archive knows of installed parts are files of the machine that it comes from: nothing of that is to be removed here.
buildout-run:
  cmd.run:
    - name: >-
        rm -f .installed.cfg && mkdir -p '{{ eggs }}' '{{ app.cache }}/downloads' &&
        '{{ venv }}/bin/buildout' {{ '-o' if app.from_artifacts else '-N' }} -c '{{ cfg.zope.configuration }}'
        buildout:eggs-directory='{{ eggs }}' buildout:download-cache='{{ app.cache }}/downloads'
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - timeout: 3600
    - require:
      - cmd: buildout-installed
