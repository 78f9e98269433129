#!/usr/bin/env node
// The certification body's pages by hand, in a browser, against the real server: people log in, a
// vendor hands in a construction file of 60 documents in one ZIP of 200 MB, verdicts arrive, officers
// refuse one, waive one with a second officer, complete the rules and reach the committee's decision.
// Both languages, on a phone, by keyboard, without JavaScript; axe-core looks at every page.
//
// usage: office_page.mjs [--screens DIR]     B: the build directory; OFFICE_MB: size of the ZIP
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import * as o from './office_browser.mjs';

const {check, go, open, auditPage} = o;
const MEGABYTES = +(process.env.OFFICE_MB || 200);
const LONG = 120000;
const at = process.argv.indexOf('--screens');
const screens = at > 0 ? process.argv[at + 1] : null;
const reason = 'Checked by telephone with the vendor; the letter is on file.';

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

// ---- people --------------------------------------------------------------------------------------

const secrets = {};

async function login(page, name) {
    await go(page, '/office/login');
    await page.fill('#login', name);
    await page.fill('#password', secrets[name].password);
    await page.click('main form button');
    if (secrets[name].totp) {
        await page.waitForURL(/second/);
        await page.fill('#code', await code(name));
        await page.click('main form button');
    }
    await page.waitForSelector('nav.main');
}

// A code counts once: within a step of 30 seconds the next one is waited for.
async function code(name) {
    const s = secrets[name];
    while (Math.floor(Date.now() / 30000) <= (s.step || 0)) await new Promise(go => setTimeout(go, 250));
    s.step = Math.floor(Date.now() / 30000);
    return o.totp(s.totp);
}

// The one-time password, then one of their own and the second factor where it is asked for.
async function firstLogin(name, once, english = true) {
    const page = await open();
    await go(page, '/office');
    check(`${name}: whoever is not logged in is sent to log in`, page.url().includes('/office/login'));
    await page.fill('#login', `${name} `); // as it is copied
    await page.fill('#password', `\u00a0${once} `);
    await page.click('main form button');
    await page.waitForURL(/account/);
    if (name === 'admin') await auditPage(page, 'account, first steps', 'en');
    secrets[name] = {password: `${name} has a long password`};
    await page.fill('#old', once);
    await page.fill('#new', secrets[name].password);
    await page.click('form:has(#new) button');
    await page.waitForSelector('.flash, form:has([value="account.totp-begin"])');
    const enrol = page.locator('form:has([value="account.totp-begin"]) button');
    if (await enrol.count() && english) {
        await enrol.click();
        secrets[name].totp = (await page.locator('main code').first().innerText()).trim();
        await page.fill('#code', await code(name));
        await page.click('form:has(#code) button');
        await page.waitForSelector('main h1');
    }
    await go(page, '/office');
    await page.waitForSelector('nav.main');
    return page;
}

async function addPerson(admin, login, name, roles, firm) {
    await go(admin, '/office/people');
    for (const d of await admin.locator('main details:not([open])').all()) await d.locator('summary').click();
    const form = admin.locator('form:has([name=login])');
    await form.locator('[name=login]').fill(login);
    await form.locator('[name=name]').fill(name);
    for (const role of roles ? roles.split(' ') : []) await form.locator(`[name=role_${role}]`).check();
    if (firm) await form.locator('[name=firm]').selectOption(String(firm));
    await form.locator('button').click();
    return (await admin.locator('main code').first().innerText()).trim();
}

// ---- forms ---------------------------------------------------------------------------------------

// Opens what is folded, fills in and sends the form of an operation.
async function act(page, op, fields = {}, where = page) {
    const form = where.locator(`form[action="/office/op/${op}"]`).first();
    const folded = where.locator(`details:not([open]):has(form[action="/office/op/${op}"]) > summary`).first();
    if (await folded.count()) await folded.click();
    for (const [name, value] of Object.entries(fields)) {
        const field = form.locator(`[name="${name}"]`);
        if (await field.evaluate(e => e.tagName) === 'SELECT') await field.selectOption(value);
        else await field.fill(value);
    }
    await page.evaluate(() => { document.body.dataset.before = ''; });
    await form.locator('button').last().click();
    // Another page, or another body of this one: what stands there now is not looked at.
    await page.waitForFunction(() => document.readyState === 'complete' && document.body.dataset.before === undefined &&
        document.querySelector('main h1'));
}

async function done(page, what) {
    const flash = page.locator('.flash.good');
    check(what, await flash.count() === 1, (await page.locator('.note.bad, .why').allInnerTexts()).join(' | '));
}

// ---- the story -----------------------------------------------------------------------------------

const CASE = '/office/applications/1';
const decided = {};

async function people(server) {
    const admin = await firstLogin('admin', server.password);
    await auditPage(admin, 'queue, empty', 'en');
    await go(admin, '/office/firms');
    await act(admin, 'firm.create', {name: 'Example Cameras Private Limited', address: '12 MG Road\nBengaluru 560001'});
    await done(admin, 'a firm is entered');
    check('lines of an address stay lines', (await admin.locator('.lines').first().innerText())
        .includes('12 MG Road\nBengaluru'));
    await go(admin, '/office/labs');
    await act(admin, 'lab.create', {name: 'STQC ERTL (North), New Delhi', kind: 'stqc', city: 'New Delhi'});
    await done(admin, 'a laboratory is entered');
    const once = {};
    for (const [login, name, roles, firm] of [['meera', 'Meera Iyer', 'intake'],
        ['ravi', 'Ravi Kulkarni', 'intake assessor'], ['sunita', 'Sunita Rao', 'committee'],
        ['asha', 'Asha Verma', '', 1]]) {
        once[login] = await addPerson(admin, login, name, roles, firm);
        check(`${login} has a one-time password`, /^[A-Z2-7-]{15,}$/.test(once[login]), once[login]);
    }
    await auditPage(admin, 'a one-time password', 'en');
    return {admin, once};
}

// The vendor: a draft, its parts, the construction file; the verdicts are seen while they arrive.
async function vendor(once, files) {
    const page = await firstLogin('asha', once.asha);
    await auditPage(page, 'my applications, empty', 'en');
    await page.click('main a.button');
    await auditPage(page, 'new application', 'en');
    await shot(page, 'new');
    await act(page, 'application.create', {product: 'EC-2100 network camera', series: 'ER', level: '2', kind: 'fresh',
        oem_name: 'Example Cameras Private Limited'});
    await done(page, 'an application is begun');
    check('the application has its own address', page.url().endsWith(CASE), page.url());
    await go(page, `${CASE}/data`);
    await act(page, 'application.add-model', {name: 'EC-2100', brand: 'Example', hardware: '2.1', firmware: '4.7.2'});
    await done(page, 'a model is added');
    await act(page, 'application.add-location', {name: 'Bengaluru works', address: '12 MG Road\nBengaluru 560001'});
    await done(page, 'a location is added');
    await auditPage(page, 'data of an application', 'en');
    await page.click('main a:has-text("Back to the application")');
    await page.click('.next-step a[href$="/upload"]');
    await auditPage(page, 'upload', 'en');
    await upload(page, files.construction);
    await go(page, '/office');
    check('the vendor reads what to do next', (await page.locator('table.rows td[data-label="What to do next"]').innerText())
        .startsWith('Add the models'));
    await auditPage(page, 'my applications', 'en');
    await shot(page, 'my-applications');
    await go(page, CASE);
    await auditPage(page, 'application, vendor', 'en');
    await act(page, 'application.submit');
    await done(page, 'the application is submitted');
    check('a vendor sees no decision form', await page.locator('form[action*="decision"]').count() === 0);
    return page;
}

async function upload(page, file) {
    await page.selectOption('[name=kind]', 'F03');
    await page.setInputFiles('[type=file]', file);
    await page.evaluate(() => {
        window.sessionStorage.said = '';
        new MutationObserver(() => {
            const said = document.querySelector('.said');
            if (said && said.textContent) window.sessionStorage.said += said.textContent + '\n';
        }).observe(document.body, {childList: true, subtree: true, characterData: true});
    });
    await page.click('form[data-upload] button');
    await page.waitForURL(/documents/, {timeout: LONG});
    check('sending and storing are announced', (await page.evaluate(() => window.sessionStorage.said))
        .startsWith('Sending'));
    if (await page.locator('[data-events]').count()) {
        await shot(page, 'verdicts-arrive');
        const seen = page.locator('#arriving li, section:has(#files) .tree .tag').first();
        check('verdicts are seen as they arrive, or all at once when they are there already',
            await seen.waitFor({timeout: LONG}).then(() => true, () => false));
    }
    await page.waitForSelector('section:has(#verifications) .tag', {timeout: LONG});
    const tree = page.locator('section:has(#files) .tree');
    check('60 files are in the tree', await tree.locator('a.name').count() === 60);
    check('55 are accepted', await tree.locator('.tag.good').count() === 55);
    check('5 are rejected', await tree.locator('.tag.bad').count() === 5);
    await auditPage(page, 'construction file', 'en');
    await shot(page, 'construction-file');
}

// Opens a file of the tree by its name.
async function file(page, name) {
    await go(page, '/office/documents/1');
    await page.click(`.tree a:text-is("${name}")`);
    await page.waitForSelector('#machine');
}

async function intake(once) {
    const page = await firstLogin('meera', once.meera);
    await page.click('.chips a:has-text("Submitted")');
    check('the queue has it', await page.locator('table.rows tbody tr').count() === 1);
    await auditPage(page, 'queue', 'en');
    await shot(page, 'queue');
    await page.click('table.rows tbody a');
    await auditPage(page, 'application, officer', 'en');
    await shot(page, 'application-submitted');
    await file(page, 'Declaration of the manufacturer 02.pdf');
    check('the page says why', (await o.text(page)).includes('revoked'));
    await auditPage(page, 'file', 'en');
    check('the file is shown beside its report', await page.locator('.viewer iframe').isVisible());
    await shot(page, 'file');
    page.expectsFailure = true; // the browser notes the status 400
    await act(page, 'decision.propose', {decision: 'refuse', reason: 'no'});
    page.expectsFailure = false;
    check('a reason that is too short is refused beside its field',
        await page.locator('.wrong').count() === 1 && await page.locator('textarea').first().inputValue() === 'no');
    await auditPage(page, 'file, mistake', 'en');
    await act(page, 'decision.propose', {decision: 'refuse', reason});
    await done(page, 'one file is refused');
    await file(page, 'Declaration of the manufacturer 08.pdf');
    await act(page, 'decision.propose', {decision: 'waive', reason});
    await done(page, 'a waiver is proposed');
    check('who proposed cannot confirm', await page.locator('form[action*="decision.confirm"]').count() === 0);
    return page;
}

async function second(once) {
    const page = await firstLogin('ravi', once.ravi);
    await page.click('.flash a');
    await auditPage(page, 'proposals', 'en');
    await page.click('table.rows tbody a');
    await auditPage(page, 'file, proposal', 'en');
    await act(page, 'decision.confirm', {why: 'Seen the letter as well.'});
    await done(page, 'a second officer confirms the waiver');
    check('the waiver is in force', (await page.locator('.note').first().innerText()).includes('In force'));
    await go(page, '/office/documents/1');
    const tree = await page.locator('.tree').first().innerText();
    check('decisions stand in the tree beside the verdicts', tree.includes('Officer refused') &&
        tree.includes('Officer waived'));
    return page;
}

// What the rules still ask for: a corrected construction file, the form, the declaration, the test
// report of the laboratory twice.
async function complete(asha, meera, files) {
    const sample = name => join(files.samples, name);
    await go(asha, '/office/documents/1');
    await asha.click('summary:has-text("Send a new version")');
    await asha.setInputFiles('#version-file', files.corrected);
    await asha.click('form:has(#version-file) button');
    await verified(asha, 2);
    check('all 60 of the new version are accepted', await asha.locator('section:has(#files) .tree .tag.good').count() === 60);
    const papers = [[asha, 'F01', 'vendor', 'declaration-accepted.pdf'],
        [asha, 'declaration', 'oem', 'declaration-accepted.pdf'], [meera, 'test-report', 'lab', 'declaration.txt', 'original']];
    for (const [page, kind, author, name, copy] of papers) {
        await go(page, `${CASE}/upload`);
        await page.selectOption('[name=kind]', kind);
        await page.selectOption('[name=author]', author);
        if (copy) await page.selectOption('[name=copy]', copy);
        await page.setInputFiles('[type=file]', sample(name));
        await page.click('form[data-upload] button');
        await page.waitForURL(/documents/);
        await verified(page);
    }
    await meera.click('summary:has-text("Send a new version")');
    await meera.selectOption('#version-copy', 'duplicate');
    await meera.setInputFiles('#version-file', sample('declaration.txt'));
    await meera.click('form:has(#version-file) button');
    await verified(meera, 2);
    check('a duplicate is recognised', (await o.text(meera)).includes('The same file came before'));
    await auditPage(meera, 'test report', 'en');
}

// The newest version has its verdict.
async function verified(page, version = 1) {
    const row = `section:has(#versions) tbody tr:first-child:has(th:text-is("${version}"))`;
    await page.waitForSelector(`${row} .tag:is(.good, .care, .bad)`, {timeout: LONG});
}

async function course(meera, ravi, once, asha, files) {
    await go(meera, `${CASE}/data`);
    await act(meera, 'payment.propose', {kind: 'registration', amount_paise: '25,000', gst_paise: '4500.00'});
    await done(meera, 'a fee is proposed in rupees');
    check('rupees as people in India write them', (await o.text(meera)).includes('₹25,000'));
    await act(meera, 'payment.invoice', {invoice: 'INV/26/117'});
    await done(meera, 'an invoice is recorded');
    await act(meera, 'payment.receive', {receipt: 'R-889', paid_paise: '29,500'});
    await done(meera, 'the fee is received');
    await go(meera, CASE);
    await act(meera, 'application.register');
    await done(meera, 'the application is registered');
    const number = await meera.locator('.above').innerText();
    check('it has its number', /^STQC\/.*\d/.test(number), number);
    await act(meera, 'application.allot-lab', {lab: {index: 1}});
    await done(meera, 'a laboratory is allotted');
    const today = new Date(Date.now() + 19800000).toISOString().slice(0, 10);
    await act(meera, 'application.record-agreement', {quotation_on: today, work_order_on: today, agreement_on: today});
    await done(meera, 'the agreement is recorded');
    await act(meera, 'application.begin-testing');
    await done(meera, 'testing begins');
    await act(meera, 'application.appoint-assessor', {assessor: {index: 1}});
    await done(meera, 'the assessor is appointed');
    await complete(asha, meera, files);
    await act(meera, 'report.set', {number: 'TR/26/7', kind: 'device', lab: {index: 1}, tests_started_on: today,
        tests_ended_on: today, issued_on: today});
    await done(meera, 'the dates of the test report are entered');
    await go(ravi, CASE);
    await act(ravi, 'application.begin-assessment');
    await done(ravi, 'the assessment begins');
    await shot(ravi, 'application-assessment');
    await go(ravi, `${CASE}/rules`);
    for (let i = 0; i < 60 && await ravi.locator('.rule#R-LANG-1:has(.tag.wait)').count(); i++) {
        await new Promise(go => setTimeout(go, 1000)); // texts are read after the signatures
        await ravi.reload();
    }
    const left = await ravi.locator('section:has(h2:text-is("What stands in the way")) .rule').evaluateAll(
        all => all.map(e => `${e.id} ${e.innerText}`));
    check('the rules are complete, but for the committee and the issue', left.every(r => /^R-(CC|VAL)-1 /.test(r)), left);
    await shot(ravi, 'rules');
    await go(ravi, CASE);
    await act(ravi, 'application.present');
    await done(ravi, 'it is presented to the committee');
    const sunita = await firstLogin('sunita', once.sunita);
    await go(sunita, CASE);
    await act(sunita, 'application.decide', {recommendation: 'recommended', meeting: 'CC/2026/11'});
    await done(sunita, 'the committee recommends');
    check('the state is told', await sunita.locator('.steps li[aria-current]:has-text("Recommended")').count() === 1);
    await auditPage(sunita, 'application, recommended', 'en');
    await shot(sunita, 'application-recommended');
    return sunita;
}

// ---- the same pages otherwise --------------------------------------------------------------------

const PLACES = [['queue', '/office'], ['search', '/office/search?text=camera'], ['application', CASE],
    ['rules', `${CASE}/rules`], ['application, print', `${CASE}/print`], ['rules, print', `${CASE}/rules/print`],
    ['data', `${CASE}/data`], ['upload', `${CASE}/upload`], ['new', '/office/new'],
    ['construction file', '/office/documents/1'], ['file', '/office/files/18'], ['proposals', '/office/confirm'],
    ['firms', '/office/firms'], ['firm', '/office/firms/1'], ['laboratories', '/office/labs'],
    ['laboratory', '/office/labs/1'], ['deadlines', '/office/deadlines'], ['statistics', '/office/statistics'],
    ['people', '/office/people'], ['settings', '/office/settings'], ['audit trail', '/office/audit'],
    ['account', '/office/account']];

async function everyPage(page, who, lang) {
    for (const [name, path] of PLACES) {
        const answer = await go(page, path);
        if (answer.status() !== 200) {
            check(`${who}: ${name} in ${lang} is there`, false, answer.status());
            continue;
        }
        await auditPage(page, `${name} (${who})`, lang);
        if (lang === 'hi') await o.checkHindi(page, name);
        await shot(page, `${name.replace(/[^a-z]+/g, '-')}-${lang}`);
    }
}

async function hindi(admin) {
    await go(admin, '/office');
    await admin.click('button.language');
    check('the language of the account changes', await admin.getAttribute('html', 'lang') === 'hi');
    await go(admin, '/office/labs');
    check('and stays', await admin.getAttribute('html', 'lang') === 'hi');
    await everyPage(admin, 'admin', 'hi');
    await go(admin, '/office');
    await admin.click('button.language');
}

// In the same session: a code of the second factor counts once, and the next one is half a minute away.
async function phone(admin) {
    const storageState = await admin.context().storageState();
    for (const scheme of ['light', 'dark']) {
        const page = await open({...o.PHONE, colorScheme: scheme, storageState});
        for (const [name, path] of PLACES) {
            await go(page, path);
            await o.narrow(page, `phone, ${scheme}, ${name}`);
            await shot(page, `phone-${scheme}-${name.replace(/[^a-z]+/g, '-')}`);
        }
        await page.context().close();
    }
}

// A note is written without touching a mouse.
async function keyboard() {
    const page = await open();
    await login(page, 'asha');
    const until = async (what, most = 120) => {
        for (let i = 0; i < most; i++) {
            await page.keyboard.press('Tab');
            const focus = await page.evaluate(() => {
                const e = document.activeElement, s = getComputedStyle(e);
                return {text: e.textContent.trim().slice(0, 60), name: e.name || '', tag: e.tagName,
                    shown: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2};
            });
            if (!focus.shown && focus.tag !== 'BODY') check(`focus is seen on ${focus.tag} ${focus.text}`, false);
            if (what(focus)) return true;
        }
        return false;
    };
    check('keyboard: the application is reached', await until(f => f.text === 'EC-2100 network camera' ||
        f.text.startsWith('STQC/')));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#notes');
    check('keyboard: the first stop is the skip link', await until(f => f.text.startsWith('Skip'), 1));
    await page.keyboard.press('Enter');
    check('keyboard: the note\'s form is reached', await until(f => f.tag === 'SUMMARY' && f.text === 'Add a note'));
    await page.keyboard.press('Enter');
    check('keyboard: the field is reached', await until(f => f.name === 'text', 5));
    await page.keyboard.type('Written by keyboard alone.');
    await until(f => f.tag === 'BUTTON' && f.text === 'Add a note', 5);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.flash');
    check('keyboard: the note is there', (await o.text(page)).includes('Written by keyboard alone.'));
    await page.context().close();
}

async function withoutScript(files) {
    const page = await open({javaScriptEnabled: false});
    await login(page, 'meera');
    await go(page, `${CASE}`);
    await act(page, 'note.add', {text: 'Without script <b>.', for_vendor: 'true'});
    await done(page, 'no script: a note is added');
    check('no script: what was written is text', (await o.text(page)).includes('Without script <b>.'));
    await go(page, '/office/new');
    await act(page, 'application.create', {vendor: {index: 1}, product: 'Gateway without script', series: 'ER', level: '1',
        kind: 'fresh'});
    await done(page, 'no script: an application is begun');
    await page.click('main a:has-text("Add a document")');
    await page.selectOption('[name=kind]', 'declaration');
    await page.setInputFiles('[type=file]', join(files.samples, 'declaration-accepted.pdf'));
    await page.click('form[data-upload] button');
    await page.waitForURL(/documents/);
    for (let i = 0; i < 60 && await page.locator('#reload').count(); i++) {
        await page.click('#reload a');
        await new Promise(go => setTimeout(go, 500));
    }
    check('no script: the verdict is there', (await page.locator('#machine ~ .verdict').innerText()) === 'Accepted');
    await page.context().close();
}

const FILES = [['firms', '/office/firms'], ['laboratories', '/office/labs'], ['people', '/office/people'],
    ['audit trail', '/office/audit'], ['deadlines', '/office/deadlines'], ['foreign certificates', '/office/foreign'],
    ['issuers', '/office/issuers'], ['devices', '/office/devices'], ['certificates', '/office/certificates']];

async function lists(page, admin) {
    await go(page, '/office?text=network');
    check('filter: the list is filtered', await page.locator('table.rows tbody tr').count() === 1);
    check('filter: what is asked for is shown', await page.inputValue('[name=text]') === 'network');
    const [csv] = await Promise.all([page.waitForEvent('download'), page.click('a[href*="format=csv"]')]);
    const stream = await csv.createReadStream();
    let text = '';
    for await (const part of stream) text += part;
    check('CSV: head and row', text.startsWith('\ufeff"Registration number"') && text.includes('EC-2100 network camera'),
        text.slice(0, 80));
    for (const [name, path] of FILES) {
        const [status, type, body] = await admin.evaluate(u => fetch(`${u}?format=csv`).then(async r =>
            [r.status, r.headers.get('content-type'), new TextDecoder('utf-8', {ignoreBOM: true})
                .decode(await r.arrayBuffer())]), o.base + path);
        check(`CSV: ${name}`, status === 200 && type === 'text/csv; charset=utf-8' && body.startsWith('\ufeff"') &&
            !body.includes('<'), `${status} ${type} ${body.slice(0, 80)}`);
        await go(admin, path);
        check(`CSV: ${name} leads to it`, await admin.locator('a[href*="format=csv"]').count() > 0);
    }
    await go(admin, '/office/firms?sort=-name');
    check('order: firms from the last name on', await admin.locator('th[aria-sort=descending]').count() === 1);
    await go(page, '/office/search?text=bengaluru+nothing');
    check('search: nothing found is said', (await o.text(page)).includes('Nothing was found'));
    page.expectsFailure = true;
    const answer = await go(page, '/office/applications/999');
    check('what is not there is 404, as a page', answer.status() === 404 && (await o.text(page)).includes('no such record'));
}

async function foreignVendor(admin, once) {
    await go(admin, '/office/firms');
    await act(admin, 'firm.create', {name: 'Other Devices Ltd'});
    const password = await addPerson(admin, 'bala', 'Bala Nair', '', 2);
    const page = await firstLogin('bala', password);
    page.expectsFailure = true; // the browser notes each 403 and 404
    for (const path of [CASE, `${CASE}/rules`, '/office/documents/1', '/office/files/18']) {
        check(`another vendor does not see ${path}`, (await go(page, path)).status() === 404);
    }
    for (const path of ['/office/audit', '/office/statistics', '/office/labs']) {
        check(`a vendor does not see ${path}`, (await go(page, path)).status() === 403);
    }
    await page.context().close();
}

async function print(page) {
    await page.emulateMedia({media: 'print'});
    await go(page, `${CASE}/print`);
    check('print: no navigation, no forms', !await page.locator('nav.main, form.ask, details.act').first().isVisible()
        .catch(() => false));
    await shot(page, 'print');
    await page.emulateMedia({media: 'screen'});
}

async function all() {
    const files = o.makeDemonstration(MEGABYTES);
    const server = await o.serve({});
    try {
        const {admin, once} = await people(server);
        const asha = await vendor(once, files);
        const meera = await intake(once);
        const ravi = await second(once);
        await course(meera, ravi, once, asha, files);
        await everyPage(admin, 'admin', 'en');
        await hindi(admin);
        await phone(admin);
        await keyboard();
        await withoutScript(files);
        await lists(meera, admin);
        await print(admin);
        await foreignVendor(admin, once);
    } finally {
        server.child.kill('SIGTERM');
    }
}

let browser;
try {
    browser = await o.startBrowser();
    await all();
    check('nothing on the console, no request elsewhere', o.quiet);
} catch (e) {
    check('the story', false, e.message.split('\n').slice(0, 4).join(' ') + (e.stack.match(/office_page\.mjs:\d+/g) || []));
} finally {
    if (browser) await browser.close();
}
o.finish();
