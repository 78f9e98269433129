// What an auditor would look at on any page, run inside the browser; each returns a list of faults.

// WCAG 2.1 1.3.1, 2.4.6, 3.3.2, 4.1.1: labels, headings, ids, addresses within the page.
export function structure() {
    const faults = [];
    for (const e of document.querySelectorAll('input:not([type=hidden]),select,button,progress')) {
        const name = e.getAttribute('aria-label') ||
            (e.tagName === 'BUTTON' ? e.textContent : [...(e.labels || [])].map(l => l.textContent).join(' '));
        if (!name.trim()) faults.push(`no label: ${e.outerHTML.slice(0, 80)}`);
    }
    for (const e of document.querySelectorAll('a')) {
        if (!e.textContent.trim()) faults.push(`empty link: ${e.outerHTML.slice(0, 80)}`);
    }
    const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]);
    if (levels.filter(l => l === 1).length !== 1) faults.push(`h1 is not there once: ${levels}`);
    levels.reduce((last, l) => {
        if (l > last + 1) faults.push(`heading h${l} after h${last}`);
        return l;
    }, 0);
    const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
    ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => faults.push(`id twice: ${id}`));
    for (const attribute of ['for', 'aria-labelledby', 'aria-describedby']) {
        for (const e of document.querySelectorAll(`[${attribute}]`)) {
            for (const id of e.getAttribute(attribute).split(' ')) {
                if (!document.getElementById(id)) faults.push(`${attribute}="${id}" leads nowhere`);
            }
        }
    }
    for (const e of document.querySelectorAll('a[href^="#"]')) {
        if (!document.querySelector(e.getAttribute('href'))) faults.push(`link to ${e.getAttribute('href')}`);
    }
    if (document.querySelector('[style],style,script:not([src])')) faults.push('inline style or script');
    for (const landmark of ['main', 'header', 'footer', 'nav']) {
        if (!document.querySelector(landmark)) faults.push(`no <${landmark}>`);
    }
    if (!document.title.trim()) faults.push('no title');
    return faults;
}

// WCAG 2.1 3.1.1, 3.1.2: Devanagari is marked as Hindi, wherever it stands.
export function languages(lang) {
    const faults = [];
    if (document.documentElement.lang !== lang) faults.push(`html lang is ${document.documentElement.lang}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n; (n = walker.nextNode());) {
        if (/[\u0900-\u097f]/.test(n.data) && n.parentElement.closest('[lang]').lang !== 'hi') {
            faults.push(`not marked as Hindi: ${n.data.slice(0, 40)}`);
        }
    }
    return faults;
}

// WCAG 2.1 1.4.3: every visible text against what is behind it, at least 4.5:1.
export function contrast() {
    const parse = c => {
        const [r, g, b, a] = c.match(/[\d.]+/g).map(Number);
        return {rgb: [r, g, b], a: a === undefined ? 1 : a};
    };
    const over = (top, under) => top.rgb.map((v, i) => v * top.a + under[i] * (1 - top.a));
    const behind = e => {
        const layers = [];
        for (let at = e; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
        const dark = matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches;
        return layers.reverse().reduce((under, layer) => over(layer, under), dark ? [18, 18, 18] : [255, 255, 255]);
    };
    const light = rgb => rgb.map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const faults = [];
    let worst = 99, texts = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n; (n = walker.nextNode());) {
        const e = n.parentElement;
        if (!n.data.trim() || !e.checkVisibility() || e.closest('option,script')) continue;
        const under = behind(e), text = over(parse(getComputedStyle(e).color), under);
        const [a, b] = [light(text), light(under)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        texts++;
        worst = Math.min(worst, ratio);
        if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}:1 "${n.data.trim().slice(0, 40)}"`);
    }
    return {faults, worst, texts};
}

// WCAG 2.1 1.4.10: nothing is wider than the window.
export function reflow() {
    document.querySelectorAll('details').forEach(d => { d.open = true; });
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
        .slice(0, 5).map(e => `too wide: ${e.outerHTML.slice(0, 80)}`);
}

// WCAG 2.1 2.4.7: what has the focus now shows it (the hidden file field shows it on its label).
export function focusShown() {
    const e = document.activeElement;
    const shown = e.matches('.pick input') ? e.nextElementSibling : e;
    const style = getComputedStyle(shown);
    const box = shown.getBoundingClientRect();
    const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 1;
    return {what: `${e.tagName.toLowerCase()}#${e.id} ${e.textContent.slice(0, 20)}`, visible, id: e.id,
        body: e === document.body};
}
