/**
 * The style and the script of the page; their hashes are its content security policy.
 *
 * @module
 */

/** The style: light, dark and paper. */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1b1b1f;--soft:#55555e;--line:#c9c9d2;--box:#f4f4f7;--error:#a3161b;--warning:#7a4a00;--good:#155c2b;--link:#14479e;--mark:#fff}
@media (prefers-color-scheme:dark){:root{--back:#151519;--text:#ececf1;--soft:#b4b4c0;--line:#44444f;--box:#202027;--error:#ff9c9c;--warning:#f5c26b;--good:#86d9a0;--link:#9dbdff;--mark:#151519}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:75rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
a{color:var(--link)}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--box);border:1px solid var(--line);padding:.75rem;overflow:auto;max-height:30rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;border-bottom:1px solid var(--line);padding:.3rem .5rem;vertical-align:top;overflow-wrap:anywhere}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.5rem .75rem}summary{cursor:pointer;overflow-wrap:anywhere}
details:target{outline:3px solid var(--link)}
.finding{border-left:4px solid var(--line);padding:.25rem .75rem;margin:.5rem 0;background:var(--box);overflow-wrap:anywhere}.finding p{margin:.2rem 0}
.finding.error{border-color:var(--error)}.finding.warning{border-color:var(--warning)}
.error>strong,.outcome.error{color:var(--error)}.warning>strong{color:var(--warning)}.outcome.good{color:var(--good)}
.diagram{overflow:auto;border:1px solid var(--line);border-radius:.4rem}
svg text{fill:var(--text);font:12px system-ui,sans-serif}svg .title{font-weight:bold;font-size:14px}
svg line,svg path{stroke:var(--soft);fill:none}svg .lane line{stroke:var(--line);stroke-dasharray:4 4}
svg rect{fill:transparent}svg a:hover rect,svg a:focus rect{fill:var(--box)}svg a:focus{outline:2px solid var(--link)}
svg .error line,svg .error path{stroke:var(--error);stroke-width:2}svg .warning line,svg .warning path{stroke:var(--warning)}
svg circle{fill:var(--warning)}svg .error circle{fill:var(--error)}svg .count{fill:var(--mark);font-weight:bold}
.filters button{font:inherit;color:var(--text);background:var(--box);border:1px solid var(--line);border-radius:.4rem;padding:.25rem .75rem;margin:0 .25rem .25rem 0;cursor:pointer}
.filters button[aria-pressed=true]{border-color:var(--link);outline:1px solid var(--link)}
svg .dim{opacity:.3}[hidden]{display:none}
@media print{body{max-width:none;padding:0}.filters{display:none}pre{max-height:none}details,.finding{break-inside:avoid-page}.diagram{overflow:visible}svg{max-width:100%;height:auto}}
`;

/** The script: opens what is linked to, filters, and opens everything for paper. */
export const SCRIPT = `
"use strict";
const all=[...document.querySelectorAll("details[data-exchange]")];
const show=()=>{const id=location.hash.slice(1);const found=all.find((it)=>it.id===id);if(found){found.hidden=false;found.open=true;found.scrollIntoView();found.querySelector("summary").focus({preventScroll:true});}};
addEventListener("hashchange",show);
document.querySelectorAll("svg a").forEach((link)=>link.addEventListener("click",()=>{if(location.hash===link.getAttribute("href"))show();}));
const buttons=[...document.querySelectorAll(".filters button")];
buttons.forEach((button)=>button.addEventListener("click",()=>{
buttons.forEach((it)=>it.setAttribute("aria-pressed",String(it===button)));
const wanted=button.dataset.filter;
all.forEach((it)=>{const fits=wanted==="all"||it.dataset.kinds.split(" ").includes(wanted);it.hidden=!fits;
const row=document.querySelector('svg a[data-exchange="'+it.dataset.exchange+'"]');if(row)row.classList.toggle("dim",!fits);});
}));
addEventListener("beforeprint",()=>all.forEach((it)=>{it.open=true;}));
show();
`;
