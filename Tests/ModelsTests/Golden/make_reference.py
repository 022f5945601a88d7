#!/usr/bin/env python3
"""Write what transformers computes for a model and a batch: the reference of ModelsTests for models of any size.

usage: make_reference.py MODEL [BATCH.safetensors]        (writes MODEL/reference.safetensors)

MODEL is a Hugging Face directory. BATCH has pixel_values, input_ids and labels; without one a language model gets a
few lines of text in its own tokens. The tests take such directories in besides their own:

    VLM_DIST_REFERENCES=MODEL1:MODEL2 launch/test --filter ModelsTests

needs: torch, transformers, safetensors
"""
import pathlib, sys, torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def model_name(name):
    """The name of a LLaVA parameter in memory -> its name in the file."""
    head, rest = name.removeprefix("model.").split(".", 1)
    return {"language_model": "language_model.model", "lm_head": "language_model.lm_head"}.get(head, head) + "." + rest


def write_reference(model, saved, path, learning_rate, key=model_name, **batch):
    """The batch, logits of its first sample, loss, the gradient of every parameter in `saved`, ten AdamW losses."""
    model.train()
    model.config._attn_implementation = "eager"
    run = lambda: model(attention_mask=torch.ones_like(batch["input_ids"]), **batch)
    result = run()
    result.loss.backward()
    ref = {**batch, "logits": result.logits[0].detach().clone(), "loss": result.loss.detach().reshape(1)}
    for p, v in model.named_parameters():
        if v.grad is not None and key(p) in saved:
            ref["gradient." + key(p)] = v.grad.clone()
    opt = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    model.zero_grad()
    losses = []
    for _ in range(10):
        loss = run().loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
        losses.append(loss.item())
    ref |= {"losses": torch.tensor(losses), "learning_rate": torch.tensor([learning_rate])}
    save_file({k: v.contiguous() for k, v in ref.items()}, path)
    gradients = sum(1 for k in ref if k.startswith("gradient."))
    print(path, "losses", losses[0], "to", losses[-1], "and", gradients, "gradients of", len(saved))


TEXT = """Question: what is the picture about? Answer: a small red boat on a lake, and behind it the mountains.
def gradient(x): return [2 * v for v in x]  # 그라디언트 🙂"""


def main():
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlavaForConditionalGeneration
    directory = pathlib.Path(sys.argv[1])
    if len(sys.argv) > 2:
        model = LlavaForConditionalGeneration.from_pretrained(directory, dtype=torch.float32)
        batch, key = load_file(sys.argv[2]), model_name
    else:
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
        ids = AutoTokenizer.from_pretrained(directory)(TEXT, return_tensors="pt")["input_ids"]
        labels = ids.clone()
        labels[:, :5] = -100
        batch, key = {"input_ids": ids, "labels": labels}, lambda name: "language_model." + name
    saved = set()
    for file in directory.glob("model*.safetensors"):
        with safe_open(file, "pt") as f:
            # A vision-language model's names are those in memory; a language model's lack the part.
            saved |= {k if len(sys.argv) > 2 else "language_model." + k for k in f.keys()}
    # The rate of the peer's benchmark. Ten times as much takes these models where rounding alone moves a loss by 1e-3.
    write_reference(model, saved, directory / "reference.safetensors", 1e-4, key, **batch)


if __name__ == "__main__":
    main()
