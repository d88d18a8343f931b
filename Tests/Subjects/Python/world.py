"""The world: terrain, edited voxels, and chunks that are loaded or not (Model.md, World and casts)."""

import records
from records import MASK64, xxh64
from terrain import AIR, Terrain


class World:
    def __init__(self, seed, starts_loaded):
        self.seed = seed
        self.starts_loaded = starts_loaded
        self.version = 0
        self.edits = 0  # the sum of the leaves of edited voxels
        self.edited = {}  # voxel: material
        self.changed = set()  # chunks whose loaded state is not that of the start
        self.terrain = Terrain(seed)
        self._casts = {}  # what casts found in this version; see casts.py

    @property
    def content(self):
        chunks = (xxh64(records.changed_chunk(chunk, not self.starts_loaded)) for chunk in self.changed)
        return self.edits + sum(chunks) & MASK64

    def edit(self, lower, upper, material):
        for z in range(lower[2], upper[2]):
            for y in range(lower[1], upper[1]):
                for x in range(lower[0], upper[0]):
                    self._edit_voxel((x, y, z), material)
        self._advance()

    def set_loaded(self, chunk, is_loaded):
        if is_loaded == self.starts_loaded:
            self.changed.discard(chunk)
        else:
            self.changed.add(chunk)
        self._advance()

    def is_loaded(self, x, y, z):
        """Whether a voxel's chunk is loaded."""
        return ((x >> 5, y >> 5, z >> 5) in self.changed) != self.starts_loaded

    def is_solid(self, x, y, z):
        """Of a voxel in a chunk that is loaded."""
        if self.edited:
            material = self.edited.get((x, y, z))
            if material is not None:
                return material != AIR
        return self.terrain.is_solid(x, y, z)

    def material(self, x, y, z):
        material = self.edited.get((x, y, z))
        return self.terrain.material(x, y, z) if material is None else material

    def is_loaded_and_solid(self, voxel):
        return self.is_loaded(*voxel) and self.is_solid(*voxel)

    @property
    def casts(self):
        return self._casts

    def _edit_voxel(self, voxel, material):
        if voxel in self.edited:
            self.edits -= xxh64(records.edited_voxel(voxel, self.edited[voxel]))
        self.edited[voxel] = material
        self.edits = self.edits + xxh64(records.edited_voxel(voxel, material)) & MASK64

    def _advance(self):
        self.version += 1
        self._casts = {}
