import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{loadFunctionModules,loadState,loadStateModule,stateModuleNames}from"./chunk-VC5A4BJL.js";import{repr}from"./chunk-6Y3AJV2R.js";import"./chunk-HE7I6KI5.js";import"./chunk-FBPABKHC.js";import"./chunk-5XVXYFHT.js";async function stateEntries(){let entries=[];for(let module of stateModuleNames())for(let name of Object.keys(await loadStateModule(module)??{})){let definition=await loadState(module,name),full=`${module}.${name}`;definition&&entries.push({name:full,kind:"state",markdown:stateMarkdown(full,definition)})}return entries}async function functionEntries(own){let all=new Map;for(let[module,table]of Object.entries(await loadFunctionModules()))for(let[name,definition]of Object.entries(table))all.set(`${module}.${name}`,definition);for(let[name,definition]of Object.entries(own))all.set(name,definition);return[...all].sort(([a],[b])=>a<b?-1:1).map(([name,definition])=>({name,kind:"function",markdown:functionMarkdown(name,definition)}))}async function templateEntries(){let[{filterDefinitions},{testDefinitions},{functionDefinitions}]=await Promise.all([import("./filters-U66RQ7XG.js"),import("./tests-PWJDLM2H.js"),import("./globals-XBRORIKJ.js")]),filters=new Map(filterDefinitions.map(one=>[one.name,one])),tests=new Map(testDefinitions.map(one=>[one.name,one])),row=(kind,name,takes,aliases,does)=>({name,kind,markdown:`| \`${name}${cell(takes)}\`${aliases.map(alias=>`, \`${alias}\``).join("")} | ${cell(does)} |
`}),sorted=entries=>entries.sort((a,b)=>a.name<b.name?-1:1);return[...sorted([...filters.values()].map(one=>row("filter",one.name,takesText(one.takes),one.aliases??[],one.does))),...sorted([...tests.values()].map(one=>row("test",one.name,takesText(one.takes),one.aliases??[],one.does))),...sorted(functionDefinitions.map(one=>row("global",one.name,"",[],one.does)))]}function stateMarkdown(name,definition){let examples=(definition.examples??[]).map(({title,sls})=>`${title}:

${block(sls)}
`).join(""),rows=Object.entries(definition.arguments).map(([argument,one])=>`| \`${argument}\` | ${one.type} | ${defaultCell(one)} | ${cell(one.does)} |
`),table=rows.length>0?`| argument | type | default | |
|---|---|---|---|
${rows.join("")}
`:"",others=definition.otherArguments?`${definition.otherArguments}

`:"",watch=definition.modWatch?"Reacts to `watch` and `listen`.\n\n":"";return`### ${name}

${definition.does}

${watch}${table}${others}${examples}`}function functionMarkdown(name,definition){let names=Object.entries(definition.arguments).map(([argument,one])=>one.required?argument:`${argument}=${repr(one.default??null)}`);definition.restArguments&&names.push("\u2026"),definition.otherArguments&&names.push("key=\u2026");let rows=Object.entries(definition.arguments).map(([argument,one])=>`- \`${argument}\` (${one.type}): ${one.does}
`);definition.restArguments&&rows.push(`- \u2026: ${definition.restArguments}
`),definition.otherArguments&&rows.push(`- key=\u2026: ${definition.otherArguments}
`);let examples=(definition.examples??[]).map(({template,gives})=>`${block(`${template}
  -> ${gives}`)}
`),list=rows.length>0?`${rows.join("")}
`:"";return`#### ${name}(${names.join(", ")})

${definition.does}

${list}${examples.join("")}`}var defaultCell=one=>one.required?"required":one.default===void 0?"":`\`${cell(repr(one.default))}\``;function takesText(takes){if(takes==="anything")return"(\u2026)";let words=Object.entries(takes).map(([name,value])=>value===void 0?name:`${name}=${repr(value)}`);return words.length>0?`(${words.join(", ")})`:""}var cell=text=>text.replaceAll("|","\\|").replaceAll(`
`," "),block=text=>`${text.trimEnd().replace(/^(?=.)/gm,"    ")}
`;export{functionEntries,stateEntries,templateEntries};
