"""Processes and servers that tests start, none of which is waited for without a limit."""

import contextlib
import functools
import http.server
import subprocess
import threading

from tests import LIMIT


def finished(command, **options):
    """Run a command to its end, and return it with what it has printed."""
    printed = {"capture_output": True, "text": True}
    return subprocess.run(command, check=False, timeout=LIMIT, **printed | options)


@contextlib.contextmanager
def served(folder):
    """Serve a folder on this machine, and return its address."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
