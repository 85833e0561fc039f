import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{readFileSync}from"node:fs";function findAccount(name){for(let line of readFileSync("/etc/passwd","utf8").split(`
`)){let[user,,uid,gid,,home]=line.split(":");if(user===name)return{name,uid:Number(uid),gid:Number(gid),home:home??"/"}}return null}var isRoot=()=>process.getuid?.()===0;export{findAccount,isRoot};
