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

// While choosing: the server is sent what is filled in, and the parts of its answer that depend on it take the
// place of those on the page.
for (const form of document.querySelectorAll('form[data-live-form]')) {
  let timer, running;
  const look = async () => {
    running?.abort();
    running = new AbortController();
    const data = new URLSearchParams(new FormData(form));
    data.set('step', 'look');
    try {
      const answer = await fetch(form.getAttribute('action') || location.pathname, {
        method: 'POST', body: data, signal: running.signal, headers: { accept: 'text/html' }, redirect: 'error',
      });
      if (![200, 422].includes(answer.status)) return;
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const part of form.querySelectorAll('[data-live][id]')) {
        const fresh = next.getElementById(part.id);
        if (!fresh || fresh.outerHTML === part.outerHTML) continue;
        const focused = part.contains(document.activeElement) && document.activeElement.id;
        part.replaceWith(document.importNode(fresh, true));
        if (focused) document.getElementById(focused)?.focus();
      }
      filter();
    } catch { /* the next change asks again; sending the form says what is wrong */ }
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(look, wait); };
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
      for (const row of form.querySelectorAll(box.dataset.filter)) {
        const text = row.dataset.text;
        row.hidden = !words.every((word) => text.includes(word));
      }
    }
  };
  form.addEventListener('input', (event) => { if (event.target.dataset.filter) filter(); });
}
