import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{truthOf}from"./chunk-HZKLF3XE.js";var rsyncArguments={delete:{does:"Deletes what the source does not have.",type:"boolean",default:!1},force:{does:"Deletes folders that are not empty where a file takes their place.",type:"boolean",default:!1},update:{does:"Leaves files that are newer at the destination.",type:"boolean",default:!1},passwordfile:{does:"The file of the password of an rsync server.",type:"path"},exclude:{does:"What is left out: a pattern or several.",type:"text or list"},excludefrom:{does:"A file of patterns that are left out.",type:"path"},dryrun:{does:"Only says what it would do.",type:"boolean",default:!1},rsh:{does:"The shell that leads to the other machine.",type:"text"},additional_opts:{does:"Further options of rsync(1).",type:"list"}};function rsyncCommand(source,destination,given,dryRun){let options=["-avz"];dryRun&&options.push("--dry-run"),given.textOrNone("rsh")&&options.push("--rsh",given.text("rsh"));for(let name of["delete","force","update"])given.flag(name)&&options.push(`--${name}`);if(given.textOrNone("passwordfile")&&options.push("--password-file",given.text("passwordfile")),given.textOrNone("excludefrom"))options.push("--exclude-from",given.text("excludefrom"));else if(truthOf(given.value("exclude")))for(let pattern of given.texts("exclude"))options.push("--exclude",pattern);return["rsync",...options,...given.texts("additional_opts"),"--",source,destination]}function rsyncSummary(output){return`- ${(output.split(`

`).at(-1)??"").replaceAll("  ",`
`).split(`
`).filter(fact=>fact!=="").join(`
- `)}`}function rsyncChanges(output){let lines=(output.split(`

`)[0]??"").split(`
`).slice(1),gone=lines.filter(line=>line.startsWith("deleting ")).map(line=>line.slice(9)),copied=lines.filter(line=>!line.startsWith("deleting "));return gone.length===0&&copied.every(line=>line==="")?null:{copied:copied.sort().join(`
`)||"N/A",deleted:gone.sort().join(`
`)||"N/A"}}export{rsyncArguments,rsyncCommand,rsyncSummary,rsyncChanges};
