"""Casts: 64 rays through voxels from one point, and the payload that they make (Model.md, World and casts).

All sums are of binary64 in the order of the directions; each value of the payload is rounded once.
"""

import math
import struct

from records import pack
from terrain import CRYSTAL, LAMP, LAVA

RAYS = 64
WEIGHT = 0.19634954084936207
DARK = (0.0, 0.0, 0.0)
EMISSION = {LAMP: (2.0, 1.6, 1.0), CRYSTAL: (0.25, 0.75, 1.5), LAVA: (3.0, 0.9, 0.2)}
GROUND, ZENITH = (0.25, 0.28, 0.30), (0.55, 0.65, 0.85)


def cast(world, origin, distance):
    """The payload of the cast from a point, None where it is aborted."""
    key = (origin, distance)
    if key not in world.casts:
        world.casts[key] = _cast(world, origin, distance)
    return world.casts[key]


def _cast(world, origin, distance):
    start = tuple(math.floor(c) for c in origin)
    if not world.is_loaded(*start):
        return None
    hits = []
    is_inside = world.is_solid(*start)
    for path in _paths(origin, distance):
        if is_inside:
            hits.append((start, 0.0))
            continue
        hit = _first_hit(world, start, path)
        if hit == "unloaded":
            return None
        hits.append(hit)
    return _payload([hit and (EMISSION.get(world.material(*hit[0]), DARK), hit[1]) for hit in hits])


def _first_hit(world, start, path):
    x0, y0, z0 = start
    all_loaded = world.starts_loaded and not world.changed
    for x, y, z, t in path:
        x, y, z = x0 + x, y0 + y, z0 + z
        if not all_loaded and not world.is_loaded(x, y, z):
            return "unloaded"
        if world.is_solid(x, y, z):
            return (x, y, z), t
    return None


# Rays.

def _octahedral_directions():
    directions = []
    for row in range(8):
        for column in range(8):
            x, y = (column + 0.5) / 8 * 2 - 1, (row + 0.5) / 8 * 2 - 1
            z = 1 - abs(x) - abs(y)
            if z < 0:
                x, y = (1 - abs(y)) * _sign(x), (1 - abs(x)) * _sign(y)
            directions.append(_normalised(x, y, z))
    return directions


def _sign(value):
    return 1.0 if value >= 0 else -1.0


def _normalised(x, y, z):
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


DIRECTIONS = _octahedral_directions()
_known_paths = {}


def _paths(origin, distance):
    """For each direction the voxels that it enters, relative to the one of the origin, with the t of the entry.

    Where the fraction of the origin is exact, `plane - origin` is the rounding of a value that does not depend on which voxel
    that is; so all such origins have the same paths.
    """
    fraction = tuple(c - math.floor(c) for c in origin)
    if any(math.floor(c) + f != c or c - f != math.floor(c) or f * 4096 != math.floor(f * 4096) for c, f in zip(origin, fraction)):
        return [_path(origin, direction, distance) for direction in DIRECTIONS]
    if (fraction, distance) not in _known_paths:
        _known_paths[fraction, distance] = [_path(fraction, direction, distance) for direction in DIRECTIONS]
    return _known_paths[fraction, distance]


def _path(origin, direction, distance):
    start = [math.floor(c) for c in origin]
    voxel = list(start)
    path = []
    while True:
        crossings = [(_crossing(origin[axis], voxel[axis], direction[axis]), axis)
                     for axis in range(3) if direction[axis] != 0]
        t, axis = min(crossings)
        if t > distance:
            return path
        voxel[axis] += 1 if direction[axis] > 0 else -1
        path.append((*(voxel[a] - start[a] for a in range(3)), t))


def _crossing(origin, voxel, direction):
    plane = float(voxel + 1 if direction > 0 else voxel)
    return (plane - origin) / direction


# Light.

def _payload(rays):
    """Of what each ray found: (emission, t), or None for the sky."""
    sums = [[0.0] * 4 for _ in range(3)]  # of each colour the coefficients 0, Y, Z, X
    missed = [0.0] * 3
    hits = distant = 0
    distances = 0.0
    for direction, hit in zip(DIRECTIONS, rays):
        if hit is None:
            light = _sky(direction)
            missed = [a + b for a, b in zip(missed, direction)]
        else:
            light, t = hit
            hits += 1
            if t > 0:
                distant += 1
                distances += t
        x, y, z = direction
        for colour in range(3):
            weighted = light[colour] * WEIGHT
            sums[colour][0] += weighted * 0.282095
            sums[colour][1] += weighted * (0.488603 * y)
            sums[colour][2] += weighted * (0.488603 * z)
            sums[colour][3] += weighted * (0.488603 * x)
    u, v = _octahedral(_open_direction(*missed))
    openness = (RAYS - hits) / RAYS
    balance = 1 - 2 * abs(hits / RAYS - 0.5)
    confidence = min(max(0.25 + 0.75 * min(openness, balance), 0.0), 1.0)
    mean = ln(distances / distant + 1) if distant else 0.0
    halves = [sums[colour][c] for c in range(4) for colour in range(3)] + [u, v, 0.0, openness, mean, 0.0]
    return b"".join(map(binary16, halves)) + pack("fI", confidence, 1 | (2 if hits == 0 else 0))


def _sky(direction):
    t = min(max(0.5 * direction[1] + 0.5, 0.0), 1.0)
    return [a + (b - a) * t for a, b in zip(GROUND, ZENITH)]


def _open_direction(x, y, z):
    return _normalised(x, y, z) if x * x + y * y + z * z > 1e-12 else (0.0, 1.0, 0.0)


def _octahedral(direction):
    x, y, z = direction
    length = abs(x) + abs(y) + abs(z)
    u, v = x / length, y / length
    if z < 0:
        u, v = (1 - abs(v)) * _sign(u), (1 - abs(u)) * _sign(v)
    return u * 0.5 + 0.5, v * 0.5 + 0.5


def binary16(value):
    """The binary16 of a binary64, to nearest, ties to even."""
    try:
        return struct.pack("<e", value)
    except OverflowError:
        return struct.pack("<e", math.copysign(math.inf, value))


def ln(x):
    """The natural logarithm of a positive normal number, each operation in the order written (Model.md, ln)."""
    bits = struct.unpack("<Q", struct.pack("<d", x))[0]
    k = (bits >> 52) - 1023
    m = struct.unpack("<d", struct.pack("<Q", bits & (1 << 52) - 1 | 1023 << 52))[0]
    if m >= 1.4142135623730951:
        m, k = m * 0.5, k + 1
    f = m - 1
    s = f / (2 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = z * (0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
    rest = even + odd
    half_square = 0.5 * f * f
    high, low = k * 6.93147180369123816490e-01, k * 1.90821492927058770002e-10
    return high - ((half_square - (s * (half_square + rest) + low)) - f)
