#!/usr/bin/env python3
"""Small scenarios, each made from a seed: camera programs, edits, chunks, invalidations, reloads, sessions, stores, both variants.

    generate.py SEED > NAME.scenario.toml

The same seed gives the same text with the same version of Python.
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
def recorded(program, seed, how="modelled"):
    """The path of a trace that lasts as long as the context.

    modelled: as the scenario is; warm: after a run of it that has left a store in a file; live: with worker threads that
    dawdle, and then the trace is not the same every time.
    """
    text = scenario(seed)
    with tempfile.TemporaryDirectory() as folder:
        source, trace, store = (os.path.join(folder, f"seed-{seed}{ending}") for ending in (".scenario.toml", ".mcap", ".store"))
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        options = ["--store", store] if "[store]" in text and how != "modelled" else []
        if how == "live":
            options += ["--live", "--fps", "200", "--workers", "3", "--jitter", "4000", "--delay-seed", str(seed)]
            options += ["--store-delay", "9000"] if "--store" in options else []
        for _ in range(2 if "--store" in options and how == "warm" else 1):
            if os.path.exists(trace):
                os.remove(trace)
            made = subprocess.run([program, "record", source, "-o", trace, *options], capture_output=True, text=True)
            if made.returncode:
                raise SystemExit(f"seed {seed}: {made.stderr.strip()}\n{text}")
        yield trace


class Scenario:
    def __init__(self, r):
        self.r = r
        self.is_variant = r.random() < 0.3
        self.has_store = not self.is_variant and r.random() < 0.6
        self.levels = r.choice([1, 2, 2, 3, 3])
        self.resolution = r.choice([8, 8, 8, 8, 9, 10]) if not self.is_variant else r.choice([8, 8, 9, 9])
        self.base = r.choice([0.25, 0.5, 0.5, 1.0, 1.0, 0.7, 2.0, 1.5, 3.0])
        self.start = [r.randint(-40, 40) + r.choice([0.0, 0.5, 0.25]), r.randint(60, 95) + 0.5,
                      r.randint(-40, 40) + r.choice([0.0, 0.5])]
        if r.random() < 0.1:
            self.start[0] += r.choice([-1, 1]) * 1_000_000
        self.returns = self.has_store and r.random() < 0.6  # to a place that an earlier session has stored
        self.restarts = set()  # frames
        self.is_crowded = not self.returns and r.random() < 0.08  # the 2048 places in flight are full, and requests expire
        self.changes_levels = not self.returns and r.random() < 0.3
        self.is_store_on = self.has_store
        self.frames = 0

    def text(self, seed):
        r = self.r
        camera = self._camera()
        lines = ["format = 1", f'purpose = "seed {seed}"', 'preset = "classic"', f"seed = {r.randint(1, 1000)}",
                 "frames_per_second = 60", f"start = {self.start}", ""]
        if self.has_store:
            lines += ["[store]", f"size_cap_bytes = {r.choice([2000, 15000, 40000, 16777216, 16777216, 16777216])}", ""]
        lines += ["[config]"] + [f"{key} = {value}" for key, value in self._configuration().items()] + [""]
        return "\n".join(lines + camera + self._events()) + "\n"

    def _configuration(self):
        r = self.r
        found = {
            "base_spacing": self.base, "resolution": self.resolution, "levels": self.levels,
            "level_budgets": [r.choice([4, 24, 64, 128, 128]) if r.random() < 0.9 else 0 for _ in range(r.randint(1, self.levels))],
            "total_budget": r.choice([5, 48, 96, 160, 160]),
            "upload_bytes": r.choice([1575, 4728, 40000, 1048576] if self.is_variant else [640, 1000, 65536, 1048576]),
            "cache_bytes": r.choice([0, 400, 1500, 4000, 9000, 67108864]),
            "near_levels": min(self.levels, r.choice([0, 0, 0, 1, 1, 2, 3])),
            "cast_latency_frames": r.choice([0, 1, 1, 2, 2, 2, 3, 5, 40]),
            "store_latency_frames": r.choice([1, 1, 2, 4]),
        }
        if r.random() < 0.4:
            found["reanchor_distance"] = r.choice([0.5, 1.0, 2.0, 5.0])
        if r.random() < 0.5:
            found["region_edge"] = r.choice([1, 2, 3, 4, 8, 9])
        if r.random() < (0.03 if self.returns else 0.15):
            found["chunks_start_loaded"] = "false"
        if self.returns:
            found.update(near_levels=r.choice([0, 0, 0, 1]), cast_latency_frames=r.randint(0, 3))
            found.update(total_budget=160, upload_bytes=1048576, level_budgets=[128])
        if self.is_crowded:
            found.update(base_spacing=0.25, resolution=10, levels=3, cast_latency_frames=100)
            found.update(total_budget=2000, upload_bytes=1 << 28, level_budgets=[1000, 1000, 1000])
        if self.is_variant:
            found["variant"] = '"lumon-2026-01"'
        return found

    def _camera(self):
        """Out and back, mostly: what left has to come again."""
        r, lines = self.r, []
        places = [self.start]
        if self.returns:
            stays = [r.randint(8, 14), r.randint(5, 9), r.randint(14, 22)]
            away = [self.start[0] + r.choice([4, 9, 30]) * self.base, *self.start[1:]]
            for frames, place in zip(stays, (self.start, away, self.start)):
                lines += ["[[camera]]", f"frames = {frames}", 'move = "teleport"', f"to = {place}", ""]
            self.frames = sum(stays)
            self.restarts = set(r.sample([stays[0], stays[0] + 3, stays[0] + stays[1], self.frames - 8], r.randint(1, 3)))
        for _ in range(r.randint(3, 6) if not self.returns else r.randint(0, 1)):
            frames = r.randint(5, 16)
            self.frames += frames
            lines += ["[[camera]]", f"frames = {frames}"]
            kind = r.choice(["fly", "fly", "fly", "teleport", "back", "back", "hold", "jitter"])
            if kind == "fly":
                lines += ['move = "fly"', f"speed = {r.choice([0.2, 0.5, 1, 2]) * self.base * 60:g}",
                          f"direction = {[r.choice([-1, 0, 1, 0.5]) for _ in range(2)] + [1]}"]
            elif kind == "hold":
                lines.append('move = "hold"')
            elif kind == "jitter":
                at = [round(c / self.base) * self.base for c in r.choice(places)]
                lines += ['move = "jitter"', f"around = {at}", f"amplitude = {r.choice([0.25, 2.0, 6.0])}",
                          f"period = {r.randint(1, 4)}"]
            else:
                if kind == "teleport":
                    far = r.choice([3, 8, 20]) * self.base
                    places.append([c + r.choice([-1, 0, 1]) * far for c in self.start])
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
            if frame in self.restarts or not self.returns and r.random() < 0.04:
                is_session_frame = True
                if self.returns or r.random() < 0.5:
                    lines += self._event(frame, self._new_session())
                else:
                    if r.random() < 0.5:
                        lines += self._event(frame, self._box())
                    lines += self._event(frame, "end_session = true")
                    runs = False
                    continue
            if is_session_frame and self.is_store_on and r.random() < 0.4:
                for _ in range(6):
                    lines += self._event(frame, self._damage())
            for _ in range(r.choice([0] * 8 + [1, 1, 2]) if not is_session_frame else r.choice([0, 1, 2])):
                lines += self._event(frame, self._other())
            is_session_frame = False
        return lines

    @staticmethod
    def _event(frame, what):
        return ["[[event]]", f"frame = {frame}", what, ""]

    def _new_session(self):
        r, keys = self.r, []
        chance = 0.03 if self.returns else 0.1
        if r.random() < chance:
            keys.append(f"seed = {r.randint(1, 1000)}")
        if r.random() < chance:
            keys.append(f"layout_version = {r.randint(1, 2)}")
        if r.random() < chance:
            keys.append(f"base_spacing = {r.choice([1.0, 2.0, 0.7])}")
        if self.has_store:  # `store = false` holds for later sessions too, until one gives a size
            self.is_store_on = r.random() < 0.85
            size = r.choice([0, 3000, 20000, 16777216, 16777216])
            keys.append(f"store_size_cap_bytes = {size}" if self.is_store_on else "store = false")
        return f"new_session = {{ {', '.join(keys)} }}" if keys else "new_session = {}"

    def _other(self):
        r = self.r
        kind = r.choice(["box"] * 6 + ["chunk", "budgets", "configure"] + ["store", "store"] * self.is_store_on)
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
            return self._damage()
        return "configure = { " + r.choice([
            f"layout_version = {r.randint(1, 2)}",
            f"near_levels = {r.randint(0, self.levels)}", f"near_levels = {r.randint(0, self.levels)}",
            f"cache_bytes = {r.choice([0, 1500, 67108864])}", f"region_edge = {r.choice([1, 2, 4])}",
            f"cast_latency_frames = {r.choice([0, 1, 4, 9])}", f"store_latency_frames = {r.choice([1, 3, 8])}",
            f"reanchor_distance = {r.choice([0.0, 1.0, 3.0])}", f"base_spacing = {r.choice([1.0, 2.0, 0.7])}",
            f"levels = {r.randint(1, 3) if self.changes_levels else self.levels}", f"resolution = {r.choice([8, 8, 9])}",
            f"total_budget = {r.choice([0, 7, 24])}, level_budgets = {[r.choice([0, 4, 16])]}",
        ]) + " }"

    def _damage(self):
        level = 0 if self.changes_levels else self.r.randint(0, self.levels - 1)
        edge = self.base * max(1, self.resolution // 4) * (1 << level)
        at = [int(c // edge) + self.r.randint(-2, 2) for c in self.start]
        return f"store_damage = {{ level = {level}, region = {at} }}"

    def _box(self):
        r = self.r
        reach = max(2, int(self.base * 6))
        low = [int(c) + r.randint(-reach, reach) for c in self.start]
        high = [c + r.randint(1, r.choice([1, 2, 6])) for c in low]
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
