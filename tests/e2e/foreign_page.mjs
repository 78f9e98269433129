// Started by foreign_page.py: looks at the pages about foreign certificates as an auditor does.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import * as o from './office_browser.mjs';

const {check, go, open, auditPage, checkHindi, narrow} = o;
const e = process.env;
const at = process.argv.indexOf('--screens');
const screens = at > 0 ? process.argv[at + 1] : null;

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

// On a phone each row is a card: what is said stands beside its word, none of it below.
async function cards(page, name) {
    const astray = await page.$$eval('.rows td[data-label]', cells => cells.flatMap(cell => {
        const half = cell.getBoundingClientRect().left + cell.clientWidth * 0.3;
        const seen = [...cell.children].map(c => c.getBoundingClientRect()).filter(r => r.width > 2);
        const beside = seen.every(r => r.left > half);
        return beside && cell.innerText.trim() ? [] : [`${cell.dataset.label}: ${cell.innerText}`];
    }));
    check(`${name}: values beside their words`, astray.length === 0, astray);
}

// Nothing in a cell reaches into the next one.
async function apart(page, name) {
    const over = await page.$$eval('.rows td, .rows tbody th', cells => cells.flatMap(cell => {
        const right = cell.getBoundingClientRect().right + 1, left = cell.getBoundingClientRect().left - 1;
        const out = [...cell.querySelectorAll('.tag, a, span')].map(c => c.getBoundingClientRect())
            .some(r => r.width > 2 && (r.right > right || r.left < left));
        return out ? [cell.innerText] : [];
    }));
    check(`${name}: cells stand beside each other`, over.length === 0, over);
}

const OFFICER = [['board', '/office/foreign'], ['board-all', '/office/foreign?open=false'],
    ['case', `/office/foreign/${e.CASE}`], ['issuers', '/office/issuers'],
    ['issuer', `/office/issuers/${e.ISSUER}`], ['calendar', '/office/foreign/calendar'],
    ['application-foreign', `/office/applications/${e.APPLICATION}`]];
const VENDOR = [['vendor-board', '/office/foreign'], ['vendor-case', `/office/foreign/${e.CASE}`]];
const NOBODY = [['answer', `/office/answer/${e.SECRET}`]];

async function look(cookie, pages, lang, options, suffix) {
    const page = await open(options);
    const cookies = [{name: 'lang', value: lang, url: e.BASE}];
    if (cookie) cookies.push({name: 'satyapan', value: cookie, url: e.BASE});
    await page.context().addCookies(cookies);
    for (const [name, path] of pages) {
        const answer = await go(page, path + (path.includes('?') ? '&' : '?') + `lang=${lang}`);
        check(`${name} ${lang}${suffix}: 200`, answer.status() === 200, answer.status());
        await auditPage(page, name + suffix, lang);
        if (lang === 'hi' && name !== 'answer') await checkHindi(page, name);
        await narrow(page, name + suffix);
        check(`${name}: nothing of strangers is markup`, await page.locator('main script').count() === 0);
        if (suffix === '-phone') await cards(page, `${name} ${lang}`);
        await apart(page, `${name} ${lang}${suffix}`);
        await shot(page, `${name}-${lang}${suffix}`);
    }
    await page.context().close();
}

await o.startBrowser();
o.use(e.BASE);
const settings = {sessions: [[e.OFFICER, OFFICER], [e.VENDOR, VENDOR], [null, NOBODY]]};
for (const [cookie, pages] of settings.sessions) {
    for (const lang of ['en', 'hi']) {
        await look(cookie, pages, lang, {}, '');
        await look(cookie, pages, lang, o.PHONE, '-phone');
    }
    await look(cookie, pages, 'en', {colorScheme: 'dark'}, '-dark');
}

// The vendor's page has nothing of the machinery; the board has colour, number and word.
const page = await open();
await page.context().addCookies([{name: 'satyapan', value: e.VENDOR, url: e.BASE}]);
await go(page, `/office/foreign/${e.CASE}`);
const words = await o.text(page);
for (const word of ['R. Egistrar', 'not signed', 'I saw it', 'WARC', 'Opened it myself', 'page.warc']) {
    check(`the vendor does not read "${word}"`, !words.includes(word));
}
await page.context().clearCookies();
await page.context().addCookies([{name: 'satyapan', value: e.OFFICER, url: e.BASE}]);
for (const [lang, word] of [['en', 'Whoever was passed this address'], ['hi', 'यह पता जिसे भी']]) {
    await go(page, `/office/foreign/${e.CASE}?lang=${lang}`);
    check(`a yes on the one-time page is no proof, it says (${lang})`, (await o.text(page)).includes(word));
}
for (const [lang, words] of [['en', ['from general knowledge', 'not opened by us', 'Approve a profile']],
    ['hi', ['सामान्य जानकारी से', 'हमने नहीं खोले', 'का अनुमोदन करें']]]) {
    await go(page, `/office/issuers/${e.SHIPPED}?lang=${lang}`);
    const read = (await o.text(page)).replace(/\s+/g, ' '), at = words.map(word => read.lastIndexOf(word));
    check(`what is not established stands before the approval (${lang})`,
        Math.min(...at) > 0 && at[2] === Math.max(...at), at);
}
await go(page, `/office/foreign/${e.CASE}?lang=en`);
const seen = page.locator('img.shot');
await seen.scrollIntoViewIfNeeded();
await page.waitForFunction(() => document.querySelector('img.shot').naturalWidth > 0, null, {timeout: 60000});
check('what an officer saw is shown, with its name', (await seen.getAttribute('alt')) === 'seen.png');
await go(page, '/office/foreign?lang=en');
const over = page.locator('section.distance', {hasText: 'The window is over'});
check('what ended before a weekend is over', (await over.innerText()).includes('ABC-3'), await over.innerText());
check('the board says days in words', /working days? (left|late)/.test(await o.text(page)));
check('a band for each distance', (await page.locator('section.distance h2').count()) >= 4,
    await page.locator('section.distance h2').allInnerTexts());

// An issuing body answers without JavaScript.
const plain = await open({javaScriptEnabled: false});
await go(plain, `/office/answer/${e.SECRET}`);
await plain.fill('#name', 'R. Egistrar');
await plain.click('button[value=confirmed]');
check('the answer is received', (await o.text(plain)).includes('Your confirmation was received'),
    await o.text(plain));
await go(plain, `/office/answer/${e.SECRET}`);
check('and is given once', (await plain.locator('main button').count()) === 0);
check('nothing was said in the console', o.quiet);
await o.browser.close();
o.finish();
