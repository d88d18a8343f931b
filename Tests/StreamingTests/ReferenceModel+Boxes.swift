import Hashing
import Streaming
import Topology
import Voxels

extension ReferenceModel {
    /// What a box of the dirty stage throws out of what is not in a window.
    func throwOut(
        by box: WorldBox, _ frame: inout ReferenceFrameWork, _ bytes: inout CanonicalBytes,
        _ records: inout UInt32
    ) {
        guard let configuration else { return }
        throwOut(by: box, configuration, &ledger, &bytes, &records)
    }

    func throwOut(
        by box: WorldBox, _ configuration: Configuration, _ ledger: inout ReferenceLedger?,
        _ bytes: inout CanonicalBytes, _ records: inout UInt32
    ) {
        cache.sort { $0.region < $1.region }
        for place in cache.indices {
            let before = cache[place].cells.count
            let level = Int(cache[place].region.level)
            cache[place].cells.removeAll {
                meets(box, level: level, cell: $0.cell, baseSpacing: configuration.baseSpacing)
            }
            guard cache[place].cells.count < before else { continue }
            note(.entriesInvalidated)
            cache[place].isInvalidated = true
            bytes.append(UInt8(1))
            append(cache[place].region, to: &bytes)
            bytes.append(UInt32(before - cache[place].cells.count))
            records += 1
        }
        cache.removeAll { $0.cells.isEmpty }
        guard var known = ledger else { return }
        for place in known.writeBacks.indices {
            let row = known.writeBacks[place].row
            let before = known.writeBacks[place].cells.count
            known.writeBacks[place].cells.removeAll {
                meets(box, level: Int(row.region.level), cell: $0.cell, baseSpacing: row.key.baseSpacing)
            }
            guard known.writeBacks[place].cells.count < before else { continue }
            note(.writeBacksInvalidated)
            bytes.append(UInt8(2))
            bytes.append(known.writeBacks[place].sequence)
            bytes.append(UInt32(before - known.writeBacks[place].cells.count))
            records += 1
        }
        known.writeBacks.removeAll { $0.cells.isEmpty }
        for place in known.requests.indices {
            guard let row = known.requests[place].row else { continue }
            var number: UInt32 = 0
            for index in indexes(in: row, metBy: box) where known.requests[place].masked.insert(index) {
                number += 1
            }
            guard number > 0 else { continue }
            note(.requestsMasked)
            bytes.append(UInt8(3))
            bytes.append(known.requests[place].sequence)
            bytes.append(number)
            records += 1
        }
        if known.isKnown {
            throwOutOfRows(by: box, &known, &bytes, &records)
        } else {
            note(.boxesHeld)
            known.boxes.append(box)
        }
        ledger = known
    }

    func throwOutOfRows(
        by box: WorldBox, _ ledger: inout ReferenceLedger, _ bytes: inout CanonicalBytes,
        _ records: inout UInt32
    ) {
        if fault == .rowsForgottenByBoxes { return }
        ledger.rows.sort { $0.key < $1.key }
        for place in ledger.rows.indices where ledger.rows[place].key.key.worldSeed == ledger.seed {
            let row = ledger.rows[place]
            var out = CellMask()
            for index in indexes(in: row.key, metBy: box) where row.present.contains(index) {
                out.insert(index)
                ledger.rows[place].present.remove(index)
            }
            guard !out.isEmpty else { continue }
            note(ledger.rows[place].present.isEmpty ? .rowsDeleted : .rowsMarked)
            if let configuration, row.key.key != storeKey(configuration) { note(.rowsOfOtherKeysMarked) }
            bytes.append(UInt8(4))
            bytes.append(referenceKeyDigest(row.key.key))
            append(row.key.region, to: &bytes)
            bytes.append(UInt32(out.count))
            records += 1
            var content = CanonicalBytes()
            content.append(row.content)
            content.append(UInt8(2))
            for word in out.words { content.append(word) }
            ledger.rows[place].content = XXH3.digest64(content.bytes).value
            if let known = ledger.thrownOut.firstIndex(where: { $0.row == row.key }) {
                for index in out.indexes { ledger.thrownOut[known].mask.insert(index) }
            } else {
                ledger.thrownOut.append((row.key, out))
            }
        }
        ledger.rows.removeAll { $0.present.isEmpty }
    }

    /// The cells of a region that a box meets, by their linear indexes.
    private func indexes(in row: RowKey, metBy box: WorldBox) -> [Int32] {
        let edge = row.key.regionEdge
        return (0..<edge * edge * edge).filter {
            meets(
                box, level: Int(row.region.level), cell: referenceCell($0, in: row.region, edge: edge),
                baseSpacing: row.key.baseSpacing)
        }
    }
}
