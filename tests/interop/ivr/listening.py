"""Sounds with keys in them, and what words a recording has."""

import math
import os
import pathlib
import struct
import subprocess
import sys
import wave

ROWS, COLUMNS, KEYS = (697, 770, 852, 941), (1209, 1336, 1477, 1633), ("123A", "456B", "789C", "*0#D")
RATE = 8000
WORDS = {word: str(digit) for digit, word in enumerate("zero one two three four five six seven eight nine".split())}
PLACE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "switchhook/recogniser"
# Any row of digit words after the words of the prompt: nothing in it says which.
GRAMMAR = "#JSGF V1.0; grammar code; public <code> = your code is <digit>+ ; <digit> = " + " | ".join(WORDS) + ";"
PROGRAM = """
import os, sys, wave
from pocketsphinx import Decoder, get_model_path
model = get_model_path()
decoder = Decoder(hmm=os.path.join(model, "en-us/en-us"), dict=os.path.join(model, "en-us/cmudict-en-us.dict"), loglevel="FATAL")
decoder.add_jsgf_string("code", sys.argv[2])
decoder.activate_search("code")
with wave.open(sys.argv[1]) as file:
    samples = file.readframes(file.getnframes())
decoder.start_utt()
decoder.process_raw(samples, full_utt=True)
decoder.end_utt()
print(decoder.hyp().hypstr if decoder.hyp() else "")
"""


class KeySound:
    """What a telephone plays that presses keys by their tones: silence, then the keys, then silence."""

    def __init__(self, path, seconds, keys, rate=RATE):
        self.path = path
        samples = [0] * int(seconds * rate)
        for key in keys:
            row = next(place for place, line in enumerate(KEYS) if key in line)
            pair = ROWS[row], COLUMNS[KEYS[row].index(key)]
            samples += [int(sum(6000 * math.sin(2 * math.pi * hertz * at / rate) for hertz in pair)) for at in range(int(0.1 * rate))]
            samples += [0] * int(0.1 * rate)
        samples += [0] * 60 * rate
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def recognised(samples, rate, folder):
    """The digits that a speech recogniser hears in samples (pocketsphinx, with its model of American English)."""
    assert rate == 16000, "its model is one of wideband speech"
    python = PLACE / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "pocketsphinx"], check=True)
    path = f"{folder}/words.wav"
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples)
    words = subprocess.run([python, "-c", PROGRAM, path, GRAMMAR], check=True, capture_output=True, text=True).stdout.split()
    return "".join(WORDS[word] for word in words if word in WORDS)
