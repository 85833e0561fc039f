# go: assets that it may embed, and the binaries.
include:
{%- for one in cfg.get('assets') or [] %}
  - makina-states.projects.2.{{ one }}.assets
{%- endfor %}
  - .built
