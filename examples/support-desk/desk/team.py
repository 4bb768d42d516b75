"""The three agents of the desk."""

from agents import Agent

from . import config
from .tools import fetch_page, find_orders, read_mail, refund, run_report, send_mail

analyst = Agent(
    name="Analyst",
    instructions="Answer questions about sales. Write a script and run it; return the numbers.",
    model=config.MODEL,
    tools=[run_report, fetch_page],
)

refunds = Agent(
    name="Refunds",
    instructions="Decide whether the customer gets money back. Look the order up before you pay.",
    model=config.MODEL,
    tools=[find_orders, refund, send_mail],
)

triage = Agent(
    name="Triage",
    instructions="Read new mail. Answer simple questions yourself and hand over the rest.",
    model=config.MODEL,
    tools=[read_mail, send_mail],
    handoffs=[refunds, analyst],
)

refunds.handoffs = [triage]
