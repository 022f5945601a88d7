"""Makes the reference token ids of TextTests with Hugging Face's `tokenizers` and `transformers`.

Run in this folder: python make_golden.py
Tiny tokenizers of four families are trained on a generated text; each NAME.json is a whole tokenizer.json, and
NAME.expected.json holds ids of strings.json's strings, decoded id lists, and chats through apply_chat_template.
demo.json is not made here: it is what BytePairVocabularyBuilder writes for DEMO_WORDS and DEMO_SPECIAL.
"""

import json
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TAIL = r"[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|" + TAIL % r"\p{N}"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|" + TAIL % r"\p{N}{1,3}"

SMOLLM2_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\\n' }}"
    "{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
QWEN2_TEMPLATE = SMOLLM2_TEMPLATE.replace(
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face", "You are a helpful assistant."
)
LLAMA3_TEMPLATE = (
    "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    " + message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}"
    "{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)

WORDS = """the a of to and in is that it for was on are as with his they at be this from have or by one had not but what
all were when we there can an your which their said if do will each about how up out them then she many some so these
would other into has more her two like him see time could no make than first been its who now people my made over did
down only way find use may water long little very after words called just where most know picture image shows dog cat
house street red blue green small large sitting standing holding assistant user system helpful""".split()
KOREAN = """이 그 저 것 수 있다 없다 하다 되다 사람 그림 사진 고양이 강아지 집 거리 빨간 파란 작은 큰 앉아 서 있는 무엇이
보입니까 안녕하세요 반갑습니다 모델 학습 이미지 언어 한국어 문장 토큰 입니다 합니다 에서 으로 까지 부터 그리고 하지만""".split()
OTHER = ["日本語", "中文字符", "こんにちは", "カタカナ", "русский", "Ελληνικά", "العربية", "עברית", "हिन्दी", "ไทย", "naïve",
         "Straße", "İstanbul", "Ǆungla", "ﬁle", "ⅷ", "Ⅻ", "½", "²", "٣٤", "१२", "𝟘𝟙", "𝒜𝒷", "߀", "〇", "㊊", "ʰ", "ͺ", "ᾳ", "ꙮ"]
EMOJI = ["😀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇰🇷", "🇺🇸🇫🇷", "👍🏽", "❤️", "1️⃣", "☃", "🧑🏿‍🚀", "\u200d", "\ufe0f"]
COMBINING = ["e\u0301", "é", "A\u030a", "Å", "\u212b", "q\u0323\u0307", "q\u0307\u0323", "\u1112\u1161\u11ab", "\u0301", "ñ\u0303",
             "\u0958", "\u2126", "\u2adc", "\ufb1d", "\u0344", "가\u11a8", "\u1100\u1161", "\U0001d15e"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", " \n", "\n ", " \r\n  ", "\u00a0", "\u3000", "\u2003", "\u0085",
          "\u000b", "\u000c", "\u2028", "\u2029", "\u1680", "\u202f", "\u200b", "\u180e", "\ufeff", "\u001c", "\u001f", "          "]
CONTRACTIONS = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'VE", "'m", "'M", "'ll", "'LL", "'d", "'D", "'x", "''s", "’s",
                "'ſ", "'sa", "don't", "I'M", "we'Ll", "'l", "'v"]
DIGITS = ["0", "7", "12", "123", "1234", "12345", "3.14159", "1,000,000", "0x1F", "2024-05-12", "a1b2c3", "1e-5"]
CODE = ["for (int i = 0; i < n; ++i) {", "return x;", "}\n", "def f(x):\n    return x ** 2\n", "func a() -> Int { 0 }", "<div class=\"x\">",
        "#include <stdio.h>", "a[i] += b[j] * 3;", "// comment", "\t\tif (!ok) {\n\t\t\treturn;\n\t\t}", "&&", "||", "!=", "...", "---", "\\n",
        "https://example.com/a?b=c#d", "user@example.com", "$x$", "```swift\nlet a = 1\n```", "\"quoted\"", "'single'", "«»", "—", "…"]
ODD = ["\ufffd", "\x00", "\x01", "\x7f", "\x1b[0m", "\ue000", "\ufdd0", "\uffff", "\U0010ffff", "\u0378", "\u0600", "\u00ad", "\u061c",
       "a" * 70, "ha" * 40, "=" * 80, "<|", "|>", "<", "<im", "<|im_start", "im_end|>", "▁", "▁▁", "Ġ", "ĠĠhello", "Ċ", "<0x41>", "<unk>"]
TOKENS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<image>", "<mask>", "<word>", "wholeword", "<tool>", "<right>", "Cafe\u0301!", "Café!",
          "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<s>", "</s>", "<mask><mask>", "<im", "<image", "<images>"]
POOLS = [WORDS, WORDS, WORDS, KOREAN, KOREAN, OTHER, EMOJI, COMBINING, SPACES, SPACES, CONTRACTIONS, DIGITS, CODE, ODD, TOKENS]

DEMO_WORDS = """red green blue circle square triangle bc abc xbc abab cabab What is this It a the left of right small large color shape picture
answer yes no one two three 빨간 파란 원 사각형 don't 42 New York""".replace("New York", "New_York").split()
DEMO_WORDS = [word.replace("_", " ") for word in DEMO_WORDS]
DEMO_SPECIAL = ["<|im_start|>", "<|im_end|>", "<image>"]


def corpus(rng):
    pools = [WORDS, WORDS, WORDS, KOREAN, CODE, DIGITS, EMOJI, OTHER, CONTRACTIONS]
    return ["".join(rng.choice(["", " ", " ", " ", "\n"]) + rng.choice(rng.choice(pools)) for _ in range(40)) for _ in range(1500)]


def strings(rng):
    out = ["", " ", "\n", "a", "é", "Hello, world!", "안녕하세요, 세계!"] + SPACES + COMBINING + TOKENS + CONTRACTIONS
    while len(out) < 1060:
        glue = rng.choice(["", " ", rng.choice(SPACES), None])
        parts = [rng.choice(rng.choice(POOLS)) for _ in range(rng.randint(1, 9))]
        out.append("".join((rng.choice(["", " "]) if glue is None else glue) + part for part in parts))
    for _ in range(60):  # scalars from anywhere
        out.append("".join(chr(rng.choice([rng.randint(32, 0x2FFF), rng.randint(0xE000, 0x1F9FF), rng.randint(32, 0x24F)])) for _ in range(12)))
    return out


def common_tokens():
    return [
        AddedToken("<|im_start|>", special=True, normalized=False), AddedToken("<|im_end|>", special=True, normalized=False),
        AddedToken("<|endoftext|>", special=True, normalized=False), AddedToken("<image>", special=True, normalized=False),
        AddedToken("<mask>", special=True, normalized=False, lstrip=True), AddedToken("<right>", special=True, normalized=False, rstrip=True),
        AddedToken("<word>", special=False, normalized=True, single_word=True), AddedToken("wholeword", special=False, normalized=False, single_word=True),
        AddedToken("<tool>", special=False, normalized=True), AddedToken("Cafe\u0301!", special=False, normalized=True),
    ]


def add(tokenizer, tokens):
    for token in tokens:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])


def train(tokenizer, text, size, alphabet=None):
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=alphabet or [])
    tokenizer.train_from_iterator(text, trainer)


def byte_level(text, size, pre_tokenizer, normalizer=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    train(tokenizer, text, size, pre_tokenizers.ByteLevel.alphabet())
    return tokenizer


def smollm2(text):
    tokenizer = byte_level(text, 900, pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]))
    add(tokenizer, common_tokens())
    return tokenizer


def split(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])


def qwen2(text):
    tokenizer = byte_level(text, 1000, split(QWEN2), normalizers.NFC())
    add(tokenizer, common_tokens())
    return tokenizer


def llama3(text):
    tokenizer = byte_level(text, 1100, split(LLAMA3), ignore_merges=True)
    add(tokenizer, common_tokens() + [AddedToken(t, special=True, normalized=False) for t in
                                      ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]])
    raw = json.loads(tokenizer.to_str())
    # Drop some rules, keep their tokens: only ignore_merges finds these then.
    raw["model"]["merges"] = [m for i, m in enumerate(raw["model"]["merges"]) if i < 300 or i % 7]
    bos = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer = Tokenizer.from_str(json.dumps(raw))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", bos)])])
    return tokenizer


def llama2(text):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    train(tokenizer, text, 700)
    raw = json.loads(tokenizer.to_str())
    order = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    order += sorted(raw["model"]["vocab"], key=raw["model"]["vocab"].get)
    raw["model"].update(vocab={t: i for i, t in enumerate(order)}, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    raw["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(raw))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    add(tokenizer, [AddedToken(t, special=True, normalized=False) for t in order[:3]])
    add(tokenizer, [AddedToken("<image>", special=True, normalized=False)])
    return tokenizer


def metaspace(text):
    tokenizer = llama2(text)
    tokenizer.normalizer = normalizers.Sequence([])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    return tokenizer


def chats(rng, tokenizer, template, bos=None):
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=template, bos_token=bos)
    pools = [WORDS, WORDS, KOREAN, CODE, DIGITS, EMOJI, CONTRACTIONS]
    out = []
    for index in range(40):
        def text():
            return " ".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 8))).strip()
        messages = [{"role": "system", "content": text()}] if index % 3 == 0 else []
        for _ in range(rng.randint(1, 3)):
            user = rng.choice(["", "  ", "\n"]) + text() + rng.choice(["", " ", "\r\n"])
            messages += [{"role": "user", "content": user}, {"role": "assistant", "content": text() if index % 5 else ""}]
        full = fast.apply_chat_template(messages, tokenize=True, return_dict=False)
        prompt = fast.apply_chat_template(messages[:-1], tokenize=True, add_generation_prompt=True, return_dict=False)
        out.append({"messages": [[m["role"], m["content"]] for m in messages], "ids": full, "prompt": prompt})
    return out


def decoded(rng, tokenizer):
    out = []
    for _ in range(80):
        ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randint(1, 12))]
        out.append([ids, tokenizer.decode(ids, skip_special_tokens=True), tokenizer.decode(ids, skip_special_tokens=False)])
    return out


def write(name, value):
    with open(name, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"))


def demo(rng):
    tokenizer = Tokenizer.from_file("demo.json")
    texts = [rng.choice(["", " "]).join(rng.choice(DEMO_WORDS + DEMO_SPECIAL + EMOJI + SPACES) for _ in range(6)) for _ in range(40)]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    write("demo.expected.json", {"words": DEMO_WORDS, "special": DEMO_SPECIAL, "texts": texts, "ids": ids})


def main():
    rng = random.Random(20240512)
    text, texts = corpus(rng), strings(rng)
    write("strings.json", texts)
    families = [(smollm2, SMOLLM2_TEMPLATE, None), (qwen2, QWEN2_TEMPLATE, None),
                (llama3, LLAMA3_TEMPLATE, "<|begin_of_text|>"), (llama2, None, None), (metaspace, None, None)]
    for make, template, bos in families:
        tokenizer = make(text)
        name = make.__name__
        write(f"{name}.json", json.loads(tokenizer.to_str()))
        expected = {"ids": [" ".join(map(str, tokenizer.encode(t, add_special_tokens=False).ids)) for t in texts[::1 if template else 4]]}
        expected["withSpecial"] = tokenizer.encode("hello world", add_special_tokens=True).ids
        tokenizer.encode_special_tokens = True
        chosen = [t for t in texts if any(s in t for s in TOKENS)][:60]
        expected["literal"] = [[t, tokenizer.encode(t, add_special_tokens=False).ids] for t in chosen]
        tokenizer.encode_special_tokens = False
        expected["decoded"] = decoded(rng, tokenizer)
        expected["chats"] = chats(rng, tokenizer, template, bos) if template else []
        expected["template"] = template or ""
        write(f"{name}.expected.json", expected)
    demo(rng)


if __name__ == "__main__":
    main()
