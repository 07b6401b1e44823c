"""Recorded speech, and how well what was heard of it can be told from it (PESQ, ITU-T P.862 and P.862.2)."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

PLACE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "switchhook"
# Prompts of Asterisk, recorded in a studio (Debian, CC-BY-SA). Only in the user's cache, never in the project.
PACKAGE, FOLDER = "asterisk-core-sounds-en-g722", "usr/share/asterisk/sounds/en_US_f_Allison"
TEXTS = "demo-congrats", "basic-pbx-ivr-main", "demo-echotest"
BEFORE, SECONDS, AFTER = 1, 8, 20
# Finds the words in what was heard, whole, and scores them. In: [[mode, said, heard, rate, channels], ...]; out: a score each, 0 if nothing was heard.
PROGRAM = """
import json, sys, wave
import numpy as np
from pesq import PesqError, pesq

def said(path):
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)

def heard(path, rate, channels, wanted):
    samples = np.frombuffer(open(path, "rb").read(), dtype="<i2").astype(float)
    samples = samples[:len(samples) // channels * channels].reshape(-1, channels).mean(axis=1)
    factor = rate // wanted
    if factor > 1:
        at = np.arange(-32 * factor, 32 * factor + 1)
        taps = np.sinc(at * 0.95 / factor) * np.hamming(len(at))
        samples = np.convolve(samples, taps / taps.sum(), "same")[::factor]
    return samples

def score(mode, original, recording, rate, channels):
    wanted = 8000 if mode == "nb" else 16000
    a, b = said(original), heard(recording, rate, channels, wanted)
    if len(b) < len(a) // 2 or not b.any():
        return 0
    size = 1 << (len(a) + len(b)).bit_length()
    fits = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[:len(b)]
    start = int(fits.argmax())
    b = b[start:start + len(a)]
    b = np.concatenate([b, np.zeros(len(a) - len(b))])
    try:
        return float(pesq(wanted, a.astype(np.int16), b.clip(-32768, 32767).astype(np.int16), mode))
    except PesqError:
        return 0

print(json.dumps([score(*job) for job in json.load(sys.stdin)]))
"""


def python():
    """An interpreter that has PESQ."""
    program = PLACE / "pesq/bin/python"
    if not (PLACE / "pesq/ready").exists():
        shutil.rmtree(PLACE / "pesq", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", PLACE / "pesq"], check=True)
        # Its extension is compiled, and wants NumPy for that.
        subprocess.run([program, "-m", "pip", "install", "-q", "numpy", "pesq"], check=True)
        (PLACE / "pesq/ready").touch()
    return program


def scores(jobs):
    """What each of (mode, said, heard, rate, channels) is worth, from 1 to 4.5; `heard` is a file of bare samples, `mode` "nb" or "wb"."""
    done = subprocess.run([python(), "-c", PROGRAM], input=json.dumps(jobs), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"no scores: {done.stderr[-500:]}")
    return json.loads(done.stdout)


class Speech:
    """Someone who speaks: as files that telephones play (`playing`), and the words alone at 8 and 16 kHz (`words`)."""

    def __init__(self, folder, number):
        source = prompts() / f"{TEXTS[number]}.g722"
        self.paths = {}
        for rate, channels in (8000, 1), (16000, 1), (48000, 2):
            whole, words = f"{folder}/{number}-{rate}.wav", f"{folder}/{number}-{rate}-words.wav"
            convert(source, words, rate, channels, f"atrim=duration={SECONDS}")
            convert(source, whole, rate, channels, f"atrim=duration={SECONDS},adelay={BEFORE}s:all=1,apad=pad_dur={AFTER}")
            self.paths[rate] = whole, words

    def playing(self, rate):
        return self.paths[rate][0]

    def words(self, mode):
        return self.paths[8000 if mode == "nb" else 16000][1]


def convert(source, target, rate, channels, filters):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "g722", "-i", source, "-af", filters, "-ar", str(rate), "-ac", str(channels), "-bitexact", target], check=True)


def prompts():
    """Where the recordings are."""
    place = PLACE / "speech"
    if not (place / FOLDER).exists():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", PACKAGE], cwd=place, check=True)
        archive = next(place.glob(f"{PACKAGE}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, place / "new"], check=True)
        (place / FOLDER).parent.mkdir(parents=True, exist_ok=True)
        (place / "new" / FOLDER).rename(place / FOLDER)
        shutil.rmtree(place / "new")
        archive.unlink()
    return place / FOLDER
