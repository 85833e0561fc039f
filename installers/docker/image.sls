# The image, under the name of the release; layers are the engine's own cache. corpus itself asks the engine: the account of the
# project needs no right to it.
{%- set docker = salt['mc_docker.plan']() %}
image-there:
  cmd.run:
    - name: {{ (docker.pull or docker.build)|json }}
