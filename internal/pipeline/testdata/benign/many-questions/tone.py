from openai import OpenAI

client = OpenAI()


def tone(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "Say which tone it has."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
