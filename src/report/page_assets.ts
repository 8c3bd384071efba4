/** Style and script of the page. Its content security policy names their hashes. @module */

const LIGHT =
  "--back:#f6f7f9;--card:#fff;--text:#1a1d24;--soft:#555b68;--line:#dcdfe6;--code:#f3f4f7;" +
  "--link:#2456b8;--hover:#e9effb;--error:#b3261e;--error-back:#fdeceb;--warning:#7d4e00;" +
  "--warning-back:#fdf3df;--good:#17693a;--good-back:#e6f4ea;--on:#fff;--wait:#eceef2";
const DARK =
  "--back:#111318;--card:#1a1d24;--text:#e8eaf0;--soft:#a9b0bf;--line:#343945;--code:#12141a;" +
  "--link:#9dbcff;--hover:#243049;--error:#ffa49c;--error-back:#3c1f1f;--warning:#f3c677;" +
  "--warning-back:#37290f;--good:#86d8a4;--good-back:#173124;--on:#111318;--wait:#242833";

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;overflow-wrap:anywhere;background:var(--back);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main,footer{max-width:92rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2rem}main{padding-bottom:2rem}footer{padding-bottom:3rem;color:var(--soft);font-size:13px}
h1{font-size:1.6rem;line-height:1.25;margin:.35rem 0 .4rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 .8rem;letter-spacing:-.005em}
h3{font-size:.8rem;margin:1rem 0 .3rem;color:var(--soft);font-weight:600;text-transform:uppercase;letter-spacing:.05em}
p{margin:.3rem 0}a{color:var(--link)}
code,pre,.mono{font-family:ui-monospace,"Cascadia Code","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.15rem 1.25rem;margin:1.1rem 0}
.sub{color:var(--soft);overflow-wrap:anywhere}
.pill{display:inline-block;max-width:100%;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom;border-radius:999px;padding:.05rem .6rem;font-size:.8em;font-weight:600;line-height:1.6;background:var(--code);color:var(--soft);white-space:nowrap}
.pill.error{background:var(--error-back);color:var(--error)}.pill.warning,.pill.refused{background:var(--warning-back);color:var(--warning)}.pill.good{background:var(--good-back);color:var(--good)}
.remedy{border-left:4px solid var(--link);background:var(--card);border-radius:0 8px 8px 0;padding:.6rem .9rem;margin:.9rem 0;max-width:70rem;overflow-wrap:anywhere;white-space:pre-line}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:1rem 0 0;padding:0}.facts div{min-width:6rem}
.facts dt{color:var(--soft);font-size:.8em}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
dl.list{display:grid;grid-template-columns:minmax(8rem,max-content) minmax(0,1fr);gap:.25rem 1.2rem;margin:.4rem 0}
dl.list dt{color:var(--soft);overflow-wrap:anywhere}dl.list dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;min-width:44rem}th{font-size:12px;color:var(--soft);font-weight:600}
th,td{text-align:left;border-bottom:1px solid var(--line);padding:.45rem .7rem .45rem 0;vertical-align:top;overflow-wrap:anywhere}tbody tr:last-child td{border-bottom:0}
td small,.finding small{color:var(--soft);font-size:.85em}td.no-break{white-space:nowrap}
.finding{border:1px solid var(--line);border-left:4px solid var(--line);border-radius:8px;padding:.6rem .9rem;margin:.6rem 0;overflow-wrap:anywhere}
.finding p{margin:.25rem 0}.finding.error{border-left-color:var(--error)}.finding.warning{border-left-color:var(--warning)}
.finding .code{font-weight:600;margin:0 .5rem}
.trace{display:grid;gap:1.1rem;grid-template-columns:minmax(0,1fr)}
.diagram,.times{overflow:auto;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.diagram{max-height:85vh}.heads{position:sticky;top:0;z-index:1;background:var(--card);width:max-content;min-width:100%;border-bottom:1px solid var(--line)}
svg{display:block}
svg text{fill:var(--text);font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
svg .asked{font-family:ui-monospace,"Cascadia Code","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:11.5px}
svg .title{font-weight:600;font-size:12.5px}svg .host,svg .tick,svg .purpose,svg .answer{fill:var(--soft);font-size:11.5px}
svg .lane rect{fill:var(--code);stroke:var(--line)}svg .life{stroke:var(--line);stroke-width:1.5}
svg .band rect{fill:var(--code)}svg .band .step{font-weight:600;font-size:11.5px;fill:var(--soft)}
svg .request{stroke:var(--soft);stroke-width:1.4}svg .response{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 3}
svg .head{fill:var(--soft);stroke-dasharray:none;stroke-width:1}
svg .hit{fill:transparent}svg .badge{fill:var(--code);stroke:var(--line)}svg .number{fill:var(--soft);font-weight:600;font-size:11px}
svg a.row{cursor:pointer;text-decoration:none}svg a.row:hover .hit,svg a.row[aria-current] .hit{fill:var(--hover)}
svg a.row:focus{outline:0}svg a.row:focus-visible .hit{stroke:var(--link);stroke-width:2}
svg .good .answer{fill:var(--good)}svg .error .answer{fill:var(--error);font-weight:600}svg .warning .answer,svg .refused .answer{fill:var(--warning)}
svg .error .response{stroke:var(--error)}svg .error .response.head{fill:var(--error)}svg .warning .response,svg .refused .response{stroke:var(--warning)}svg .warning .response.head,svg .refused .response.head{fill:var(--warning)}
svg .pin rect{fill:var(--warning)}svg .pin.error rect{fill:var(--error)}svg .pin.good rect,svg .pin.refused rect{fill:var(--soft)}svg .pin .count{fill:var(--on);font-weight:700;font-size:11px}
svg .bar{fill:var(--good)}svg .error .bar{fill:var(--error)}svg .warning .bar,svg .refused .bar{fill:var(--warning)}
svg .wait rect{fill:var(--wait)}svg .dim{opacity:.22}
.filters{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem .9rem;margin:0 0 .9rem;font-size:13.5px}
.filters[hidden],[hidden]{display:none}
.filters label{display:inline-flex;align-items:center;gap:.4rem}.filters output{color:var(--soft);margin-left:auto}
.filters select,.filters button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:7px;padding:.22rem .6rem;max-width:17rem}
.filters button{cursor:pointer}.filters button:hover{background:var(--hover)}
.filters input{width:1rem;height:1rem;margin:0;accent-color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
details[data-exchange],details[data-check]{border:1px solid var(--line);border-radius:10px;margin:0 0 .6rem;background:var(--card);scroll-margin-top:.75rem}
details[open]{border-color:var(--soft)}
summary{display:flex;flex-wrap:wrap;align-items:baseline;gap:.15rem .6rem;padding:.5rem .8rem;cursor:pointer;list-style:none;border-radius:10px}
summary::-webkit-details-marker{display:none}summary:hover{background:var(--hover)}
summary .id{color:var(--soft);font-weight:600;min-width:1.4rem;font-size:13px}summary .what{flex:1 1 14rem;overflow-wrap:anywhere}
summary .time{color:var(--soft);font-size:.85em}
.inside{padding:.1rem .9rem .9rem}
pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:.7rem .8rem;overflow:auto;max-height:28rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;line-height:1.5}
.token{border-top:1px solid var(--line);padding:.8rem 0 .2rem}.token:first-of-type{border-top:0;padding-top:0}
.columns{display:grid;gap:0 1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr))}
ul.notes{margin:.2rem 0;padding-left:1.2rem;overflow-wrap:anywhere}
@media (min-width:80rem){.trace{grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);align-items:start}.diagram{position:sticky;top:.75rem;max-height:calc(100vh - 1.5rem)}}
@media (max-width:40rem){header,main,footer{padding-left:.8rem;padding-right:.8rem}section{padding:.9rem}dl.list{grid-template-columns:minmax(0,1fr);gap:0}dl.list dd{margin-bottom:.4rem}h1{font-size:1.3rem}}
@page{margin:14mm}
@media print{:root{color-scheme:light;${LIGHT};--back:#fff}body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}section{border:0;padding:0;margin:1.2rem 0}.filters{display:none}.trace{display:block}
.diagram,.times{max-height:none;overflow:visible;border:0;position:static}.heads{position:static;border:0;break-after:avoid}svg{break-inside:avoid}svg{max-width:100%;height:auto}table{min-width:0}
pre{max-height:none;font-size:9.5px}h2{break-after:avoid}details,.finding{break-inside:auto}summary{break-after:avoid}.finding,tr{break-inside:avoid}}
`;

/** Opens the linked exchange, filters, moves with the arrow keys, and opens everything for printing. */
export const SCRIPT = `
"use strict";
const $=(query)=>[...document.querySelectorAll(query)];
const all=$("details[data-exchange]"),rows=$("svg a.row");
const by=(list,id)=>list.filter((it)=>it.dataset.exchange===id);
const mark=(id)=>rows.forEach((row)=>{if(row.dataset.exchange===id)row.setAttribute("aria-current","true");else row.removeAttribute("aria-current");});
const show=()=>{const id=location.hash.slice(1);const found=all.find((it)=>it.id===id);if(!found)return;
if(found.hidden)reset();found.open=true;mark(found.dataset.exchange);found.scrollIntoView({block:"start"});found.querySelector("summary").focus({preventScroll:true});};
addEventListener("hashchange",show);
$("a[href^='#exchange-']").forEach((link)=>link.addEventListener("click",()=>{if(location.hash===link.getAttribute("href"))show();}));
const resets=[];
const reset=()=>resets.forEach((it)=>it());
$("form.filters").forEach((bar)=>{
const name=bar.dataset.list,list=$("details[data-"+name+"]").filter((it)=>bar.parentElement.contains(it)),said=bar.querySelector("output");
const fields=[...bar.querySelectorAll("select,input")];
const fits=(it)=>fields.every((field)=>field.type==="checkbox"?!field.checked||it.dataset[field.name]==="true":field.value===""||it.dataset[field.name]===field.value);
const filter=()=>{let count=0;list.forEach((it)=>{const fit=fits(it);it.hidden=!fit;if(fit)count+=1;if(name==="exchange")by(rows,it.dataset.exchange).forEach((row)=>{row.classList.toggle("dim",!fit);});});
said.textContent=(count===list.length?"":count+" of ")+list.length+" "+name+"s";};
const clear=()=>{fields.forEach((field)=>{if(field.type==="checkbox")field.checked=false;else field.value="";});filter();};
resets.push(clear);bar.hidden=false;bar.addEventListener("change",filter);bar.querySelector("[data-do=all]").addEventListener("click",clear);
bar.querySelector("[data-do=open]").addEventListener("click",()=>list.forEach((it)=>{it.open=true;}));
bar.querySelector("[data-do=close]").addEventListener("click",()=>list.forEach((it)=>{it.open=false;}));filter();});
const step=(list,at,event)=>{const next={ArrowDown:at+1,ArrowUp:at-1,Home:0,End:list.length-1}[event.key];if(next===undefined)return;event.preventDefault();if(list[next]){list[next].focus();list[next].scrollIntoView({block:"nearest"});}};
addEventListener("keydown",(event)=>{if(event.altKey||event.ctrlKey||event.metaKey)return;const target=event.target;
if(target.matches("summary")){const list=all.filter((it)=>!it.hidden).map((it)=>it.querySelector("summary"));
if(event.key==="Escape"){const row=by(rows,target.parentElement.dataset.exchange)[0];if(row){row.focus();row.scrollIntoView({block:"nearest"});}}
else step(list,list.indexOf(target),event);}
else if(target.matches("svg a.row")){const list=[...target.closest(".diagram,.times").querySelectorAll("a.row:not(.dim)")];step(list,list.indexOf(target),event);}});
let closed=[];
addEventListener("beforeprint",()=>{closed=all.filter((it)=>!it.open);closed.forEach((it)=>{it.open=true;});});
addEventListener("afterprint",()=>{closed.forEach((it)=>{it.open=false;});});
show();
`;

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

export async function contentSecurityPolicy(): Promise<string> {
  return `default-src 'none'; style-src ${await hashOf(STYLE)}; ` +
    `script-src ${await hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}
