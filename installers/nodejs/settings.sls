# Which Node the application runs on and how it starts. configure and reconfigure include it.
{%- set node = salt['mc_nodejs.plan']() %}
{%- set path = cfg.setdefault('search_path', []) %}
{%- for folder in node.folders if folder not in path %}{% do path.append(folder) %}{% endfor %}
{%- if node.start and cfg.get('assets', none) is none %}{% do cfg.setdefault('processes', {}).setdefault('web', node.start) %}{% endif %}
{%- for text in node.notices %}{% do salt['mc_project.notice'](text) %}{% endfor %}
{%- if node.stand_in %}
{%- set app = salt['mc_project.application']() %}
{%- if '../tools' not in path %}{% do path.append('../tools') %}{% endif %}

# Seen from the tree: a line of the Procfile may call it.
package-manager:
  file.managed:
    - name: {{ (app.beside ~ '/tools/' ~ node.manager)|json }}
    - contents: {{ node.stand_in|json }}
    - makedirs: true
    - mode: '0755'
{%- endif %}

node-as-asked:
  test.nop: []
{% for fault in node.faults %}
node-needs-{{ loop.index }}:
  test.fail_without_changes:
    - comment: {{ fault|json }}
    - failhard: true
{% endfor %}
