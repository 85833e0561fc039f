# docker: images of releases that are gone go, too.
{%- set docker = salt['mc_docker.plan']() %}
images-pruned:
  cmd.run:
    - name: {{ docker.prune|json }}
