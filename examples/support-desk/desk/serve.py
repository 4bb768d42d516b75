"""Start the desk: one round each time that somebody asks."""

from agents import Runner, SQLiteSession
from fastapi import FastAPI

from .team import triage

app = FastAPI()


@app.post("/ask")
async def ask(customer: str, question: str) -> str:
    session = SQLiteSession("desk", "sessions.db")
    result = await Runner.run(triage, question, session=session)
    return result.final_output
