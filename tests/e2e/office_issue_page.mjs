// The officers' side of issuing, by hand in a browser: prepare, look at the preview, a wrong PIN, sign with
// the right one, suspend by two officers, reinstate. Both languages, on a phone, dark, without JavaScript;
// axe-core looks at every page. Run by office_issue.py, which has the server: WORLD is its description.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import * as o from './office_browser.mjs';

const {check, go, auditPage} = o;
const world = JSON.parse(process.env.WORLD);
const screens = process.env.SCREENS;

o.at(world.base);
await o.startBrowser();

async function as(login, options = {}) {
    const page = await o.open(options);
    await page.context().addCookies([{name: 'satyapan', value: world.sessions[login], url: world.base}]);
    return page;
}

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

// Each kind of page is looked at once by an auditor.
const AUDITED = ['certify', 'request-own', 'certificates', 'sign', 'sign-not-confirmed', 'signing-wrong-pin',
    'certificates-change-waits', 'certificate-suspended', 'amend', 'amend-refused', 'amendment'];

async function look(page, name) {
    if (AUDITED.includes(name)) await auditPage(page, name, 'en');
    await shot(page, name);
}

async function wait(page, what) {
    await page.waitForSelector(what, {timeout: 60000});
}

// ---- one prepares --------------------------------------------------------------------------------

const intake = await as('intake');
await go(intake, `/office/applications/${world.open}/certificate`);
await look(intake, 'certify-open-rules');
check('rules that are open are said', (await o.text(intake)).includes('rules of the scheme are still open'));
await go(intake, `/office/applications/${world.application}`);
await intake.click('.next-step a:has-text("Prepare the certificate")');
await look(intake, 'certify');
const fields = {holder_hi: 'भारत दृष्टि इलेक्ट्रॉनिक्स', product_hi: 'नेटवर्क कैमरा', signatory: 'Signer', signatory_hi: 'हस्ताक्षरकर्ता',
    designation: 'Head, IoT System Certification', designation_hi: 'प्रमुख', place: 'New Delhi', place_hi: 'नई दिल्ली'};
check('what is missing is said', (await o.text(intake)).includes('Holder in Hindi: is empty'));
await intake.click('form:has(#holder_hi) button');
check('what is needed has to be filled in', await intake.evaluate(() => document.activeElement.id) === 'holder_hi');
intake.expectsFailure = true;
await intake.fill('#conditions', 'one\ntwo');
for (const [name, value] of Object.entries(fields)) await intake.fill(`#${name}`, value);
await intake.click('form:has(#holder_hi) button');
await look(intake, 'certify-refused');
check('lines that do not fit are said', (await o.text(intake)).includes('as many lines as the English conditions'));
await intake.fill('#conditions', 'Only the versions of the annexure.');
for (const [name, value] of Object.entries(fields)) await intake.fill(`#${name}`, value);
await intake.click('form:has(#holder_hi) button');
await intake.waitForURL(/requests/);
intake.expectsFailure = false; // the console may tell of the refusal late
await look(intake, 'request-own');
check('who prepared it is not asked to sign', await intake.locator('a[href^="/office/sign?"]').count() === 0);
const preview = await intake.request.get(world.base + await intake.getAttribute('a[href$="/preview"]', 'href'));
check('the preview is a PDF that is shown', preview.status() === 200 &&
    preview.headers()['content-type'] === 'application/pdf' && preview.headers()['content-disposition'].startsWith('inline'),
    JSON.stringify(preview.headers()));

// ---- another signs -------------------------------------------------------------------------------

const signer = await as('signer');
await go(signer, '/office/certificates');
await look(signer, 'certificates');
for (const box of await signer.locator('input[type=checkbox]').all()) await box.check();
await signer.click('button:has-text("Look at the selected list")');
await look(signer, 'sign');
const hash = (await signer.locator('.hash code').innerText()).trim();
check('a SHA-256 is shown', /^[0-9a-f]{64}$/.test(hash), hash);
await signer.fill('#confirm', 'ffffffff');
await signer.fill('#pin', world.pin);
signer.expectsFailure = true;
await signer.click('form:has(#pin) button');
await look(signer, 'sign-not-confirmed');
signer.expectsFailure = false;
check('another hash is refused', (await o.text(signer)).includes('is not the beginning of the SHA-256'));
check('the PIN does not come back', await signer.inputValue('#pin') === '');
await signer.fill('#confirm', hash.slice(0, 8));
await signer.fill('#pin', 'not it');
await signer.click('form:has(#pin) button');
await wait(signer, '.next-step.bad');
await look(signer, 'signing-wrong-pin');
check('a wrong PIN is said, and what to do', (await o.text(signer)).includes('token locks itself'));
await signer.click('a:has-text("Sign the rest")');
await signer.fill('#confirm', hash.slice(0, 8));
await signer.fill('#pin', world.pin);
await signer.click('form:has(#pin) button');
await wait(signer, '.next-step.good');
await look(signer, 'signing-done');
await go(signer, '/office/signings');
await look(signer, 'signings');

// ---- in the register -----------------------------------------------------------------------------

await go(signer, '/office/certificates');
await look(signer, 'certificates-issued');
const table = signer.locator('section:has(#issued) table');
check('they are listed', await table.locator('tbody tr').count() >= 1);
const csv = await signer.request.get(`${world.base}/office/certificates?format=csv&status=VALID`);
check('as CSV', csv.status() === 200 && (await csv.text()).includes('STQC/IOTSCS/'), await csv.text());
await table.locator('tbody tr a').first().click();
await look(signer, 'certificate');
const number = (await signer.locator('h1').innerText()).trim();
const anybody = await o.open();
await go(anybody, `/certificate/${number}`);
check('everybody sees it valid', (await anybody.locator('body').innerText()).includes('Valid'));

const place = new URL(signer.url()).pathname;
await go(intake, place);
await intake.click('summary:has-text("Ask for a certificate")');
await intake.selectOption('#change-event', 'suspend');
await intake.selectOption('#change-reason', 'vulnerability');
await intake.fill('#change-remark', 'The update is not signed; reported by the vendor.');
await intake.click('form:has(#change-event) button');
await intake.waitForSelector('section:has(#changes)');
await look(intake, 'change-asked');
await go(signer, '/office/certificates');
await look(signer, 'certificates-change-waits');
check('what will happen is said', (await o.text(signer)).includes('turns red'));
await signer.click('form[action="/office/op/certificate.confirm"] button');
await signer.waitForSelector('.flash');
await anybody.reload();
await shot(anybody, 'public-suspended');
check('everybody sees it suspended', /suspended/i.test(await anybody.locator('body').innerText()));
await go(signer, place);
await look(signer, 'certificate-suspended');
await signer.click('summary:has-text("Ask for a certificate")');
await signer.selectOption('#change-event', 'reinstate');
await signer.selectOption('#change-reason', 'corrected');
await signer.fill('#change-remark', 'The vendor has published a signed update.');
await signer.click('form:has(#change-event) button');
await signer.waitForSelector('section:has(#changes)');
check('who asks does not confirm', await signer.locator('form[action="/office/op/certificate.confirm"]').count() === 0);
const second = await as('second');
await go(second, place);
await second.click('form[action="/office/op/certificate.confirm"] button');
await second.waitForSelector('.flash');
await anybody.reload();
check('everybody sees it valid again', !/suspended/i.test(await anybody.locator('h1, .band, main > p').first().innerText()));

// ---- amended: asked for by one, compared and signed by another --------------------------------------

await go(intake, place);
await intake.click('a:has-text("Amend the certificate")');
await look(intake, 'amend');
await intake.selectOption('#reason', 'firmware-update');
const model = (await intake.request.get(`${world.base}/api/v1/certificates/${number}`).then(r => r.json())).models[0];
for (const [name, value] of Object.entries({decision: 'CB/2026/31', en: 'Firmware 9.9 is added.', hi: 'फ़र्मवेयर 9.9 जोड़ा गया।',
    models: `${model.model} | ${model.hardware} | 9.9 | ${'9'.repeat(63)}`, remark: 'The minor change of the vendor.'})) {
    await intake.fill(`#${name}`, value);
}
intake.expectsFailure = true;
await intake.click('form:has(#decision) button');
await look(intake, 'amend-refused');
check('a hash that is none is said', (await o.text(intake)).includes('is no SHA-256'));
await intake.fill('#models', `${model.model} | ${model.hardware} | 9.9 | ${'9'.repeat(64)}`);
await intake.click('form:has(#decision) button');
await intake.waitForURL(/changes/);
intake.expectsFailure = false;
await look(intake, 'amendment-own');
const comparison = new URL(intake.url()).pathname;
check('who asks does not sign', await intake.locator('#sign-pin').count() === 0);
await go(signer, '/office/certificates');
await signer.click('a:has-text("Compare and sign")');
await look(signer, 'amendment');
check('the reason is in words', /Firmware update/.test(await o.text(signer)) && !/firmware-update/.test(await o.text(signer)));
check('before and after stand beside each other', /9\.9[^]*CB\/2026\/31/.test(await signer.locator('section:has(#differences)').innerText()));
const shown = (await signer.locator('.hash code').innerText()).trim();
await signer.fill('#sign-confirm', shown.slice(0, 8));
await signer.fill('#sign-pin', world.pin);
await signer.click('form:has(#sign-pin) button');
await wait(signer, '.next-step.good');
await look(signer, 'amendment-signed');
await anybody.reload();
await shot(anybody, 'public-amended');
check('everybody sees the new firmware', (await anybody.locator('main').innerText()).includes('9.9'));
await go(signer, place);
await look(signer, 'certificate-amended');

// ---- in Hindi, on a phone, dark, without JavaScript -----------------------------------------------

const pages = {certificates: '/office/certificates', certificate: place, certify: `/office/applications/${world.open}/certificate`,
    amend: `${place}/amend`, correct: `${place}/correct`, amendment: comparison, request: '/office/requests/1', signing: '/office/signings/1'};
const phone = await as('hindi', {...o.PHONE, colorScheme: 'dark'});
for (const [name, path] of Object.entries(pages)) {
    await go(phone, path);
    await auditPage(phone, `${name}, phone, dark`, 'hi');
    await o.narrow(phone, name);
    await o.checkHindi(phone, name);
    await shot(phone, `${name}-hi-phone-dark`);
}
const plain = await as('hindi', {javaScriptEnabled: false});
for (const [name, path] of Object.entries(pages)) {
    await go(plain, path);
    check(`${name} without JavaScript`, await plain.locator('main h1').count() === 1);
    await shot(plain, `${name}-hi`);
}
check('nothing went wrong in any page', o.quiet);
await o.browser.close();
o.finish();
