from openai import OpenAI

client = OpenAI()


def date(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "Say which dates it names."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
