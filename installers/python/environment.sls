# Wheels into .wheels, where the tree did not come with them, and a virtual environment from them: ../venv, seen from the tree.
{%- set app = salt['mc_project.application']() %}
{%- set venv = app.beside ~ '/venv' %}
{%- set env = app.environment %}
{%- do env.update({'PIP_CACHE_DIR': app.cache ~ '/pip', 'PIP_DISABLE_PIP_VERSION_CHECK': '1', 'PIP_NO_INPUT': '1'}) %}
{%- set requirements = cfg.python.requirements %}

environment-folder:
  file.directory:
    - name: {{ venv|json }}
{%- if app.user %}
    - user: {{ app.user|json }}
{%- endif %}

# Debian: apt-get install python3-venv.
environment-made:
  cmd.run:
    - name: {{ (cfg.python.interpreter ~ " -m venv '" ~ venv ~ "'")|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - unless: {{ ("test -x '" ~ venv ~ "/bin/pip'")|json }}
    - require:
      - file: environment-folder
{%- if not app.from_artifacts %}

wheels-built:
  cmd.run:
    - name: >-
        if [ -f '{{ requirements }}' ]; then set -- -r '{{ requirements }}'; else set -- .; fi;
        '{{ venv }}/bin/pip' wheel --quiet --wheel-dir .wheels "$@"
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - require:
      - cmd: environment-made
    - require_in:
      - cmd: environment-filled
{%- endif %}

environment-filled:
  cmd.run:
    - name: >-
        set -- .wheels/*.whl; [ ! -f "$1" ] ||
        '{{ venv }}/bin/pip' install --quiet --no-index --no-deps --force-reinstall "$@"
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - require:
      - cmd: environment-made
