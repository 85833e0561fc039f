# How the container is started. The account of the project needs the engine: usermod -aG docker, which is as good as root.
{%- set app = salt['mc_project.application']() %}
{%- set image = cfg.docker.image or 'corpus/' ~ cfg.name ~ ':' ~ app.release %}
{%- do cfg.setdefault('processes', {}).update({'web': 'exec docker run --rm --init --publish "127.0.0.1:$PORT:' ~ cfg.docker.port ~ '" --env PORT=' ~ cfg.docker.port ~ ' ' ~ image}) %}

docker-answers:
  cmd.run:
    - name: docker version --format '{{ '{{' }}.Server.Version{{ '}}' }}'
