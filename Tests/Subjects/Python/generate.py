#!/usr/bin/env python3
"""Small scenarios, each made from a seed: camera programs, edits, chunks, invalidations, reloads, sessions, stores, both variants.

    generate.py SEED > NAME.scenario.toml

The same seed gives the same text with any version of Python (only `random` and integer choices are used).
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile

MATERIALS = ["air", "stone", "lamp", "crystal", "lava", "wood"]


def scenario(seed):
    """The text of the scenario of a seed."""
    return Scenario(random.Random(seed)).text(seed)


@contextlib.contextmanager
def recorded(program, seed):
    """The path of a trace that lasts as long as the context."""
    with tempfile.TemporaryDirectory() as folder:
        text, trace = (os.path.join(folder, f"seed-{seed}{ending}") for ending in (".scenario.toml", ".mcap"))
        with open(text, "w", encoding="utf-8") as file:
            file.write(scenario(seed))
        made = subprocess.run([program, "record", text, "-o", trace], capture_output=True, text=True)
        if made.returncode:
            raise SystemExit(f"seed {seed}: {made.stderr.strip()}\n{scenario(seed)}")
        yield trace


class Scenario:
    def __init__(self, r):
        self.r = r
        self.is_variant = r.random() < 0.3
        self.has_store = not self.is_variant and r.random() < 0.6
        self.levels = r.choice([1, 2, 2, 3, 3])
        self.resolution = r.choice([8, 8, 8, 8, 9, 10]) if not self.is_variant else r.choice([8, 8, 9, 9])
        self.base = r.choice([0.5, 1.0, 2.0, 2.0, 1.5, 0.7, 3.0])
        self.start = [r.randint(-40, 40) + r.choice([0.0, 0.5, 0.25]), r.randint(50, 95) + 0.5,
                      r.randint(-40, 40) + r.choice([0.0, 0.5])]
        if r.random() < 0.1:
            self.start[0] += r.choice([-1, 1]) * 1_000_000
        self.changes_levels = r.random() < 0.3
        self.is_store_on = self.has_store
        self.frames = 0

    def text(self, seed):
        r = self.r
        camera = self._camera()
        lines = ["format = 1", f'purpose = "seed {seed}"', 'preset = "classic"', f"seed = {r.randint(1, 1000)}",
                 "frames_per_second = 60", f"start = {self.start}", ""]
        if self.has_store:
            lines += ["[store]", f"size_cap_bytes = {r.choice([0, 2000, 15000, 40000, 16777216, 16777216])}", ""]
        lines += ["[config]"] + [f"{key} = {value}" for key, value in self._configuration().items()] + [""]
        return "\n".join(lines + camera + self._events()) + "\n"

    def _configuration(self):
        r = self.r
        found = {
            "base_spacing": self.base, "resolution": self.resolution, "levels": self.levels,
            "level_budgets": [r.choice([0, 1, 4, 8, 16, 24]) for _ in range(r.randint(1, self.levels))],
            "total_budget": r.choice([3, 12, 24, 32, 32]),
            "upload_bytes": r.choice([640, 1000, 65536, 1048576]) if not self.is_variant else r.choice([1575, 4728, 16000, 65536]),
            "cache_bytes": r.choice([0, 400, 1500, 4000, 9000, 67108864, 67108864]),
            "near_levels": r.randint(0, self.levels), "cast_latency_frames": r.choice([0, 1, 2, 2, 3, 5, 40]),
            "store_latency_frames": r.choice([1, 1, 2, 4, 7]),
        }
        if r.random() < 0.4:
            found["reanchor_distance"] = r.choice([0.5, 1.0, 2.0, 5.0])
        if r.random() < 0.5:
            found["region_edge"] = r.choice([1, 2, 3, 4, 8, 9])
        if r.random() < 0.15:
            found["chunks_start_loaded"] = "false"
        if self.is_variant:
            found["variant"] = '"lumon-2026-01"'
        return found

    def _camera(self):
        """Out and back, mostly: what left has to come again."""
        r, lines = self.r, []
        places = [self.start]
        for _ in range(r.randint(2, 5)):
            frames = r.randint(5, 16)
            self.frames += frames
            lines += ["[[camera]]", f"frames = {frames}"]
            kind = r.choice(["fly", "fly", "fly", "teleport", "back", "hold", "jitter"])
            if kind == "fly":
                lines += ['move = "fly"', f"speed = {r.choice([20, 60, 150, 400])}",
                          f"direction = {[r.choice([-1, 0, 1, 0.5]) for _ in range(2)] + [1]}"]
            elif kind == "hold":
                lines.append('move = "hold"')
            elif kind == "jitter":
                at = [round(c / self.base) * self.base for c in r.choice(places)]
                lines += ['move = "jitter"', f"around = {at}", f"amplitude = {r.choice([0.25, 2.0, 6.0])}", f"period = {r.randint(1, 4)}"]
            else:
                if kind == "teleport":
                    places.append([c + r.randint(-20, 20) for c in self.start])
                lines += ['move = "teleport"', f"to = {r.choice(places)}"]
            lines.append("")
        return lines

    def _events(self):
        """By frame; between the end of a session and the next start there are none."""
        r, lines, runs, is_session_frame = self.r, [], True, False
        for frame in range(1, self.frames):
            if not runs:
                if r.random() < 0.4:
                    lines += self._event(frame, self._new_session())
                    runs = True
                continue
            if r.random() < 0.03:
                is_session_frame = True
                if r.random() < 0.5:
                    lines += self._event(frame, self._new_session())
                else:
                    if r.random() < 0.5:
                        lines += self._event(frame, self._box())
                    lines += self._event(frame, "end_session = true")
                    runs = False
                    continue
            for _ in range(r.choice([0, 0, 0, 0, 1, 1, 2]) if not is_session_frame else r.choice([0, 1, 2])):
                lines += self._event(frame, self._other())
            is_session_frame = False
        return lines

    @staticmethod
    def _event(frame, what):
        return ["[[event]]", f"frame = {frame}", what, ""]

    def _new_session(self):
        r, keys = self.r, []
        if r.random() < 0.2:
            keys.append(f"seed = {r.randint(1, 1000)}")
        if r.random() < 0.2:
            keys.append(f"layout_version = {r.randint(1, 2)}")
        if r.random() < 0.2:
            keys.append(f"base_spacing = {r.choice([1.0, 2.0, 0.7])}")
        if self.has_store:  # `store = false` holds for later sessions too, until one gives a size
            self.is_store_on = r.random() < 0.85
            size = r.choice([0, 3000, 20000, 16777216, 16777216])
            keys.append(f"store_size_cap_bytes = {size}" if self.is_store_on else "store = false")
        return f"new_session = {{ {', '.join(keys)} }}" if keys else "new_session = {}"

    def _other(self):
        r = self.r
        kind = r.choice(["box"] * 5 + ["chunk", "budgets", "configure", "configure"] + ["store"] * self.is_store_on)
        if kind == "box":
            return self._box()
        if kind == "chunk":
            at = [int(c // 32) + r.randint(-1, 1) for c in self.start]
            return f"{r.choice(['load_chunk', 'unload_chunk'])} = {at}"
        if kind == "budgets":
            return r.choice([f"budgets = {{ total = {r.choice([0, 5, 32])} }}",
                             f"budgets = {{ levels = {[r.choice([0, 3, 16]) for _ in range(self.levels)]} }}",
                             f"budgets = {{ upload_bytes = {r.choice([63, 640, 4728, 65536])} }}"])
        if kind == "store":
            if r.random() < 0.15:
                self.is_store_on = False
                return "store_off = true"
            edge = self.base * 2
            level = 0 if self.changes_levels else r.randint(0, self.levels - 1)
            at = [int(c // (edge * (1 << level))) + r.randint(-2, 2) for c in self.start]
            return f"store_damage = {{ level = {level}, region = {at} }}"
        return "configure = { " + r.choice([
            f"layout_version = {r.randint(1, 3)}", f"layout_version = {r.randint(1, 3)}",
            f"near_levels = {r.randint(0, self.levels)}", f"near_levels = {r.randint(0, self.levels)}",
            f"cache_bytes = {r.choice([0, 1500, 67108864])}", f"region_edge = {r.choice([1, 2, 4])}",
            f"cast_latency_frames = {r.choice([0, 1, 4, 9])}", f"store_latency_frames = {r.choice([1, 3, 8])}",
            f"reanchor_distance = {r.choice([0.0, 1.0, 3.0])}", f"base_spacing = {r.choice([1.0, 2.0, 0.7])}",
            f"levels = {r.randint(1, 3) if self.changes_levels else self.levels}", f"resolution = {r.choice([8, 8, 9])}",
            f"total_budget = {r.choice([0, 7, 24])}, level_budgets = {[r.choice([0, 4, 16])]}",
        ]) + " }"

    def _box(self):
        r = self.r
        low = [int(c) + r.randint(-14, 10) for c in self.start]
        high = [c + r.randint(1, r.choice([2, 6, 20])) for c in low]
        if r.random() < 0.5:
            high = [min(h, l + 6) for l, h in zip(low, high)]
            return f'edit = {{ min = {low}, max = {high}, material = "{r.choice(MATERIALS)}" }}'
        if r.random() < 0.2:
            low, high = [c + 0.5 for c in low], [c + r.choice([0.25, 0.75]) for c in high]
        if r.random() < 0.1:
            low, high = [c + 500 for c in low], [c + 500 for c in high]
        return f"invalidate = {{ min = {[float(c) for c in low]}, max = {[float(c) for c in high]} }}"


if __name__ == "__main__":
    print(scenario(int(sys.argv[1])), end="")
