"""What the telephones say, and whether it is what arrived.

Every sound is a row of random G.711 code words, decoded. Coding it again gives the same words, so whoever hears it through
the switch must hear these very samples, and any sixteen of them tell the place they come from.
"""

import random
import struct
import wave

RATE = 8000
KEY = 32  # bytes that tell a place: sixteen samples
# Bytes. Where a stream breaks off, a telephone says what it heard last again for a moment (ITU-T G.711 Appendix I): no step back.
CONCEALED = 2 * 160


def mu_law(code):
    """The sample of a mu-law code word (ITU-T G.711, table 2)."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def a_law(code):
    """The sample of an A-law code word (ITU-T G.711, table 1)."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


LAWS = {"PCMU": mu_law, "PCMA": a_law}


class Sound:
    """A sound of one telephone in one codec, as a WAV file and as samples to look for."""

    def __init__(self, path, codec, seed, seconds):
        chance = random.Random(f"{codec} {seed}")
        # Neither silence, which has two code words in mu-law, nor the loudest.
        words = sorted({LAWS[codec](code) for code in range(256)} - {0})[16:-16]
        self.path = path
        samples = chance.choices(words, k=seconds * RATE)
        self.data = struct.pack(f"<{len(samples)}h", *samples)
        self.places = {self.data[at:at + KEY]: at for at in range(0, len(self.data) - KEY, 2)}
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(self.data)


def read(path):
    """The samples of a recording, as bytes. It may still be growing: what its header says of its length is not asked."""
    with open(path, "rb") as file:
        data = file.read()
    start = data.find(b"data")
    data = data[start + 8:] if start >= 0 else b""
    return data[:len(data) // 2 * 2]


class Heard:
    """How much of a recording is the sound, sample for sample, and in how many pieces that go forward."""

    def __init__(self, recording, sound):
        self.recorded, self.pieces, self.backwards = len(recording) / 2 / RATE, 0, 0
        at, last, exact = 0, 0, 0
        while at + KEY <= len(recording):
            place = sound.places.get(recording[at:at + KEY])
            if place is None:
                at += 2
                continue
            begin, is_back = at, place < last
            while at < len(recording) and recording[at:at + 2] == sound.data[place:place + 2]:
                at, place = at + 2, place + 2
            if is_back and at - begin <= CONCEALED:
                continue
            self.pieces += 1
            self.backwards += is_back
            exact += at - begin
            last = place
        self.exact = exact / 2 / RATE
