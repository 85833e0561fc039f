# Assets beside an application in another language: its build.sls includes this.
include:
  - .settings
  - .built
