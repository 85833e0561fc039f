import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{marker}from"./chunk-YPJDNJBU.js";import{quoted}from"./chunk-A5TTTFY5.js";var steadySeconds=10,longestBackOffSeconds=30,ourPath="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";function runScript(instance,uid){let account=instance.account,changes=account!==null&&account.uid!==uid,words=["env","-i",`PATH=${ourPath}`,`${marker}=${instance.name}`,"chpst","-P",...instance.memoryBytes===null?[]:["prlimit",`--data=${instance.memoryBytes}`,"--"],...changes?["setpriv",`--reuid=${account.uid}`,`--regid=${account.gid}`,"--init-groups","--"]:[],"/bin/sh","./launch"];return`#!/bin/sh
exec 2>&1
PATH=${ourPath}
/bin/sh ./sweep
echo $$ > main
date +%s > started
umask 022
exec ${words.map(word=>quoted(word).toString()).join(" ")}
`}var finishScript=`#!/bin/sh
PATH=${ourPath}
echo "$1 $2" > last-exit
/bin/sh ./sweep "$(cat main)"
[ -e down ] && exit 0
count=$(cat restarts 2>/dev/null || echo 0)
echo $((count + 1)) > restarts.new && mv restarts.new restarts
lived=$(( $(date +%s) - $(cat started) ))
quick=$(cat quick 2>/dev/null || echo 0)
if [ "$lived" -ge ${steadySeconds} ]; then quick=0; else quick=$((quick + 1)); fi
echo $quick > quick
# The first death costs no wait; after that 1, 2, 4 ... seconds.
[ $quick -le 1 ] && exit 0
delay=1
while [ $quick -gt 2 ] && [ $delay -lt ${longestBackOffSeconds} ]; do delay=$((delay * 2)); quick=$((quick - 1)); done
[ $delay -gt ${longestBackOffSeconds} ] && delay=${longestBackOffSeconds}
exec sleep $delay
`;function sweepScript(instance){return`#!/bin/sh
marked() { grep -lszxF ${marker}=${instance.name} /proc/[0-9]*/environ | sed 's|/proc/||;s|/environ||'; }
left() { for pid in $(marked); do case $(sed 's/.*) //' /proc/$pid/stat 2>/dev/null) in ''|Z*|X*) ;; *) echo $pid;; esac; done; }
end() { for pid in $(left); do kill -$1 $pid 2>/dev/null; done; [ -n "$group" ] && kill -$1 -$group 2>/dev/null; }
there() { [ -n "$(left)" ] || { [ -n "$group" ] && kill -0 -$group 2>/dev/null; }; }
group=$1
there || exit 0
end TERM
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do there || exit 0; sleep 0.1; done
end KILL
exit 0
`}var controlScript=`#!/bin/sh
exit 0
`;function logScript(folder){return`#!/bin/sh
PATH=${ourPath}
exec svlogd -ttt ${quoted(folder)}
`}var usualLogCap={fileBytes:5e6,files:3};function logConfig(cap){return`s${cap.fileBytes}
n${cap.files}
`}import{closeSync,constants,openSync,readFileSync,writeSync}from"node:fs";import{join}from"node:path";function supervision(folder){let bytes;try{bytes=readFileSync(join(folder,"supervise","status"))}catch{return null}if(bytes.length<20)return null;let pid=bytes.readUInt32LE(12),state=["down","run","finish"][bytes[19]??0]??"down";return{pid:pid===0?null:pid,state,wantsUp:bytes[17]===117}}function control(folder,letters){return writeToFifo(join(folder,"supervise","control"),letters)}function isSupervised(folder){return writeToFifo(join(folder,"supervise","ok"),"")}function writeToFifo(path,text){let fd;try{fd=openSync(path,constants.O_WRONLY|constants.O_NONBLOCK)}catch{return!1}try{return text!==""&&writeSync(fd,text),!0}catch{return!1}finally{closeSync(fd)}}export{runScript,finishScript,sweepScript,controlScript,logScript,usualLogCap,logConfig,supervision,control,isSupervised};
