// Comfort only: every page works without this. No rule lives here; what a form means is asked of the server.

// A menu closes when one clicks beside it or presses Escape.
for (const menu of document.querySelectorAll('details[data-menu]')) {
  document.addEventListener('click', (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { menu.open = false; menu.querySelector('summary').focus(); }
  });
}

// On a telephone the menu is a strip; the page one is on is brought into it.
for (const here of document.querySelectorAll('.side a[aria-current]')) {
  here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 24;
}

// Copies the text of the element that it names.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).innerText.trim();
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = before; }, 2000);
});
for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = !navigator.clipboard;

// A form that waited for confirmed access goes on by itself.
for (const form of document.querySelectorAll('form[data-send]')) form.submit();

// A form is sent once: a second press while the first is under way does nothing.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = 'yes';
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
// Coming back to a page finds its forms ready.
addEventListener('pageshow', () => { for (const form of document.forms) delete form.dataset.sent; });

// What one types into: it stays on the page while one is in it.
const TYPED = 'textarea, input:not([type=checkbox], [type=radio])';
// Where the Tab key stops.
const STOPS = 'input:not([type=hidden]), select, textarea, button, summary, [tabindex]';

// Brings a part up to date around the field that one is typing in, which stays as it is: its caret, a character that is
// half composed, and what can be undone.
const around = (part, fresh, field, twin) => {
  for (const name of part.getAttributeNames()) if (!fresh.hasAttribute(name)) part.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) {
    if (part.getAttribute(name) !== fresh.getAttribute(name)) part.setAttribute(name, fresh.getAttribute(name));
  }
  if (part === field) {
    if (!field.matches('textarea')) return;
    field.defaultValue = twin.defaultValue;
    // Nothing was typed since the server was asked: another text is one to which it added lines.
    if (field.value === twin.value) return;
    const { selectionStart, selectionEnd } = field;
    field.value = twin.value;
    field.setSelectionRange(selectionStart, selectionEnd);
    return;
  }
  const inner = [...part.childNodes].find((child) => child.contains(field));
  const there = [...fresh.childNodes].find((child) => child.contains(twin));
  for (const child of [...part.childNodes]) if (child !== inner) child.remove();
  let past = false;
  for (const child of [...fresh.childNodes]) {
    if (child === there) past = true;
    else if (past) part.append(child);
    else inner.before(child);
  }
  around(inner, there, field, twin);
};

// Puts the server's part in the place of the one on the page; what had the focus keeps it.
const renew = (part, fresh) => {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  if (active?.matches(TYPED)) {
    const twin = [fresh, ...fresh.querySelectorAll('[id]')].find((one) => one.id === active.id);
    // A field that goes stays until one has left it.
    if (twin) around(part, fresh, active, twin);
    return;
  }
  const at = active ? [...part.querySelectorAll(STOPS)].indexOf(active) : -1;
  const scrolled = [...part.querySelectorAll('.pick')].map((list) => [list.id, list.scrollTop]);
  part.replaceWith(document.adoptNode(fresh));
  for (const [id, top] of scrolled) document.getElementById(id)?.scrollTo(0, top);
  if (!active) return;
  // What is gone leaves the focus to what stands in its place.
  const stops = [...fresh.querySelectorAll(STOPS)];
  (document.getElementById(active.id) ?? stops[Math.min(at, stops.length - 1)])?.focus();
};

// While choosing: the server is sent what is filled in, and the parts of its answer that depend on it take the
// place of those on the page.
for (const form of document.querySelectorAll('form[data-live-form]')) {
  let timer, running;
  const look = async () => {
    running = new AbortController();
    const data = new URLSearchParams(new FormData(form));
    data.set('step', 'look');
    try {
      const answer = await fetch(form.getAttribute('action') || location.pathname, {
        method: 'POST', body: data, signal: running.signal, headers: { accept: 'text/html' }, redirect: 'error',
      });
      if (![200, 422].includes(answer.status)) return;
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // Fields that stand outside such parts are marked right or wrong as the faults beside them say.
      for (const field of form.querySelectorAll('.field > [aria-describedby]')) {
        const twin = next.getElementById(field.id);
        if (!twin) continue;
        field.parentElement.className = twin.parentElement.className;
        if (twin.ariaInvalid) field.ariaInvalid = twin.ariaInvalid;
        else field.removeAttribute('aria-invalid');
      }
      for (const part of form.querySelectorAll('[data-live][id]')) {
        const fresh = next.getElementById(part.id);
        if (fresh && fresh.outerHTML !== part.outerHTML) renew(part, fresh);
      }
      filter();
    } catch { /* the next change asks again; sending the form says what is wrong */ }
  };
  // What is under way was asked before this change: its answer would bring back what was there then.
  const soon = (wait) => { running?.abort(); clearTimeout(timer); timer = setTimeout(look, wait); };
  form.addEventListener('change', () => soon(60));
  form.addEventListener('input', (event) => { if (!event.target.dataset.filter) soon(350); });
  // Enter in a search box searches; it does not send the whole form.
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('input[type=search]')) { event.preventDefault(); soon(0); }
  });
  // Shows the rows of a list that fit what is typed.
  const filter = () => {
    for (const box of form.querySelectorAll('input[data-filter]')) {
      const words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      for (const row of form.querySelectorAll(box.dataset.filter)) {
        const text = row.dataset.text;
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) found += 1;
      }
      // What is searched for stands in any group.
      const list = box.closest('.panes');
      list.classList.toggle('searching', words.length > 0);
      list.querySelector('[data-none]').hidden = found > 0;
    }
  };
  form.addEventListener('input', (event) => { if (event.target.dataset.filter) filter(); });
}
