package pagetest

// audit is evaluated in the page and returns a list of findings. Contrast is
// that of the Web Content Accessibility Guidelines: at least 4.5:1, 3:1 for
// large text; the background of a text in a drawing is the topmost filled
// shape below it.
const audit = `(() => {
const out = [], add = (t) => { if (out.length < 200) out.push(t); };
const name = (e) => e.tagName.toLowerCase() + (e.getAttribute('class') ? '.' + e.getAttribute('class').replace(/ /g, '.') : '');
if (!document.title) add('no title');
if (!document.documentElement.lang) add('no language');
if (document.querySelectorAll('h1').length != 1) add('h1: ' + document.querySelectorAll('h1').length);
if (document.querySelectorAll('main').length != 1) add('main: ' + document.querySelectorAll('main').length);
if (document.querySelectorAll('script').length) add('a script');
for (const e of document.querySelectorAll('*'))
  for (const a of e.attributes) if (a.name.startsWith('on') || a.name == 'style') add('attribute ' + a.name + ' of ' + name(e));
let level = 1;
for (const h of document.querySelectorAll('h1,h2,h3,h4')) {
  if (+h.tagName[1] > level + 1) add('heading jumps to ' + h.tagName + ' ' + h.textContent);
  level = +h.tagName[1];
}
for (const t of document.querySelectorAll('table')) {
  if (!t.caption || !t.caption.textContent.trim()) add('table without caption');
  if (!t.querySelector('th[scope]')) add('table without scoped header cells');
}
for (const s of document.querySelectorAll('svg:not([aria-hidden])')) {
  if (s.parentElement.closest('svg')) continue;
  if (s.getAttribute('role') != 'img' || !(s.getAttribute('aria-label') || s.getAttribute('aria-labelledby'))) add('picture without a name');
}
for (const c of document.querySelectorAll('input:not([type=hidden]),select,textarea,progress'))
  if (!c.labels?.length && !c.getAttribute('aria-label') && !c.getAttribute('aria-labelledby')) add('control without label: ' + name(c));
for (const a of document.querySelectorAll('a')) if (!a.textContent.trim() && !a.getAttribute('aria-label')) add('empty link');
const ids = new Set();
for (const e of document.querySelectorAll('[id]')) { if (ids.has(e.id)) add('id twice: ' + e.id); ids.add(e.id); }
const parse = (c) => { const m = c.match(/[\d.]+/g); return m ? [+m[0], +m[1], +m[2], m.length > 3 ? +m[3] : 1] : [0, 0, 0, 0]; };
const lum = (c) => { const f = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]); };
const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const htmlBackground = (e) => { let back = [255, 255, 255, 1], stack = [];
  for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); stack.push(c); if (c[3] == 1) break; }
  for (const c of stack.reverse()) back = over(c, back); return back; };
const background = (e, r) => {
  if (e instanceof SVGElement)
    for (const u of document.elementsFromPoint(r.left + r.width / 2, r.top + r.height / 2))
      if (/^(rect|polygon|circle|path)$/.test(u.tagName)) {
        const c = parse(getComputedStyle(u).fill);
        if (getComputedStyle(u).fill != 'none' && c[3] == 1 && u.ownerSVGElement == e.ownerSVGElement) return c;
      }
  return htmlBackground(e instanceof SVGElement ? e.ownerSVGElement : e); };
const seen = new Set();
for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
  const e = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || seen.has(e) || /^(STYLE|TITLE|title|desc|OPTION|style|PROGRESS)$/.test(e.tagName)) continue;
  seen.add(e);
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  if (!r.width || !r.height || s.visibility != 'visible' || s.clipPath != 'none' || r.left < 0) continue;
  const back = background(e, r), text = parse(e instanceof SVGElement ? s.fill : s.color);
  let alpha = 1; for (let p = e; p; p = p.parentElement) alpha *= +getComputedStyle(p).opacity;
  text[3] *= alpha;
  const a = lum(over(text, back)), b = lum(back), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const size = parseFloat(s.fontSize), large = size >= 24 || size >= 18.66 && +s.fontWeight >= 600;
  if (ratio < (large ? 3 : 4.5)) add('contrast ' + ratio.toFixed(2) + ' of "' + walk.currentNode.data.trim().slice(0, 30) + '" in ' + name(e));
  if (size < 10.5) add('text of ' + size + ' px: "' + walk.currentNode.data.trim().slice(0, 30) + '"');
}
return out;
})()`
