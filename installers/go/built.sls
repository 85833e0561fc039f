# The binary.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'GOCACHE': app.cache ~ '/go-build', 'GOMODCACHE': app.cache ~ '/go-modules', 'GOFLAGS': '-modcacherw'}) %}
application-built:
  cmd.run:
    - name: {{ ('go build ' ~ cfg.go.flags ~ ' -o bin/app ' ~ cfg.go.package)|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
