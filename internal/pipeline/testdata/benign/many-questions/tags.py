from openai import OpenAI

client = OpenAI()


def tags(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "List three tags."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
