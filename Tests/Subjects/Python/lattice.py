"""Cells, windows, regions, and which cells a box of world space meets (Model.md, Lattice, snap, window)."""

import math

# A range of cells is a pair of cells, both included; None where there are none.


def camera_cells(position, configuration):
    """The camera's cell of each level, finest first."""
    finest = [math.floor(p / configuration.base) for p in position]
    return [tuple(c >> level for c in finest) for level in range(configuration.levels)]


def anchor(position, cell, before, spacing, distance):
    """The cell around which a window lies; `before` is the anchor that the level had, None in its first frame."""
    if before is None or distance <= 0:
        return cell
    return tuple(k if abs(p - k * spacing) < distance else c for p, k, c in zip(position, before, cell))


def minimum(anchor, resolution):
    return tuple(a - resolution // 2 for a in anchor)


def linear(cell, edge):
    """x fastest; of a cell relative to the minimum of a cube."""
    return cell[0] + edge * (cell[1] + edge * cell[2])


def slot(cell, resolution):
    return linear(tuple(c % resolution for c in cell), resolution)


def is_in_window(cell, minimum, resolution):
    return all(m <= c < m + resolution for c, m in zip(cell, minimum))


def cells_of_window(minimum, resolution):
    """In linear order."""
    x0, y0, z0 = minimum
    return [(x, y, z) for z in range(z0, z0 + resolution) for y in range(y0, y0 + resolution)
            for x in range(x0, x0 + resolution)]


def centre(cell, spacing, is_half_off=False):
    """Of a cell, as a point. Where windows of odd N lie half a cell off (Variants) that is the cell's lower corner otherwise."""
    return tuple((float(k) + (0.0 if is_half_off else 0.5)) * spacing for k in cell)


def voxel(point):
    return tuple(math.floor(c) for c in point)


# Boxes.

def met_cells(box, base, level, is_half_off=False):
    """The range of a level's cells that a box meets, unbounded."""
    lower, upper = box
    if any(a >= b for a, b in zip(lower, upper)):
        return None
    if is_half_off:
        first = [math.floor(2 * (a / base)) for a in lower]
        last = [max(h, math.ceil(2 * (b / base)) - 1) for h, b in zip(first, upper)]
        return tuple(tuple(h + (1 << level) >> level + 1 for h in ends) for ends in (first, last))
    first = [math.floor(a / base) for a in lower]
    last = [max(f, math.ceil(b / base) - 1) for f, b in zip(first, upper)]
    return tuple(tuple(c >> level for c in ends) for ends in (first, last))


def cut(cells, minimum, edge):
    """The part of a range that lies in a cube of cells."""
    if cells is None:
        return None
    first = tuple(max(c, m) for c, m in zip(cells[0], minimum))
    last = tuple(min(c, m + edge - 1) for c, m in zip(cells[1], minimum))
    return (first, last) if all(a <= b for a, b in zip(first, last)) else None


def clamped(cells, minimum, edge):
    """Both ends of a range, moved into a cube of cells."""
    return cells and tuple(tuple(min(max(c, m), m + edge - 1) for c, m in zip(end, minimum)) for end in cells)


def cells_in(cells):
    """Of a range, in linear order."""
    if cells is None:
        return []
    (x0, y0, z0), (x1, y1, z1) = cells
    return [(x, y, z) for z in range(z0, z1 + 1) for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)]


# Regions.

def region(cell, edge):
    return tuple(c // edge for c in cell)


def index_in_region(cell, edge):
    return linear(tuple(c % edge for c in cell), edge)


def cell_of_index(region, index, edge):
    x, y, z = index % edge, index // edge % edge, index // edge // edge
    return region[0] * edge + x, region[1] * edge + y, region[2] * edge + z


def indices_met(box, base, level, region, edge, is_half_off=False):
    """The cells of a region that a box meets, as a mask."""
    cells = cut(met_cells(box, base, level, is_half_off), tuple(r * edge for r in region), edge)
    mask = 0
    for cell in cells_in(cells):
        mask |= 1 << index_in_region(cell, edge)
    return mask


def order(name):
    """Of a level and a region: by level, then z, y, x."""
    level, (x, y, z) = name
    return level, z, y, x


def grown_window(minimum, resolution, edge):
    """The regions that meet a window, and one more on every side."""
    low = [m // edge - 1 for m in minimum]
    high = [(m + resolution - 1) // edge + 1 for m in minimum]
    return set((x, y, z) for x in range(low[0], high[0] + 1) for y in range(low[1], high[1] + 1)
               for z in range(low[2], high[2] + 1))
