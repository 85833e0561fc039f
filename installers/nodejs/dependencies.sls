# Puts node_modules into the tree: a copy of the one that an earlier release got for the same lock file, Node and platform,
# else by an installation. A copy, not links: a build or an application that writes in place harms no older release.
{%- set app = salt['mc_project.application']() %}
{%- set node = salt['mc_nodejs.plan']() %}
{%- set kept = node.kept ~ '/' ~ node.key %}
{%- if node.install %}
{%- if node.reusable %}
dependencies-copied:
  cmd.run:
    - name: rm -rf node_modules .node_modules && cp -a --reflink=auto '{{ kept }}' .node_modules && mv .node_modules node_modules && touch '{{ kept }}'
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ node.environment|json }}
    - onlyif: test -d '{{ kept }}'
    - unless: grep -qx {{ node.key }} node_modules/.corpus-key
{%- endif %}

dependencies-installed:
  cmd.run:
    - name: {{ ('rm -f node_modules/.corpus-key && ' ~ node.install ~ ' && mkdir -p node_modules && echo ' ~ node.key ~ ' > node_modules/.corpus-key')|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ node.environment|json }}
    - unless: grep -qx {{ node.key }} node_modules/.corpus-key
    - timeout: 1800
{%- if node.reusable %}
    - require:
      - cmd: dependencies-copied

# The three that were used last stay.
dependencies-kept:
  cmd.run:
    - name: |
        mkdir -p '{{ node.kept }}' && cd '{{ node.kept }}' && rm -rf .part {{ node.key }} &&
        cp -a --reflink=auto '{{ app.folder }}/node_modules' .part && touch .part && mv .part {{ node.key }} &&
        ls -1t | tail -n +4 | xargs -r rm -rf --
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ node.environment|json }}
    - onchanges:
      - cmd: dependencies-installed
{%- endif %}
{%- endif %}

dependencies-there:
{%- if node.install %}
  test.nop:
    - require:
      - cmd: dependencies-installed
{%- else %}
  test.nop: []
{%- endif %}
