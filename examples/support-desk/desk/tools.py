"""What the agents may call."""

import email
import imaplib
import smtplib
import sqlite3
import subprocess

import requests
import stripe
from agents import function_tool

from . import config

stripe.api_key = config.PAYMENTS_KEY


@function_tool
def read_mail(limit: int = 10) -> str:
    """The latest messages in the shared support mailbox."""
    box = imaplib.IMAP4_SSL(config.MAIL_HOST)
    box.login(config.MAIL_USER, config.MAIL_PASSWORD)
    box.select("INBOX")
    _, found = box.search(None, "UNSEEN")
    texts = []
    for number in found[0].split()[-limit:]:
        _, parts = box.fetch(number, "(RFC822)")
        texts.append(str(email.message_from_bytes(parts[0][1])))
    return "\n---\n".join(texts)


@function_tool
def send_mail(to: str, subject: str, body: str) -> str:
    """Answer a customer."""
    with smtplib.SMTP(config.MAIL_HOST) as server:
        server.sendmail(config.MAIL_USER, [to], f"Subject: {subject}\n\n{body}")
    return "sent"


@function_tool
def find_orders(customer: str) -> list:
    """Orders of a customer, newest first."""
    with sqlite3.connect(config.DATABASE) as db:
        return db.execute("SELECT id, item, price, address FROM orders WHERE customer = ?", (customer,)).fetchall()


@function_tool
def refund(order: str, cents: int) -> str:
    """Pay money back for an order."""
    return stripe.Refund.create(payment_intent=order, amount=cents).id


@function_tool
def fetch_page(url: str) -> str:
    """The text of a web page, for questions about products."""
    return requests.get(url, timeout=10).text


@function_tool
def run_report(script: str) -> str:
    """Run a short Python script over the order data and return what it prints."""
    done = subprocess.run(["python3", "-c", script], capture_output=True, text=True, timeout=60)
    return done.stdout
