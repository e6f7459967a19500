"""Asks a question with the package openai and prints the answer as it comes.

usage: ask_openai.py BASE_URL QUESTION
"""

import sys

from openai import OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="none")
stream = client.chat.completions.create(
    model="once", messages=[{"role": "user", "content": sys.argv[2]}], stream=True
)
for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)
print()
