"""The floor: reads the same LISTs as drift does, with urllib3 and orjson, and does nothing else.

``floor.py SETTINGS``: a JSON file with server, ca, headers, and the paths to list.
"""

import gc
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import urllib3

AT_ONCE = 4


def read(pool: urllib3.PoolManager, url: str) -> int:
    """List one kind in pages of 500; return how many objects there were."""
    token, count = "", 0
    while True:
        answer = pool.request("GET", f"{url}&limit=500" + (f"&continue={token}" if token else ""))
        if answer.status != 200:
            raise SystemExit(f"{url}: {answer.status}")
        body = orjson.loads(answer.data)
        count += len(body["items"])
        token = body["metadata"].get("continue") or ""
        if not token:
            return count


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text())
    gc.disable()
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", **settings["headers"]}
    pool = urllib3.PoolManager(ca_certs=settings["ca"], headers=headers, maxsize=AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        counts = threads.map(lambda path: read(pool, settings["server"] + path), settings["paths"])
        print(sum(counts))


main()
