import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{openProject}from"./chunk-4G5YPTGC.js";import"./chunk-AACUJ224.js";import"./chunk-NEHCP4YH.js";import"./chunk-CMYVKCZC.js";import"./chunk-KCRVO2GB.js";import{hostname,userInfo}from"node:os";async function report(context,text){let layout=await openProject(context,text),host=process.env.CORPUS_HOST||hostname(),user=userInfo().username,alias=`corpus-${host.split(".")[0]}`;return{name:layout.name,project:{local:layout.projectGit,ssh:`ssh://${alias}/${layout.name}`},pillar:{local:layout.pillarGit,ssh:`ssh://${alias}/${layout.name}/pillar`},sshConfig:`Host ${alias}
  HostName ${host}
  User ${user}
  # Later pushes reuse the connection.
  ControlMaster auto
  ControlPath ~/.ssh/%C
  ControlPersist 10m
`}}export{report};
