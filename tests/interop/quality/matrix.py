"""The scores of all pairs of codecs without telephones, and of lost packets, by the tool `codecs`."""

import subprocess
import tempfile
import wave

import frame
from speech import Speech, scores

CODECS = "PCMU", "PCMA", "G722", "opus", "GSM", "G729"
PASS = 0.15  # below what is expected: more is a defect


class Matrix:
    """Speech of three texts on its way through codecs, as the mean of their scores."""

    def __init__(self, folder):
        self.folder, self.speech = folder, [Speech(folder, number) for number in range(3)]

    def score(self, path, mode, *options):
        """None if the tool was built without one of the codecs."""
        rate, jobs = 8000 if mode == "nb" else 16000, []
        for number, speech in enumerate(self.speech):
            out = f"{self.folder}/{number}-heard"
            done = subprocess.run([frame.BINARY.parent / "codecs", "pass", speech.words(mode), f"{out}.wav", path, "--rate", str(rate), "--seed", str(number + 1), *options],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                if "G729" in path:
                    return None
                raise OSError(done.stderr)
            with wave.open(f"{out}.wav") as file, open(f"{out}.raw", "wb") as raw:
                raw.write(file.readframes(file.getnframes()))
            jobs.append((mode, speech.words(mode), f"{out}.raw", rate, 1))
        found = scores(jobs)
        return sum(found) / len(found)


def show(score):
    return f"{'-' if score is None else f'{score:.2f}':>7}"


def matrix(expected):
    """Prints the tables; how many scores are worse than they should be. `expected`: (codecs, mode) → score."""
    bad = []
    with tempfile.TemporaryDirectory(prefix="quality-") as folder:
        tried = Matrix(folder)

        def judged(name, score, least):
            if score is not None and score < least:
                bad.append(f"{name} {score:.2f}, not {least:.2f}")
            return show(score)

        print("narrowband: first codec down, second across\n" + f"{'':>6}" + "".join(f"{name:>7}" for name in CODECS))
        for first in CODECS:
            row = [judged(f"{first},{second}", tried.score(f"{first},{second}", "nb"), expected.get((first, second, "nb"), 0) - PASS) for second in CODECS]
            print(f"{first:>6}" + "".join(row), flush=True)
        print("wideband")
        for first, second in ("G722", "opus"), ("opus", "G722"), ("opus", "opus"), ("G722", "G722"):
            print(f"{first},{second}" + judged(f"{first},{second} wideband", tried.score(f"{first},{second}", "wb"), expected.get((first, second, "wb"), 0) - PASS), flush=True)
        print("5 % of the packets lost: concealed, silence instead, recovered from the next packet")
        for codec, mode in *((codec, "nb") for codec in CODECS), ("G722", "wb"), ("opus", "wb"):
            concealed, silence = (tried.score(codec, mode, "--loss", "5", *options) for options in ((), ("--silence",)))
            recovered = tried.score(codec, mode, "--loss", "5", "--recovery") if codec == "opus" else None
            least = silence + 0.2 if silence is not None else 0
            print(f"{codec:>6} {mode}" + judged(f"{codec} {mode} concealed", concealed, least) + show(silence)
                  + (judged("opus recovered", recovered, concealed + 0.2) if recovered else ""), flush=True)
    for line in bad:
        print(f"too bad: {line}")
    return len(bad)
