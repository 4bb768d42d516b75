from openai import OpenAI

client = OpenAI()


def terms(text: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "List the technical terms."}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
