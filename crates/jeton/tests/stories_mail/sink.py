"""A real SMTP server that keeps what it gets: one file for each letter, in the order of receipt.

Arguments: folder, `plain` | `starttls` | `tls`, certificate, key. Prints its port. A file `behave` in the folder says
what it does with the next letter: `refuse` its address, put it off `later`, `drop` the connection after the letter was
taken, or `hang` then until the file is gone.
"""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, security, certificate, key = sys.argv[1:5]
folder = pathlib.Path(folder)


def behaviour():
    try:
        return (folder / "behave").read_text().strip()
    except FileNotFoundError:
        return ""


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if behaviour() == "refuse":
            return "550 no such mailbox"
        if behaviour() == "later":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        number = len(list(folder.glob("*.json")))
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or security == "tls",
            "user": session.auth_data.decode() if session.auth_data else "",
            "letter": envelope.content.decode(),
        }
        unfinished = folder / f"{number:03}.tmp"
        unfinished.write_text(json.dumps(letter))
        unfinished.rename(folder / f"{number:03}.json")
        if behaviour() == "drop":
            server.transport.abort()
            return "250 never said"
        while behaviour() == "hang":
            await asyncio.sleep(0.05)
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.login == b"jeton" and data.password == b"opensesame"
    return AuthResult(success=right, handled=False, auth_data=data.login if right else None)


def serve():
    context = None
    if security != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    guarded = security == "starttls"
    return SMTP(
        Sink(),
        hostname="localhost",
        tls_context=context if guarded else None,
        require_starttls=guarded,
        authenticator=authenticate if security != "plain" else None,
        auth_required=security != "plain",
        auth_require_tls=guarded,
    )


async def main():
    context = None
    if security == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(serve, "127.0.0.1", 0, ssl=context)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


asyncio.run(main())
