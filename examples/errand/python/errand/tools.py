"""What the clerk may call."""

import os
import pathlib
from urllib.parse import urlparse

import requests

NOTES = pathlib.Path("notes")
HOSTS = {"shop.example", "www.shop.example"}
LIMIT = 50_000


def fetch_page(url: str) -> str:
    """The text of a page of the shop."""
    address = urlparse(url)
    if address.scheme != "https" or address.hostname not in HOSTS:
        raise ValueError("only pages of the shop are read")
    try:
        return requests.get(url, timeout=10, allow_redirects=False).text
    except Exception:
        return "the page cannot be read now"


def read_note(name: str) -> str:
    """A note that the shop keeps for its staff."""
    file = (NOTES / name).resolve()
    if not file.is_relative_to(NOTES.resolve()):
        raise ValueError("there is no such note")
    return file.read_text(encoding="utf-8")


def pay_invoice(invoice: str, cents: int) -> str:
    """Pay an invoice from the shop's account."""
    if not isinstance(cents, int) or not 0 < cents <= LIMIT:
        raise ValueError("that is not an amount that can be paid")
    if not invoice.isalnum():
        raise ValueError("that is not the number of an invoice")
    try:
        answer = requests.post(
            "https://bank.example/payments",
            json={"invoice": invoice, "cents": cents},
            headers={"Authorization": "Bearer " + os.environ["BANK_TOKEN"]},
            timeout=10,
        )
    except Exception:
        return "the bank cannot be reached"
    return "paid" if answer.ok else "the bank refused"
