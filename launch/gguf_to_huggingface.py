"""Turns a GGUF file of the Llama architecture with a byte-level BPE tokenizer into a Hugging Face directory in f32.

usage: gguf_to_huggingface.py MODEL.gguf OUT        needs: numpy, gguf (no torch, no transformers)
"""
import json
import pathlib
import sys

import gguf
import numpy

# GGUF's tensor names on the left, Hugging Face's on the right; the first path component of a layer is added below.
LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
# GGUF's token types: 3 is a control token (special), 4 one that a user added.
CONTROL, USER_DEFINED = 3, 4


def hugging_face_name(name):
    stem, suffix = name.rsplit(".", 1)
    if stem.startswith("blk."):
        _, layer, stem = stem.split(".")
        return f"model.layers.{layer}.{LAYER[stem]}.{suffix}"
    return f"{OUTSIDE[stem]}.{suffix}"


def float_values(tensor, heads):
    """The tensor's values in f32. llama.cpp rotates neighbouring rows where Hugging Face rotates the two halves of a
    head, so its converter interleaves the halves of the query and key rows; here they are put back."""
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32, copy=False)
    for part, count in heads.items():
        if tensor.name.endswith(f".{part}.weight"):
            pairs = values.reshape(count, values.shape[0] // count // 2, 2, -1)
            values = pairs.swapaxes(1, 2).reshape(values.shape)
    return numpy.ascontiguousarray(values, dtype="<f4")


def write_safetensors(path, tensors, heads):
    """One tensor at a time, so that the memory needed is that of the largest one."""
    tensors = sorted(tensors, key=lambda tensor: hugging_face_name(tensor.name))
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for tensor in tensors:
        size = 4 * int(numpy.prod(tensor.shape, dtype=numpy.int64))
        header[hugging_face_name(tensor.name)] = {
            "dtype": "F32",
            "shape": [int(n) for n in reversed(tensor.shape)],  # GGUF names the fastest dimension first
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data start on a multiple of 8
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for done, tensor in enumerate(tensors, start=1):
            file.write(float_values(tensor, heads).data)
            if done % 68 == 0 or done == len(tensors):
                print(f"{done} of {len(tensors)} tensors, {file.tell() >> 20} MB", file=sys.stderr)


def tokenizer(tokens, types, merges):
    """The tokenizer.json of SmolLM (pre-tokenizer name `smollm`): every digit is a piece of its own."""
    added = [
        {
            "id": index,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kind == CONTROL,
        }
        for index, (token, kind) in enumerate(zip(tokens, types))
        if kind in (CONTROL, USER_DEFINED)
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            # A token holds no space (byte-level writes it as a letter), so the first one is the seam.
            "merges": [merge.split(" ", 1) for merge in merges],
        },
    }


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    source, out = sys.argv[1], pathlib.Path(sys.argv[2])
    reader = gguf.GGUFReader(source)

    def field(name):
        if name not in reader.fields:
            sys.exit(f"{source}: no key {name}: not the kind of GGUF file this script is for")
        return reader.fields[name].contents()

    found = (field("general.architecture"), field("tokenizer.ggml.model"), field("tokenizer.ggml.pre"))
    if found != ("llama", "gpt2", "smollm"):
        sys.exit(f"{source}: architecture, tokenizer, pre-tokenizer are {found}, wanted llama, gpt2, smollm")

    heads, key_value_heads = field("llama.attention.head_count"), field("llama.attention.head_count_kv")
    hidden = field("llama.embedding_length")
    ids = {name: field(f"tokenizer.ggml.{key}_token_id") for name, key in
           (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))}
    theta = field("llama.rope.freq_base")
    write_safetensors(out / "model.safetensors", reader.tensors, {"attn_q": heads, "attn_k": key_value_heads})
    write_json(out / "config.json", {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": field("llama.vocab_size"),
        "hidden_size": hidden,
        "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "head_dim": hidden // heads,
        "max_position_embeddings": field("llama.context_length"),
        "hidden_act": "silu",
        # The shortest decimal that is the same f32: 1e-05, as the model's makers wrote it.
        "rms_norm_eps": float(str(numpy.float32(field("llama.attention.layer_norm_rms_epsilon")))),
        # transformers 4 reads the first of these two, transformers 5 the second.
        "rope_theta": theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "initializer_range": 0.02,
        "tie_word_embeddings": "output.weight" not in (tensor.name for tensor in reader.tensors),
        "bos_token_id": ids["bos"],
        "eos_token_id": ids["eos"],
        "pad_token_id": ids["pad"],
        "dtype": "float32",
        "torch_dtype": "float32",
        "use_cache": True,
    })
    write_json(out / "generation_config.json", {f"{name}_token_id": ids[name] for name in ("bos", "eos", "pad")})

    tokens = field("tokenizer.ggml.tokens")
    write_json(out / "tokenizer.json",
               tokenizer(tokens, field("tokenizer.ggml.token_type"), field("tokenizer.ggml.merges")))
    special = {f"{name}_token": tokens[index] for name, index in ids.items()}
    write_json(out / "special_tokens_map.json", special)
    write_json(out / "tokenizer_config.json", {
        # The class that takes tokenizer.json as it is; GPT2's own class would put its own pre-tokenizer there.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": field("llama.context_length"),
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        **special,
    })
    (out / "chat_template.jinja").write_text(field("tokenizer.chat_template"), encoding="utf-8")


main()
