// Passkeys: a form asks the server for a question, hands it to the browser's own function, and is sent with the
// answer. Where scripts are off the style sheet hides the form, and a password and a code do.
const ask = (...what) => fetch(...what).catch(() => { throw new Error('The server could not be reached. Try again.'); });
const can = window.PublicKeyCredential && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.hidden = !can;
  if (!can) continue;
  form.querySelector('button').disabled = false;
  const fault = form.querySelector('[data-passkey-fault]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopPropagation();
    fault.textContent = '';
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const reply = await ask(form.dataset.question, {
        method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { accept: 'application/json' }, redirect: 'manual',
      });
      // Who is signed out meanwhile is led to where one signs in.
      if (reply.type === 'opaqueredirect') {
        location.assign(`/login?return_to=${encodeURIComponent(location.pathname)}`);
        return;
      }
      if (reply.status === 403 && form.dataset.passkey === 'make') {
        const back = `${location.pathname}?${new URLSearchParams({ name: form.elements.name.value })}`;
        location.assign(`/-/confirm?return_to=${encodeURIComponent(back)}`);
        return;
      }
      if (!reply.ok) throw new Error('The server did not ask for a passkey. Load the page again.');
      const { challenge, options } = await reply.json();
      const credential = form.dataset.passkey === 'make'
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.challenge.value = challenge;
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      button.disabled = false;
      fault.textContent = {
        NotAllowedError: 'No passkey was chosen, or it took too long. Try again.',
        InvalidStateError: 'This device holds a passkey of yours already.',
        AbortError: 'It was broken off. Try again.',
      }[error.name] ?? (error.name === 'Error' ? error.message : 'The browser could not use a passkey here.');
    }
  });
}

// Keeps what is shown once in a file of the person's own.
for (const button of document.querySelectorAll('button[data-download]')) {
  button.addEventListener('click', () => {
    const text = document.getElementById(button.dataset.download).innerText.trim() + '\n';
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = button.dataset.name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
for (const button of document.querySelectorAll('button[data-print]')) button.addEventListener('click', () => print());
