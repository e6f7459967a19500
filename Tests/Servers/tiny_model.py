#!/usr/bin/python3
"""Writes a tiny model for llama-server whose answers are known beforehand, of 2.4 MB.

usage: tiny_model.py OUT.gguf [--think]

It looks at the last token alone: the embedding of a token is a vector of its own, attention and
feed-forward are zero, and so the output matrix is a table of which token follows which. The same
arguments write the same bytes.

  - a question            the words of ANSWER, then the end
  - a question and tools  one call of a tool, in the form that the server's grammar asks for
  - a tool's result       the words of ANSWER, then the end
  - a schema              the smallest value that fits it
  - --think               THOUGHT between <think> and </think> before the answer
"""

import struct
import sys

ANSWER = "Hello from a tiny model, which has only these words to say: grüße, 世界!"
THOUGHT = "Let me see what I know."
WIDTH = 384
HIGH, STEP, LOW = 200.0, 12.0, -8.0

TEMPLATE = """\
{%- if tools -%}
<|im_start|>system
Tools, one a line:
{% for tool in tools -%}
{{ tool | tojson }}
{% endfor -%}
A call looks like this:
<tool_call>
{"name": <name>, "arguments": <object>}
</tool_call><|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ 'user' if message.role == 'tool' else message.role }}
{%- if message.role == 'tool' %}
<tool_response>
{{ message.content }}
</tool_response>
{%- elif message.content %}
{{ message.content }}
{%- endif -%}
{%- for call in (message.tool_calls or []) %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments \
if call.function.arguments is string else (call.function.arguments | tojson) }}}
</tool_call>
{%- endfor -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\\t' if tools and messages[-1].role == 'user' \
else '<|im_start|>assistant\\n' }}
{%- endif -%}
"""

# A server looks for thoughts only where a template has a place for them.
THOUGHT_TEMPLATE = """\
{%- elif message.content %}
{%- if message.reasoning_content %}
<think>
{{ message.reasoning_content }}
</think>
{%- endif %}
"""


def byte_names():
    """How the GPT-2 vocabulary writes each byte as a printable character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        names.setdefault(byte, chr(256 + len(names) - len(plain)))
    return names


NAMES = byte_names()


def written(text):
    return "".join(NAMES[byte] for byte in text.encode())


class Vocabulary:
    NORMAL, CONTROL, USER, UNUSED = 1, 3, 4, 5

    def __init__(self):
        self.tokens, self.kinds = [], []

    def add(self, token, kind=NORMAL):
        self.tokens.append(token)
        self.kinds.append(kind)
        return len(self.tokens) - 1

    def words(self, text):
        """One token for each different word, with the space before it."""
        first, *rest = text.split(" ")
        known, numbers = {}, []
        for word in [first, *(" " + word for word in rest)]:
            if word not in known:
                known[word] = self.add(written(word))
            numbers.append(known[word])
        return numbers


class Table:
    """Which token follows which: the higher, the likelier."""

    def __init__(self, size):
        self.rows = [[LOW] * size for _ in range(size)]
        self.usual = []

    def prefer(self, after, tokens):
        row = [LOW] * len(self.rows)
        order = list(dict.fromkeys([*tokens, *self.usual]))
        for place, token in enumerate(order):
            row[token] = HIGH - STEP * place
        self.rows[after] = row

    def chain(self, first, tokens):
        for token in tokens:
            self.prefer(first, [token])
            first = token


def build(thinks):
    words = Vocabulary()
    words.add("<|endoftext|>", Vocabulary.CONTROL)
    words.add("<|im_start|>", Vocabulary.CONTROL)
    end = words.add("<|im_end|>", Vocabulary.CONTROL)
    call = words.add("<tool_call>", Vocabulary.USER)
    call_end = words.add("</tool_call>", Vocabulary.USER)
    think = words.add("<think>", Vocabulary.USER)
    think_end = words.add("</think>", Vocabulary.USER)
    byte = {value: words.add(NAMES[value]) for value in range(256)}
    answer = words.words(ANSWER)
    thought = words.words(" " + THOUGHT)[1:]
    words.add(written("He"))  # of the only merge, since a vocabulary without any is refused
    while len(words.tokens) < WIDTH:
        words.add(f"<unused{len(words.tokens)}>", Vocabulary.UNUSED)
    assert len(words.tokens) == len(set(words.tokens)) == WIDTH, len(words.tokens)

    def of(text):
        return [byte[ord(character)] for character in text]

    table = Table(WIDTH)
    # What a grammar leaves of it makes the smallest JSON value of whatever kind it asks for.
    table.usual = [end, call, *of('"}],:{[7'), call_end, *of("tPa0")]
    for token in range(WIDTH):
        table.prefer(token, [])
    table.chain(byte[10], [think, *thought, think_end, *answer] if thinks else answer)
    table.prefer(answer[-1], [end])
    table.chain(byte[9], [call])
    shapes = {'"': "P:}],", "7": "}],", ":": '"{[7t', ",": '"{7', "{": '}"', "[": ']"{'}
    for after, tokens in shapes.items():
        table.prefer(byte[ord(after)], of(tokens))
    for after, tokens in {"P": 'a"', "a": 'r"', "r": 'i"', "i": 's"', "s": '"'}.items():
        table.prefer(byte[ord(after)], of(tokens))
    table.prefer(byte[ord("}")], [end, *of("}"), call_end, *of("],")])
    table.prefer(call, of("\n{"))
    table.prefer(call_end, [end])
    return words, table, end


# MARK: the format


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def number(value):
    return struct.pack("<II", 4, value)


def value(key, kind, data):
    return text(key) + struct.pack("<I", kind) + data


def listed(key, kind, items):
    return value(key, 9, struct.pack("<IQ", kind, len(items)) + b"".join(items))


def head(words, end, thinks):
    template = TEMPLATE
    if thinks:
        template = template.replace("{%- elif message.content %}\n", THOUGHT_TEMPLATE)
    values = [
        value("general.architecture", 8, text("llama")),
        value("general.name", 8, text("Tiny")),
        value("tokenizer.ggml.model", 8, text("gpt2")),
        value("tokenizer.ggml.pre", 8, text("gpt-2")),
        value("tokenizer.chat_template", 8, text(template)),
        value("llama.attention.layer_norm_rms_epsilon", 6, struct.pack("<f", 1e-5)),
        value("tokenizer.ggml.add_bos_token", 7, b"\0"),
        listed("tokenizer.ggml.tokens", 8, [text(token) for token in words.tokens]),
        listed("tokenizer.ggml.token_type", 5, [struct.pack("<i", kind) for kind in words.kinds]),
        listed("tokenizer.ggml.merges", 8, [text("H e")]),
    ]
    numbers = {
        "llama.context_length": 32768,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": 32,
        "llama.attention.head_count": 6,
        "llama.attention.head_count_kv": 6,
        "llama.rope.dimension_count": 64,
        "llama.vocab_size": WIDTH,
        "general.file_type": 0,
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": end,
        "tokenizer.ggml.padding_token_id": 0,
    }
    return values + [text(key) + number(count) for key, count in numbers.items()]


def halves(rows, columns):
    return ([columns, rows], 1, bytes(2 * rows * columns))


def floats(rows, columns, numbers):
    shape = [columns, rows] if rows > 1 else [columns]
    return (shape, 0, struct.pack(f"<{rows * columns}f", *numbers))


def tensors(table):
    # The norm before the output makes a vector with a single one this long.
    scale = (1 / (1 / WIDTH + 1e-5)) ** 0.5
    unit = [float(row == column) for row in range(WIDTH) for column in range(WIDTH)]
    output = [table.rows[column][row] / scale for row in range(WIDTH) for column in range(WIDTH)]
    ones = [1.0] * WIDTH
    result = {
        "token_embd.weight": floats(WIDTH, WIDTH, unit),
        "output_norm.weight": floats(1, WIDTH, ones),
        "output.weight": floats(WIDTH, WIDTH, output),
        "blk.0.attn_norm.weight": floats(1, WIDTH, ones),
        "blk.0.ffn_norm.weight": floats(1, WIDTH, ones),
        "blk.0.ffn_gate.weight": halves(32, WIDTH),
        "blk.0.ffn_up.weight": halves(32, WIDTH),
        "blk.0.ffn_down.weight": halves(WIDTH, 32),
    }
    for part in ["q", "k", "v", "output"]:
        result[f"blk.0.attn_{part}.weight"] = halves(WIDTH, WIDTH)
    return result


def padded(data):
    return data + bytes(-len(data) % 32)


def main():
    thinks = "--think" in sys.argv
    words, table, end = build(thinks)
    values = head(words, end, thinks)
    parts = tensors(table)
    data = b"GGUF" + struct.pack("<IQQ", 3, len(parts), len(values)) + b"".join(values)
    body = b""
    for name, (shape, kind, content) in parts.items():
        data += text(name) + struct.pack("<I", len(shape))
        data += b"".join(struct.pack("<Q", size) for size in shape)
        data += struct.pack("<IQ", kind, len(body))
        body += padded(content)
    with open(sys.argv[1], "wb") as file:
        file.write(padded(data) + body)


main()
