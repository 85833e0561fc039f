import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import"./chunk-IA44F2B2.js";import{succeeded}from"./chunk-CJ4O6237.js";import{Dict}from"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";var hook={does:"Does nothing: a name for others to come before or after.",arguments:{},otherArguments:"Accepted and ignored.",run:()=>succeeded(""),modWatch:call=>succeeded("",call.watched.length?Dict.of({[call.name]:"changed"}):new Dict),examples:[{title:"A barrier",sls:`before-everything:
  mc_proxy.hook: []
`}]},states={hook};export{states};
