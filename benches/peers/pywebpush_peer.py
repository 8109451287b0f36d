# SPDX-License-Identifier: EUPL-1.2
"""PyPI `pywebpush` as its documentation uses it, over connections that are kept, on several threads.

usage: python pywebpush_peer.py JOB.json
"""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from pywebpush import webpush

# More threads only wait for each other's turn at the interpreter.
THREADS = 8


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    sessions = threading.local()

    def send(subscription):
        if not hasattr(sessions, "kept"):
            sessions.kept = requests.Session()
        answer = webpush(
            subscription_info={
                "endpoint": subscription["endpoint"],
                "keys": {"p256dh": subscription["p256dh"], "auth": subscription["auth"]},
            },
            data=job["payload"],
            vapid_private_key=job["private_key"],
            vapid_claims={"sub": job["subject"]},
            ttl=3600,
            requests_session=sessions.kept,
        )
        return answer.status_code == 201

    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        sent = sum(pool.map(send, job["subscriptions"]))
    print(json.dumps({"sent": sent, "seconds": time.perf_counter() - begun}))


main()
