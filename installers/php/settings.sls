# The pool and its web server, beside the tree: they live as long as the release.
{%- set app = salt['mc_project.application']() %}
{%- set folder = app.beside ~ '/php' %}
{%- for name in ['serve', 'fpm.conf', 'nginx.conf'] %}
php-{{ name }}:
  file.managed:
    - name: {{ (folder ~ '/' ~ name)|json }}
    - source: salt://{{ slspath }}/files/{{ name }}
    - template: jinja
    - makedirs: true
    - mode: '0644'
{% endfor %}
