"""Configurations: as given, within their bounds, their bytes, and the key of stored rows that they make."""

from dataclasses import dataclass, replace

import records
from records import f64, pack, xxh64

REFERENCE, LUMON_2026_01 = 0, 1


@dataclass(frozen=True)
class Configuration:
    seed: int
    chunks_start_loaded: bool
    layout: int
    base: float
    resolution: int
    levels: int
    reanchor: float
    region_edge: int
    near_levels: int
    cache_bytes: int
    cast_latency: int
    store_latency: int
    budgets: tuple  # of each level
    total: int
    upload_bytes: int
    variant: int

    @staticmethod
    def of(message):
        """Of the trace's message, as given."""
        budgets = message.budgets
        return Configuration(
            message.world_seed, message.chunks_start_loaded, message.layout_version, message.base_spacing,
            message.resolution, message.levels, message.reanchor_distance, message.region_edge, message.near_levels,
            message.cache_bytes, message.cast_latency_frames, message.store_latency_frames, tuple(budgets.per_level),
            budgets.total, budgets.upload_bytes, message.variant)

    def bytes(self):
        return (pack("QBI", self.seed, self.chunks_start_loaded + 2 * self.variant, self.layout) + f64(self.base)
                + pack("ii", self.resolution, self.levels) + f64(self.reanchor)
                + pack("iiqii", self.region_edge, self.near_levels, self.cache_bytes, self.cast_latency, self.store_latency)
                + pack(f"I{len(self.budgets)}i", len(self.budgets), *self.budgets)
                + pack("iq", self.total, self.upload_bytes))

    def effective(self):
        """Each value within its bounds, and as many level budgets as levels."""
        resolution = _clamp(self.resolution, 8, 128)
        levels = _clamp(self.levels, 1, 8)
        edge = self.region_edge
        if edge < 1 or resolution % edge:
            edge = max(d for d in range(1, resolution // 4 + 1) if resolution % d == 0)
        return replace(
            self, base=_clamp(self.base, 0.25, 64.0), resolution=resolution, levels=levels,
            reanchor=_clamp(self.reanchor, 0.0, 64.0), region_edge=edge, near_levels=_clamp(self.near_levels, 0, levels),
            cache_bytes=_clamp(self.cache_bytes, 0, 1 << 40), cast_latency=_clamp(self.cast_latency, 0, 255),
            store_latency=_clamp(self.store_latency, 1, 255),
        ).with_budgets(self.budgets, self.total, self.upload_bytes)

    def with_budgets(self, budgets, total, upload_bytes):
        """With these budgets, brought within their bounds."""
        budgets = [_clamp(b, 0, 65536) for b in budgets[:self.levels]]
        while len(budgets) < self.levels:
            budgets.append(max(1, budgets[-1] >> 1) if budgets else 1)
        return replace(self, budgets=tuple(budgets), total=_clamp(total, 0, 65536),
                       upload_bytes=_clamp(upload_bytes, 0, 1 << 30))

    def spacing(self, level):
        return self.base * (1 << level)

    def is_far(self, level):
        return level >= self.near_levels

    @property
    def lattice(self):
        """What a rebuild follows the change of."""
        return self.base, self.resolution, self.levels

    @property
    def key(self):
        fingerprint = (b"\xb0" + f64(self.base) + pack("iii", self.resolution, self.levels, self.region_edge)
                       + pack("IiI", 64, self.resolution, 1))
        return Key(self.seed, self.layout, xxh64(fingerprint), self.base, self.region_edge)

    @property
    def has_variant(self):
        return self.variant == LUMON_2026_01


@dataclass(frozen=True, order=True)
class Key:
    """Of stored rows, without level and region; ordered as rows are."""
    seed: int
    layout: int
    fingerprint: int
    spacing: float
    edge: int

    @property
    def digest(self):
        return records.key_digest(self)


def _clamp(value, low, high):
    return min(max(value, low), high)
