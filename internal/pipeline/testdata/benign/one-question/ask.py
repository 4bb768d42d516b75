"""Ask a model one question with a prompt of the program's own."""
from openai import OpenAI

client = OpenAI()


def summary(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-2025-04-14",
        messages=[
            {"role": "system", "content": "Say in one sentence what the text is about."},
            {"role": "user", "content": text},
        ],
    )
    return answer.choices[0].message.content


if __name__ == "__main__":
    print(summary("The meeting is on Monday."))
