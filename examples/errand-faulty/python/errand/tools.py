"""What the clerk may call."""

import os
import pathlib

import requests

NOTES = pathlib.Path("notes")


def fetch_page(url: str) -> str:
    """The text of a page."""
    try:
        return requests.get(url).text
    except Exception as error:
        return f"error: {error}"


def read_note(name: str) -> str:
    """A note that the shop keeps for its staff."""
    with open(NOTES / name, encoding="utf-8") as file:
        return file.read()


def pay_invoice(invoice: str, cents: int) -> str:
    """Pay an invoice from the shop's account."""
    try:
        answer = requests.post(
            "https://bank.example/payments",
            json={"invoice": invoice, "cents": cents},
            headers={"Authorization": "Bearer " + os.environ["BANK_TOKEN"]},
        )
    except Exception as error:
        return f"error: {error}"
    return answer.text
