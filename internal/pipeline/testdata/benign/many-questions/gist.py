from openai import OpenAI

client = OpenAI()


def gist(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "Sum it up in a line."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
