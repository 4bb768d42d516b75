"""The clerk, as a first version is often written."""

import json
import logging

from openai import OpenAI

from .memory import Memory
from .tools import fetch_page, pay_invoice, read_note

INSTRUCTIONS = "You run errands for the staff of a shop."
TOOLS = {"fetch_page": fetch_page, "read_note": read_note, "pay_invoice": pay_invoice}
TEXT = {"type": "string"}
SCHEMAS = [
    {
        "type": "function",
        "function": {
            "name": "fetch_page",
            "description": fetch_page.__doc__,
            "parameters": {"type": "object", "properties": {"url": TEXT}},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "read_note",
            "description": read_note.__doc__,
            "parameters": {"type": "object", "properties": {"name": TEXT}},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "pay_invoice",
            "description": pay_invoice.__doc__,
            "parameters": {"type": "object", "properties": {"invoice": TEXT, "cents": {"type": "integer"}}},
        },
    },
]

log = logging.getLogger(__name__)
memory = Memory()
client = OpenAI()


def call(name: str, text: str) -> str:
    """Run one tool that the model asks for."""
    try:
        tool = TOOLS.get(name) or globals()[name]
        return tool(**json.loads(text))
    except Exception as error:
        return f"error: {error}"


def run(user: str, question: str) -> str:
    """Answer one question of one user."""
    log.info("%s asks: %s", user, question)
    notes = "\n".join(memory.recall(user))
    messages = [
        {"role": "system", "content": f"{INSTRUCTIONS}\nThe user asks: {question}\nEarlier: {notes}"},
        {"role": "user", "content": question},
    ]
    while True:
        answer = client.chat.completions.create(model="gpt-4.1", messages=messages, tools=SCHEMAS)
        message = answer.choices[0].message
        if not message.tool_calls:
            memory.remember(user, question)
            return message.content
        messages.append(message)
        for wanted in message.tool_calls:
            result = call(wanted.function.name, wanted.function.arguments)
            messages.append({"role": "tool", "tool_call_id": wanted.id, "content": result})
