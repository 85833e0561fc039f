# Wheels into .wheels, where the tree did not come with them, and a virtual environment from them: ../venv, seen from the tree.
{%- set app = salt['mc_project.application']() %}
{%- set python = salt['mc_python.plan']() %}
{%- set venv = app.beside ~ '/venv' %}
{%- set env = app.environment %}
{%- do env.update({'PIP_CACHE_DIR': app.cache ~ '/pip', 'PIP_DISABLE_PIP_VERSION_CHECK': '1', 'PIP_NO_INPUT': '1'}) %}
{%- set tools = app.beside ~ '/python' %}
{%- for fault in python.faults %}
python-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}

environment-folder:
  file.directory:
    - name: {{ venv|json }}
{%- if app.user %}
    - user: {{ app.user|json }}
{%- endif %}

environment-made:
  cmd.run:
    - name: {{ (python.interpreter ~ " -m venv " ~ ("--system-site-packages " if python.system_packages else "") ~ "'" ~ venv ~ "'")|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - unless: {{ ("test -x '" ~ venv ~ "/bin/pip'")|json }}
    - require:
      - file: environment-folder
{%- if not app.from_artifacts and python.dependencies %}
{%- if not python.requirements %}

requirements-reader:
  file.managed:
    - name: {{ (tools ~ '/requirements.py')|json }}
    - source: salt://{{ slspath }}/files/requirements.py
    - makedirs: true
    - mode: '0644'
{%- endif %}

{%- if python.system_packages %}

lacking-reader:
  file.managed:
    - name: {{ (tools ~ '/lacking.py')|json }}
    - source: salt://{{ slspath }}/files/lacking.py
    - makedirs: true
    - mode: '0644'
{%- endif %}

# By the build system of each requirement's own (PEP 517), so that one that has only a setup.py needs nothing in the environment.
wheels-built:
  cmd.run:
    - name: >-
{%- set wanted = cfg.python.requirements if python.requirements else venv ~ '/requirements.txt' %}
{%- if not python.requirements %}
        '{{ venv }}/bin/python' '{{ tools }}/requirements.py' > '{{ venv }}/requirements.txt' &&
{%- endif %}
{%- if python.system_packages %}
        '{{ venv }}/bin/python' '{{ tools }}/lacking.py' '{{ wanted }}' > '{{ venv }}/lacking.txt' &&
        { [ ! -s '{{ venv }}/lacking.txt' ] ||
        '{{ venv }}/bin/pip' wheel --quiet --use-pep517 --wheel-dir .wheels -r '{{ venv }}/lacking.txt'; }
{%- else %}
        '{{ venv }}/bin/pip' wheel --quiet --use-pep517 --wheel-dir .wheels -r '{{ wanted }}'
{%- endif %}
{%- if not python.requirements %}
{%- if python.package %} &&
        { '{{ venv }}/bin/pip' wheel --quiet --use-pep517 --wheel-dir .wheels --no-deps . ||
        echo 'The project itself could not be built as a package: its dependencies are there, and it runs from its folder.' >&2; }
{%- endif %}
{%- endif %}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
    - timeout: 3600
    - require:
      - cmd: environment-made
{%- if not python.requirements %}
      - file: requirements-reader
{%- endif %}
{%- if python.system_packages %}
      - file: lacking-reader
{%- endif %}
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
