"""Writes the files beside it: small images, and what Pillow and transformers make of them.

    python make_golden.py        (Pillow 13.0.0, transformers 5.23.0 without torchvision, numpy)

decoding.json       every image with Pillow's ImageOps.exif_transpose(Image.open(f)).convert("RGB"), and composited
resizing.json       Pillow's Image.resize; large results as FNV-1a hashes
preprocessing.json  pixel_values of the Pillow image processors of transformers, little-endian floats
"""
import base64, io, itertools, json, os, struct, zlib
import numpy as np
from PIL import Image, ImageDraw, ImageOps
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.join(HERE, "images")
os.makedirs(IMAGES, exist_ok=True)
random = np.random.default_rng(7)
BACKGROUND = (200, 30, 90)


def encoded(array):
    return base64.b64encode(array.tobytes()).decode()


def photo(width, height):
    """Smooth gradients and noise."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = [np.sin(a * x + b * y + c) for a, b, c in ((5, 2, 0), (3, 7, 1), (9, 4, 2))]
    return np.clip(128 + 90 * np.stack(waves, -1) + random.normal(0, 9, (height, width, 3)), 0, 255).astype(np.uint8)


def clip_art(width, height):
    """Flat colours with hard edges on a transparent ground that hides another colour."""
    image = Image.new("RGBA", (width, height), (12, 200, 40, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((2, 3, width * 0.7, height * 0.6), fill=(250, 20, 20, 255), outline=(0, 0, 0, 255))
    draw.rectangle((width * 0.4, height * 0.5, width - 3, height - 4), fill=(30, 60, 250, 130))
    draw.line((0, height - 1, width, 0), fill=(0, 0, 0, 255), width=2)
    return image


# PNG by hand, since Pillow writes neither all kinds nor interlaced ones.
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed_rows(samples, depth):
    """samples [rows, columns, channels] -> filtered bytes; the filter type alternates between none and sub."""
    rows = []
    pixel_bytes = max(1, samples.shape[2] * depth // 8)
    for index, row in enumerate(samples):
        flat = row.reshape(-1)
        if depth == 16:
            line = flat.astype(">u2").tobytes()
        elif depth == 8:
            line = flat.astype(np.uint8).tobytes()
        else:
            bits = ((flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)
            line = np.packbits(bits).tobytes()
        if index % 2:
            line = bytes((v - (line[i - pixel_bytes] if i >= pixel_bytes else 0)) & 255 for i, v in enumerate(line))
        rows.append(bytes([index % 2]) + line)
    return b"".join(rows)


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(samples, depth, colour_type, interlaced=False, before=b"", after=b""):
    height, width, _ = samples.shape
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    raw = b"".join(packed_rows(part, depth) for part in passes if part.size)
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(raw, 9)) + after
            + chunk(b"IEND", b""))


def rgba_of_colour_key(samples, depth, key):
    """What the PNG specification says, where Pillow compares a key of 2, 4 or 16 bits with 8-bit samples."""
    rgb = np.broadcast_to(samples, samples.shape[:2] + (3,)).astype(np.int64)
    if depth == 16:
        rgb = np.minimum(rgb, 255) if samples.shape[2] == 1 else rgb >> 8
    else:
        rgb = rgb * 255 // (2**depth - 1)
    alpha = np.where((samples == key).all(-1), 0, 255)
    return Image.fromarray(np.concatenate([rgb, alpha[..., None]], -1).astype(np.uint8), "RGBA")


files = {}
flattened_by_specification = {}
channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
kinds = [(0, d) for d in (1, 2, 4, 8, 16)] + [(3, d) for d in (1, 2, 4, 8)] + [(t, d) for t in (2, 4, 6) for d in (8, 16)]
for (colour_type, depth), interlaced in itertools.product(kinds, (False, True)):
    samples = random.integers(0, 2**depth, (9, 13, channels[colour_type]))
    if (colour_type, depth) == (0, 16):
        samples[:4] %= 300  # Pillow cuts 16-bit grey off at 255: keep some below
    palette = chunk(b"PLTE", random.integers(0, 256, 3 * 2**depth, dtype=np.uint8).tobytes()) if colour_type == 3 else b""
    name = f"type{colour_type}-{depth}bit" + ("-interlaced" if interlaced else "")
    files[name + ".png"] = png(samples, depth, colour_type, interlaced, palette)
    if interlaced or colour_type in (4, 6):
        continue
    if colour_type == 3:
        transparency = random.integers(0, 256, max(1, 2**depth - 1), dtype=np.uint8).tobytes()
    else:
        key = samples[4, 5]
        samples[2, 3] = samples[7, 1] = key
        transparency = b"".join(struct.pack(">H", int(v)) for v in key)
        rgba = rgba_of_colour_key(samples, depth, key)
        flattened_by_specification[name + "-transparency.png"] = rgba
    files[name + "-transparency.png"] = png(
        samples, depth, colour_type, False, palette + chunk(b"tRNS", transparency))


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "maker"
    return block.tobytes()


rgb = Image.fromarray(photo(29, 19))
grey, cmyk = rgb.convert("L"), Image.fromarray(np.dstack([photo(21, 11), photo(21, 11)[..., 0]]), "CMYK")
for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
    files[f"baseline-{name}.jpg"] = saved(rgb, "JPEG", quality=80, subsampling=subsampling)
files["progressive.jpg"] = saved(rgb, "JPEG", quality=85, progressive=True)
files["progressive-444.jpg"] = saved(rgb, "JPEG", quality=85, progressive=True, subsampling=0)
files["restarts.jpg"] = saved(rgb, "JPEG", quality=70, restart_marker_blocks=1)
files["grey.jpg"] = saved(grey, "JPEG", quality=80)
files["grey-progressive.jpg"] = saved(grey, "JPEG", quality=80, progressive=True)
adobe_cmyk = saved(cmyk, "JPEG", quality=90)
files["cmyk.jpg"] = adobe_cmyk
marker = adobe_cmyk.index(b"\xff\xee")
end = marker + 2 + struct.unpack(">H", adobe_cmyk[marker + 2:marker + 4])[0]
assert adobe_cmyk[end - 1] == 0
files["ycck.jpg"] = adobe_cmyk[:end - 1] + b"\x02" + adobe_cmyk[end:]
files["cmyk-without-adobe.jpg"] = adobe_cmyk[:marker] + adobe_cmyk[end:]
files["single-pixel.jpg"] = saved(Image.new("RGB", (1, 1), (90, 160, 20)), "JPEG")
files["single-pixel.png"] = saved(Image.new("RGB", (1, 1), (90, 160, 20)), "PNG")
small = Image.fromarray(photo(17, 11))
for orientation in range(1, 9):
    files[f"orientation-{orientation}.jpg"] = saved(small, "JPEG", exif=exif(orientation))
tiff = exif(6)[6:]
files["orientation.png"] = png(photo(7, 5), 8, 2, before=chunk(b"eXIf", tiff))
files["orientation-behind.png"] = png(photo(7, 5), 8, 2, after=chunk(b"eXIf", tiff))
files["orientation.webp"] = saved(small, "WEBP", exif=exif(5))
art = clip_art(35, 47)
files["lossy.webp"] = saved(rgb, "WEBP", quality=70)
files["lossless.webp"] = saved(rgb, "WEBP", lossless=True)
files["alpha-lossy.webp"] = saved(art, "WEBP", quality=80)
files["alpha-lossless.webp"] = saved(art, "WEBP", lossless=True, exact=True)
files["alpha.png"] = saved(art, "PNG")
files["photo.jpg"] = saved(Image.fromarray(photo(61, 43)), "JPEG", quality=90)
files["tall.png"] = saved(Image.fromarray(photo(15, 53)), "PNG")
files["tiny.png"] = saved(Image.fromarray(photo(5, 3)), "PNG")
bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(12_000_000), 9))
files["text-bomb.png"] = png(photo(7, 5), 8, 2, before=bomb)
refused = {
    "animated.webp": saved(rgb, "WEBP", save_all=True, append_images=[Image.fromarray(photo(29, 19))]),
    "twelve.gif": saved(grey, "GIF"),
    "drawing.tiff": saved(grey, "TIFF"),
}

decoding = []
for name, data in sorted((files | refused).items()):
    with open(os.path.join(IMAGES, name), "wb") as file:
        file.write(data)
    if name in refused:
        continue
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        image.load()
    except ValueError:  # Pillow gives up on the text; the pixels are fine
        assert "bomb" in name
        image = Image.open(io.BytesIO(data.replace(bomb, b"")))
    entry = {"file": name, "width": image.width, "height": image.height,
             "rgb": encoded(np.asarray(image.convert("RGB")))}
    transparent = flattened_by_specification.get(name, image.convert("RGBA"))
    if name in flattened_by_specification or np.asarray(transparent)[..., 3].min() < 255:
        ground = Image.new("RGBA", image.size, BACKGROUND + (255,))
        entry["flattened"] = encoded(np.asarray(Image.alpha_composite(ground, transparent).convert("RGB")))
    decoding.append(entry)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def ramp(width, height):
    """The resizing tests' source, from a formula so that no pixels need keeping."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    return ((i * i * 31 + i * 7 + (i >> 3) * 101) % 256).astype(np.uint8).reshape(height, width, 3)


resizing = []
targets = ((97, 53, 41, 31), (97, 53, 97, 20), (97, 53, 13, 53), (97, 53, 150, 77), (97, 53, 1, 1), (97, 53, 96, 54),
           (97, 53, 7, 111), (97, 53, 97, 53), (1, 1, 9, 5), (1, 40, 3, 17), (3, 2, 23, 31), (640, 3, 17, 2),
           # around the height's loss of twice the width's, where the order of the passes turns
           (53, 97, 41, 31), (53, 97, 43, 78), (53, 97, 43, 77), (53, 97, 43, 76), (53, 97, 57, 96), (53, 97, 57, 98))
for (width, height, new_width, new_height), filter in itertools.product(targets, range(6)):
    result = Image.fromarray(ramp(width, height)).resize((new_width, new_height), filter)
    entry = {"from": [width, height], "to": [new_width, new_height], "resample": filter,
             "hash": fnv1a(result.tobytes())}
    if new_width * new_height < 60:
        entry["rgb"] = encoded(np.asarray(result))
    resizing.append(entry)

preprocessing = []
processors = {
    "clip": (CLIPImageProcessorPil, {"size": {"shortest_edge": 16}, "crop_size": {"height": 16, "width": 16}}),
    "clip-wide-crop": (CLIPImageProcessorPil, {"size": 13, "crop_size": {"height": 11, "width": 23}, "resample": 2}),
    "clip-uncropped-scale": (CLIPImageProcessorPil, {"do_resize": False, "crop_size": 14, "do_rescale": False}),
    "clip-lanczos": (CLIPImageProcessorPil, {"size": 14, "crop_size": 13, "resample": 1, "do_normalize": False}),
    "siglip": (SiglipImageProcessorPil, {"size": {"height": 15, "width": 18}}),
    "siglip-statistics": (SiglipImageProcessorPil, {
        "size": {"height": 12, "width": 12}, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "rescale_factor": 0.0078125}),
    "llava-pad": (LlavaImageProcessorPil, {"size": {"shortest_edge": 15}, "crop_size": 15, "do_pad": True}),
    "llava": (LlavaImageProcessorPil, {"size": {"shortest_edge": 12}, "crop_size": {"height": 12, "width": 12}}),
}
for name, (kind, options) in processors.items():
    processor = kind(**options)
    images = []
    for file in ("photo.jpg", "alpha.png", "tall.png", "tiny.png", "orientation-6.jpg"):
        path = os.path.join(IMAGES, file)
        entry = {"file": file, "values": encoded(np.asarray(processor(path)["pixel_values"][0], np.float32))}
        if file == "alpha.png":
            # A Pillow image is flattened on white, one given by path loses its alpha.
            values = processor(Image.open(path))["pixel_values"][0]
            entry["valuesOnWhite"] = encoded(np.asarray(values, np.float32))
        images.append(entry)
    preprocessing.append({"processor": name, "configuration": processor.to_json_string(), "images": images})

for name, content in (("decoding", decoding), ("resizing", resizing), ("preprocessing", preprocessing)):
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry) for entry in content) + "\n]\n")
