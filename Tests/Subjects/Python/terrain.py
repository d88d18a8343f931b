"""The generated world: a function from a seed and a voxel to a material, integers only (Model.md, Terrain)."""

from records import MASK64

AIR, STONE, DIRT, GRASS, SAND, SNOW, WOOD, LAMP, CRYSTAL, LAVA = range(10)

TOP = 96
LAVA_LEVEL = 10
LOWEST_HEIGHT = 40
SNOW_LINE = 78
BEACH_LINE = 56
CAVE_THRESHOLD = 240_000_000

BROAD, MIDDLE, FINE = 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3
CAVERN, TUNNEL = 0x589965CC75374CC3, 0x1D8E4E27C47D124F
LAMPS, CRYSTALS = 0xEB44ACCAB455D165, 0x9E6C63D0676A9A99


class Terrain:
    def __init__(self, seed):
        self.seed = seed
        self._noise = {}
        self._heights = {}
        self._blocks = {}

    def is_solid(self, x, y, z):
        """Whether a voxel is not air. Looked up in blocks of 8^3 voxels, which are made when they are first asked for."""
        if y < 0:
            return True
        if y >= TOP:
            return False
        block = self._blocks.get((x >> 3, y >> 3, z >> 3))
        if block is None:
            block = self._blocks[x >> 3, y >> 3, z >> 3] = self._block(x >> 3 << 3, y >> 3 << 3, z >> 3 << 3)
        return block >> (x & 7 | (y & 7) << 3 | (z & 7) << 6) & 1

    def material(self, x, y, z):
        if not self.is_solid(x, y, z):
            return AIR
        if 0 <= y < LAVA_LEVEL and self._is_cave(x, y, z):
            return LAVA
        if y > LOWEST_HEIGHT - 4:
            surface = self._height(x, z)
            if y == surface:
                if self._value(x, 0, z, LAMPS) < 0x10000 // 61:
                    return LAMP
                return SAND if surface < BEACH_LINE else SNOW if surface >= SNOW_LINE else GRASS
            if y > surface - 4:
                return SAND if surface < BEACH_LINE else DIRT
        return CRYSTAL if self._value(x >> 1, y >> 1, z >> 1, CRYSTALS) < 0x10000 // 37 else STONE

    def _block(self, x0, y0, z0):
        bits = 0
        for z in range(8):
            for x in range(8):
                height = self._height(x0 + x, z0 + z)
                for y in range(min(8, height - y0 + 1)):
                    if y0 + y < LAVA_LEVEL or not self._is_cave(x0 + x, y0 + y, z0 + z):
                        bits |= 1 << (x | y << 3 | z << 6)
        return bits

    def _height(self, x, z):
        """The y of the topmost ground voxel of a column, 40...95."""
        height = self._heights.get((x, z))
        if height is None:
            noise = (self._plane(x, z, 7, BROAD) << 2) + (self._plane(x, z, 5, MIDDLE) << 5) + (self._plane(x, z, 3, FINE) << 8)
            height = self._heights[x, z] = LOWEST_HEIGHT + (noise >> 27)
        return height

    def _is_cave(self, x, y, z):
        return self._space(x, y, z, 4, CAVERN) + self._space(x, y, z, 3, TUNNEL) * 4 > CAVE_THRESHOLD

    def _plane(self, x, z, shift, salt):
        """Noise that is linear between the points of a square lattice of edge 2^shift; 0 ..< 2^(16 + 2 shift)."""
        edge = 1 << shift
        fx, fz, cx, cz = x & edge - 1, z & edge - 1, x >> shift, z >> shift
        left = self._value(cx, 0, cz, salt) * (edge - fz) + self._value(cx, 0, cz + 1, salt) * fz
        right = self._value(cx + 1, 0, cz, salt) * (edge - fz) + self._value(cx + 1, 0, cz + 1, salt) * fz
        return left * (edge - fx) + right * fx

    def _space(self, x, y, z, shift, salt):
        """The same in three dimensions; 0 ..< 2^(16 + 3 shift)."""
        edge = 1 << shift
        fx, fy, fz = x & edge - 1, y & edge - 1, z & edge - 1
        cx, cy, cz = x >> shift, y >> shift, z >> shift
        value = self._value

        def side(x):
            return ((value(x, cy, cz, salt) * (edge - fy) + value(x, cy + 1, cz, salt) * fy) * (edge - fz)
                    + (value(x, cy, cz + 1, salt) * (edge - fy) + value(x, cy + 1, cz + 1, salt) * fy) * fz)

        return side(cx) * (edge - fx) + side(cx + 1) * fx

    def _value(self, x, y, z, salt):
        """16 bits of noise at a lattice point."""
        found = self._noise.get((x, y, z, salt))
        if found is not None:
            return found
        h = (self.seed ^ salt) + x * 0x9E3779B97F4A7C15 & MASK64
        h = (h ^ h >> 32) * 0xD6E8FEB86659FD93 & MASK64
        h = (h ^ h >> 29) + y * 0xC2B2AE3D27D4EB4F & MASK64
        h = (h ^ h >> 32) * 0xD6E8FEB86659FD93 & MASK64
        h = (h ^ h >> 29) + z * 0x165667B19E3779F9 & MASK64
        h = (h ^ h >> 32) * 0xD6E8FEB86659FD93 & MASK64
        h = (h ^ h >> 32) * 0xD6E8FEB86659FD93 & MASK64
        self._noise[x, y, z, salt] = h >> 48
        return h >> 48
