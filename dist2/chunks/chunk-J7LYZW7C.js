import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{compileRegex,escapeRegex,search,substitute}from"./chunk-N7KSWQQ4.js";function replaceIn(text,replacing){let regex=compileRegex(replacing.pattern,replacing.flags),{replacement}=replacing,template=replacing.literal?replacement.replaceAll("\\","\\\\"):replacement;if(search(regex,text))return substitute(regex,template,text,replacing.count);if(replacing.ifNotFound==="nothing")return text;let added=replacing.added??replacement;return search(compileRegex(`^${escapeRegex(added)}($|(?=\\r\\n))`,replacing.flags),text)?text:replacing.ifNotFound==="prepend"?`${added}
${text}`:`${text===""||text.endsWith(`
`)?text:`${text}
`}${added}
`}export{replaceIn};
