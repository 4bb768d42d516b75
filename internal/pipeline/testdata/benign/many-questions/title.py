from openai import OpenAI

client = OpenAI()


def title(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "Give the text a title."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
