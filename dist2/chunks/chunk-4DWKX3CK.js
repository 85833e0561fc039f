import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{textIfThere}from"./chunk-YHHNBGVP.js";import{closeSync,fdatasyncSync,openSync,writeSync}from"node:fs";function openJournal(path){let file=openSync(path,"a",420);return{write(step,phase,durable=!1){writeSync(file,`${JSON.stringify({at:Date.now(),step,phase})}
`),durable&&fdatasyncSync(file),dieHereIfAsked(`${step}:${phase}`)},close:()=>closeSync(file)}}function readJournal(path){let lines=[];for(let line of(textIfThere(path)??"").split(`
`))try{line&&lines.push(JSON.parse(line))}catch{}return lines}function dieHereIfAsked(step){process.env.CORPUS_DIE_AT===step&&process.kill(process.pid,"SIGKILL")}export{openJournal,readJournal};
