# python: final mode builds nothing, but its environment is made on the machine where it runs.
{%- set app = salt['mc_project.application']() %}
{%- if app.mode == 'final' %}
include:
  - .environment
{%- endif %}
