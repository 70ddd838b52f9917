// What a person calls things: by the words beside a field and on a button. Evaluates to the named helper.
const clean = (text) => (text || '').replace(/\s+/g, ' ').trim();
const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !e.closest('[aria-hidden=true]');
const words = (ids) => clean((ids || '').split(/\s+/).filter(Boolean)
  .map((id) => document.getElementById(id)).filter(Boolean).map((e) => e.textContent).join(' '));
// A label's own words, without the field it wraps and without a hint beside them.
const label = (l) => {
  const copy = l.cloneNode(true);
  copy.querySelectorAll('input, select, textarea, button, .hint, .error, .fault').forEach((e) => e.remove());
  return clean(copy.textContent);
};
const names = (e) => {
  const found = [words(e.getAttribute('aria-labelledby')), clean(e.getAttribute('aria-label'))];
  for (const l of e.labels || []) found.push(label(l), clean(l.textContent));
  if (e.matches('button, a, summary, [role=tab], [role=button]')) {
    const copy = e.cloneNode(true);
    copy.querySelectorAll('[aria-hidden=true], svg').forEach((x) => x.remove());
    found.push(clean(copy.textContent), clean(e.textContent));
  }
  if (e.matches('input[type=submit], input[type=button]')) found.push(clean(e.value));
  return found.filter(Boolean);
};
const named = (within, selector, name) =>
  [...within.querySelectorAll(selector)].filter((e) => names(e).includes(name));
const FIELDS = 'input:not([type=hidden]):not([type=submit]), select, textarea';
const PRESSED = 'button, a[href], input[type=submit], summary, [role=tab], [role=button]';
// The smallest part of the page that holds the words.
const part = (text) => {
  if (!text) return document;
  const all = [...document.querySelectorAll('tr, li, article, section, form, fieldset, details, dialog, aside, nav, main, header, footer')]
    .filter((e) => shown(e) && clean(e.textContent).includes(text));
  return all.find((e) => !all.some((other) => other !== e && e.contains(other))) || null;
};
const helpers = {
  // Elements of a kind with this name, in the part of the page that holds `text`.
  find: (kind, name, text) => {
    const within = part(text);
    if (!within) return [];
    if (kind === 'press') return named(within, PRESSED, name).filter(shown);
    return named(within, FIELDS, name);
  },
  // What stands on the page to be pressed or filled: for the message of a test that looked in vain.
  list: (kind) => [...document.querySelectorAll(kind === 'press' ? PRESSED : FIELDS)]
    .filter((e) => kind !== 'press' || shown(e)).map((e) => names(e)[0] || e.outerHTML.slice(0, 80)),
  // Whether pressing it leads to another page; the mark is gone with this one.
  leads: (e) => {
    window.jetonPressed = true;
    const link = e.closest('a[href]');
    return Boolean((e.form && e.type === 'submit' && e.formMethod !== 'dialog')
      || (link && !link.target && !link.hasAttribute('download') && !link.getAttribute('href').startsWith('#')));
  },
  // The error beside a field, as a screen reader would find it.
  error: (e) => {
    if (e.getAttribute('aria-invalid') !== 'true') return null;
    const ids = `${e.getAttribute('aria-errormessage') || ''} ${e.getAttribute('aria-describedby') || ''}`;
    return clean(ids.split(/\s+/).filter(Boolean).map((id) => document.getElementById(id))
      .filter((x) => x && shown(x) && /error|fault/.test(x.className + x.id)).map((x) => x.textContent).join(' ')) || null;
  },
  // Where the keyboard is, and whether one sees it.
  focus: () => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return null;
    const marked = (x) => {
      if (!x) return false;
      const style = getComputedStyle(x);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    const box = e.getBoundingClientRect();
    return {
      names: names(e),
      html: e.outerHTML.slice(0, 160),
      marked: marked(e) || [...(e.labels || [])].some(marked) || marked(e.parentElement),
      within: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
  },
};
return helpers[arguments[0]](...[...arguments].slice(1));
